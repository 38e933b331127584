import { expect, test } from 'vitest';
import { InOrder } from '../../../src/source/capture/in-order.ts';

/** Records by their first octet, as they left. */
function rig() {
  const left: (readonly [micros: number, name: number])[] = [];
  const lines = new InOrder({
    record: (octets, _view, start, _end, micros) => left.push([micros, octets[start] ?? 0]),
  });
  const take = (lane: 'media' | 'signalling', micros: number, name: number): void =>
    lines[lane].take(Uint8Array.of(name, 0, 0), 0, 3, micros, 1, 0, 3);
  return { lines, take, left };
}

test('both lanes leave by time, whichever comes first; of one moment the media', () => {
  const { lines, take, left } = rig();
  take('signalling', 25, 1);
  take('signalling', 30, 2);
  for (const micros of [10, 20, 30, 40]) take('media', micros, 0);
  take('signalling', 35, 3);
  lines.release(31);
  expect(left).toEqual([
    [10, 0],
    [20, 0],
    [25, 1],
    [30, 0],
    [30, 2],
  ]);
  lines.release(Number.POSITIVE_INFINITY);
  expect(left.slice(5)).toEqual([
    [35, 3],
    [40, 0],
  ]);
});

test('what is due at the moment itself waits yet, in either lane', () => {
  const { lines, take, left } = rig();
  take('media', 50, 1);
  take('signalling', 50, 2);
  lines.release(50);
  expect(left).toEqual([]);
  expect([lines.media.next, lines.signalling.next]).toEqual([50, 50]);
  lines.release(51);
  expect(left).toHaveLength(2);
  expect(lines.signalling.next).toBe(Number.POSITIVE_INFINITY);
});
