import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Datagram } from '../../src/demo/datagram.ts';
import { type Impairment, RelayPath } from '../../src/demo/relay-path.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const now = (): number => performance.now() / 1000;
const rtp = (ssrc: number, timestamp = 0): Datagram => ({ kind: 'rtp', ssrc, timestamp });
const rtcp = (packetType: number, reportCount: number): Datagram => ({
  kind: 'rtcp',
  ssrc: 1,
  packetType,
  reportCount,
});

const pathWith = (impairment: Partial<Impairment>): RelayPath =>
  new RelayPath({ loss: 0, delaySeconds: 0.04, jitterSeconds: 0, seed: 1, ...impairment }, 1, now);

/** `count` datagrams, 20 ms apart, and when each came out. */
function play(path: RelayPath, count: number, datagram: (index: number) => Datagram): Map<number, number> {
  const out = new Map<number, number>();
  for (let index = 0; index < count; index += 1) {
    path.pass(datagram(index), () => out.set(index, now()));
    vi.advanceTimersByTime(20);
  }
  vi.advanceTimersByTime(1000);
  return out;
}

describe('delay', () => {
  test('lies within its jitter around its mean, and is what is counted', () => {
    const path = pathWith({ jitterSeconds: 0.004 });
    const begun = now();
    const out = play(path, 500, (index) => rtp(7, index * 960));
    const delays = [...out].map(([index, at]) => at - begun - index * 0.02);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0.0345);
    expect(Math.max(...delays)).toBeLessThanOrEqual(0.0455);
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
    expect(mean).toBeCloseTo(0.04, 2);
    expect(path.stream(7).delay.mean).toBeCloseTo(mean, 9);
    expect(path.stream(7).delay.maximum).toBeCloseTo(Math.max(...delays), 9);
  });

  test('without jitter is the same for all, so that the stream has none', () => {
    const path = pathWith({});
    path.stream(7).jitter.clockRate = 48_000;
    play(path, 100, (index) => rtp(7, index * 960));
    expect(path.stream(7).jitter.values.maximum).toBeCloseTo(0, 6);
  });

  test('with jitter makes the jitter of RFC 3550 that follows from it', () => {
    const path = pathWith({ jitterSeconds: 0.005 });
    path.stream(7).jitter.clockRate = 48_000;
    play(path, 2000, (index) => rtp(7, index * 960));
    // The mean distance of two values spread evenly over 10 ms is a third of it.
    expect(path.stream(7).jitter.values.mean).toBeCloseTo(0.0033, 3);
  });
});

describe('loss', () => {
  test('is about as asked for, and every stream has its own count', () => {
    const path = pathWith({ loss: 0.02 });
    const out = play(path, 4000, (index) => rtp(index % 4));
    const counts = [0, 1, 2, 3].map((ssrc) => path.stream(ssrc).count);
    expect(counts.map(({ packets }) => packets)).toEqual([1000, 1000, 1000, 1000]);
    const lost = counts.reduce((sum, count) => sum + count.lost, 0);
    expect(out.size).toBe(4000 - lost);
    expect(lost).toBeGreaterThan(50);
    expect(lost).toBeLessThan(110);
  });

  test('of nothing or of everything is exact', () => {
    expect(play(pathWith({ loss: 0 }), 50, () => rtp(7)).size).toBe(50);
    expect(play(pathWith({ loss: 1 }), 50, () => rtp(7)).size).toBe(0);
  });
});

describe('RTCP', () => {
  const kinds: readonly (readonly [string, Datagram, number, number])[] = [
    ['a sender report without blocks', rtcp(200, 0), 1, 0],
    ['a sender report with blocks', rtcp(200, 1), 1, 1],
    ['a receiver report', rtcp(201, 2), 0, 1],
    ['a receiver report without blocks', rtcp(201, 0), 0, 0],
    ['feedback, whose low bits are a format', rtcp(205, 15), 0, 0],
  ];
  test.each(kinds)('%s', (_, datagram, senderReports, receiverReports) => {
    const path = pathWith({ loss: 1 });
    const begun = now();
    play(path, 1, () => datagram);
    expect(path.rtcp.count).toBe(1);
    expect(path.senderReports.get(1)?.length ?? 0).toBe(senderReports);
    expect(path.receiverReports.get(1)?.length ?? 0).toBe(receiverReports);
    const [passage] = [...(path.senderReports.get(1) ?? []), ...(path.receiverReports.get(1) ?? [])];
    if (passage === undefined) return;
    expect(passage.receivedAt - begun).toBeCloseTo(0, 6);
    expect(passage.forwardedAt - begun).toBeCloseTo(0.04, 3);
  });
});
