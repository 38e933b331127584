import { expect, test } from 'vitest';
import { RelayedStream } from '../../src/demo/relayed-stream.ts';

/** One packet a second; those in `lost` are dropped, the others leave 40 ms after they came. */
function streamOf(packets: number, lost: readonly number[]): RelayedStream {
  const stream = new RelayedStream(1);
  for (let at = 0; at < packets; at += 1) {
    if (lost.includes(at)) stream.dropped();
    else stream.forwarded(stream.accepted(), at, at + 0.04, 0);
  }
  return stream;
}

test('counts what came and what was dropped', () => {
  expect(streamOf(10, [3, 4]).count).toEqual({ packets: 10, lost: 2 });
});

test('a drop becomes known with the packet after it', () => {
  const stream = streamOf(10, [3, 4]);
  expect(stream.countAt(2.03)).toEqual({ packets: 2, lost: 0 });
  expect(stream.countAt(2.04)).toEqual({ packets: 3, lost: 0 });
  expect(stream.countAt(5.03)).toEqual({ packets: 3, lost: 0 });
  expect(stream.countAt(5.04)).toEqual({ packets: 6, lost: 2 });
});

test('before its first packet there is nothing', () => {
  expect(streamOf(3, []).countAt(0)).toEqual({ packets: 0, lost: 0 });
});

test('drops at the end are known to nobody', () => {
  const stream = streamOf(5, [4]);
  expect(stream.countAt(99)).toEqual({ packets: 4, lost: 0 });
  expect(stream.count).toEqual({ packets: 5, lost: 1 });
});

test('what came while others were on their way does not count before it has left', () => {
  const stream = new RelayedStream(1);
  const first = stream.accepted();
  const second = stream.accepted();
  stream.forwarded(first, 0, 0.04, 0);
  expect(stream.countAt(1)).toEqual({ packets: 1, lost: 0 });
  stream.forwarded(second, 0.02, 0.06, 0);
  expect(stream.countAt(1)).toEqual({ packets: 2, lost: 0 });
  expect(stream.delay.mean).toBeCloseTo(0.04, 9);
});

test('it forgets after a minute, but not a count that still holds', () => {
  const stream = streamOf(600, [10]);
  expect(stream.countAt(599.5)).toEqual({ packets: 600, lost: 1 });
  expect(stream.countAt(545)).toEqual({ packets: 545, lost: 1 });
  expect(stream.countAt(100)).toEqual({ packets: 0, lost: 0 });
  const silent = streamOf(1, []);
  expect(silent.countAt(9999)).toEqual({ packets: 1, lost: 0 });
});
