import { expect, test } from 'vitest';
import { LiveLeg } from '../../../src/source/capture/live-leg.ts';
import type { PushedRtcp } from '../../../src/source/capture/messages.ts';
import { PushedLine } from '../../../src/source/capture/pushed-line.ts';
import { BEGIN, DEVICE, GATEWAY, INBOUND, middle, OUTBOUND, report, rtp, send } from '../../meter/wire.ts';
import { liveRig } from './live-rig.ts';

const legOf = (mediaLegId: string) => new LiveLeg({ mediaLegId, startedAt: BEGIN, control: {}, channels: [] });
const compound = (at: number): PushedRtcp => ({ at, direction: 'inbound', octets: new Uint8Array(8) });

function lineOf() {
  const given: (readonly [string, number])[] = [];
  const line = new PushedLine(({ mediaLegId }, { at }) => given.push([mediaLegId, at]));
  return { line, given };
}

test('a compound leaves by its own time or that at which it came, the later one, in the order of their own', () => {
  const { line, given } = lineOf();
  const leg = legOf('a');
  line.take(leg, [compound(9), compound(12), compound(8)], 10e6);
  expect(line.next).toBe(10e6);
  line.release(9.9e6);
  expect(given).toEqual([]);
  line.release(10e6);
  expect(given.map(([, at]) => at)).toEqual([8, 9]);
  expect(line.next).toBe(12e6);
  line.release(12e6);
  expect(given.map(([, at]) => at)).toEqual([8, 9, 12]);
  expect(line.next).toBe(Number.POSITIVE_INFINITY);
});

test('those of a leg that is over leave, whatever their time', () => {
  const { line, given } = lineOf();
  const [a, b] = [legOf('a'), legOf('b')];
  line.take(a, [compound(1e9)], 0);
  line.take(b, [compound(5)], 0);
  line.releaseOf(a);
  expect(given).toEqual([['a', 1e9]]);
  expect(line.next).toBe(5e6);
});

test('of a flood the first leave early', () => {
  const { line, given } = lineOf();
  line.take(
    legOf('a'),
    Array.from({ length: 8200 }, (_, index) => compound(1000 + index)),
    0,
  );
  expect(given.map(([, at]) => at)).toEqual([1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007]);
});

const NTP = 3_900_000_000;
const socket = ([address, port]: readonly [string, number]) => ({ address, port });

test('reports that are pushed at once are about packets that still wait: they count', () => {
  const rig = liveRig({ lag: 0.2 });
  rig.follow('a', 0, {
    channels: [{ media: 'audio', channelIndex: 1, local: socket(GATEWAY), remote: socket(DEVICE) }],
  });
  for (let n = 0; n < 50 * 20; n += 1) {
    send(rig.meter, n / 50, INBOUND, rtp({ ssrc: 1, sequence: n, timestamp: 160 * n }));
    send(rig.meter, n / 50 + 0.001, OUTBOUND, rtp({ ssrc: 2, sequence: n, timestamp: 160 * n }));
    // Each report is about all that was sent up to this very packet.
    if (n % 50 !== 5) continue;
    const at = n / 50 + 0.001;
    const block = {
      ssrc: 2,
      highest: n,
      lost: Math.floor(n / 50),
      jitter: 80,
      lastReport: middle(NTP + at),
      delay: 0x1000,
    };
    rig.take({
      kind: 'rtcp',
      mediaLegId: 'a',
      compounds: [
        { at: BEGIN + at + 0.0725, direction: 'inbound', octets: report(1, [block]) },
        { at: BEGIN + at, direction: 'outbound', octets: report(2, [], NTP + at, n) },
      ],
    });
  }
  rig.release('a', 20);
  const { streams, intervals } = rig.measured('a');
  const outbound = intervals.filter(
    ({ streamId }) => streams.find((one) => one.streamId === streamId)?.direction === 'outbound',
  );
  expect(outbound.reduce((sum, { loss }) => sum + (loss?.lost ?? 0), 0)).toBe(19);
  const trips = outbound.flatMap(({ roundTrip }) => roundTrip?.['sr-rr']?.worst?.value ?? []);
  expect(trips.length).toBeGreaterThan(0);
  for (const trip of trips) expect(trip).toBeCloseTo(0.01, 3);
});
