import { expect, test } from 'vitest';
import { LegStreams } from '../../../src/source/capture/leg-streams.ts';
import { type LiveStream, newLiveStream } from '../../../src/source/capture/live-stream.ts';

let names = 0;

function streamOf(firstAt: number, more: Partial<LiveStream> = {}, port = 6004): LiveStream {
  names += 1;
  const measured = {
    streamId: `stream ${names}`,
    ssrc: names,
    source: { address: '10.1.0.1', port: 5004 },
    destination: { address: '10.0.0.1', port },
    transport: 'UDP',
    payloadTypes: [0],
    clockRate: 8000,
    packets: 2,
    expected: 2,
    lost: 0,
    duplicates: 0,
    reordered: 0,
    restarts: 0,
    mediaPackets: 2,
    octets: 40,
    frames: 2,
    firstAt,
    lastAt: firstAt + 1,
  } as const;
  return { ...newLiveStream(measured), ...more };
}

const nameOf = ({ measured }: LiveStream): string => measured.streamId;
const lastOf = ({ measured }: LiveStream): number => measured.lastAt;

test('no more run than there is room for, by direction; those that end make room, and the last of them stay', () => {
  const own = new LegStreams();
  const inbound = Array.from({ length: 256 }, (_, index) => streamOf(index));
  for (const stream of inbound) {
    expect(own.refuses('inbound')).toBe(false);
    own.take(stream);
  }
  expect([own.refuses('inbound'), own.refuses('outbound'), own.surplus, own.goesBothWays]).toEqual([
    true,
    false,
    1,
    false,
  ]);
  for (const stream of inbound.slice(0, 100)) for (const _ of [1, 2]) own.end(nameOf(stream));
  expect([own.refuses('inbound'), own.all.size]).toEqual([false, 220]);
  expect([35, 36].map((index) => own.all.has(`stream ${index + 1}`))).toEqual([false, true]);
  own.take(streamOf(300, { direction: 'outbound' }));
  expect(own.goesBothWays).toBe(true);
});

test('a stream goes on from the latest one of its socket that was silent by then; once found that stays, unless it speaks again', () => {
  const own = new LegStreams();
  const [old, earlier, beside, other] = [streamOf(1), streamOf(5), streamOf(9.5), streamOf(8, {}, 7000)];
  const next = streamOf(10);
  for (const stream of [old, earlier, beside, other, next]) own.take(stream);
  expect(own.before(next, lastOf)).toBe(nameOf(earlier));
  expect(own.before(next, (stream) => (stream === earlier ? 11 : lastOf(stream)))).toBe(nameOf(old));
  own.delete(old);
  expect(own.before(next, lastOf)).toBe(nameOf(old));
  expect(own.before(streamOf(0), lastOf)).toBeUndefined();
});
