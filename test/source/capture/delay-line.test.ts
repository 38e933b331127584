import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DelayLine } from '../../../src/source/capture/delay-line.ts';

type Given = readonly [micros: number, octets: readonly number[], linkType: number, interfaceId: number, wire: number];

function rig() {
  const given: Given[] = [];
  const line = new DelayLine({
    record: (octets, view, start, end, micros, linkType, interfaceId, wire) => {
      expect(view.byteLength).toBe(octets.length);
      given.push([micros, [...octets.subarray(start, end)], linkType, interfaceId, wire]);
    },
  });
  const take = (micros: number, octets: Uint8Array, at = 3): void => {
    const around = new Uint8Array(octets.length + 10);
    around.set(octets, at);
    line.take(around, at, at + octets.length, micros, 1, 2, octets.length + 4);
    around.fill(0xee);
  };
  return { line, take, given };
}

test('records come out whole and in order, those before the time and no others', () => {
  const { line, take, given } = rig();
  for (const micros of [10, 20, 30]) take(micros, Uint8Array.of(micros, 1, 2));
  line.release(30);
  expect(given).toEqual([
    [10, [10, 1, 2], 1, 2, 7],
    [20, [20, 1, 2], 1, 2, 7],
  ]);
  expect(line.size).toBe(1);
  line.release(31);
  expect(given).toHaveLength(3);
});

test('whatever comes and goes, in whatever sizes', () => {
  const step = fc.record({ length: fc.integer({ min: 0, max: 90_000 }), waits: fc.integer({ min: 0, max: 60 }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 300 }), (steps) => {
      const { line, take, given } = rig();
      steps.forEach(({ length, waits }, index) => {
        take(index, new Uint8Array(length).fill(index & 255));
        line.release(index - waits);
      });
      line.release(Number.POSITIVE_INFINITY);
      expect(given.map(([micros]) => micros)).toEqual(steps.map((_, index) => index));
      expect(given.every(([micros, octets]) => octets.length === steps[micros]?.length)).toBe(true);
      expect(given.every(([micros, octets]) => octets.every((octet) => octet === (micros & 255)))).toBe(true);
    }),
    { numRuns: 15 },
  );
});

test('never holds more than its bound: the oldest go first', () => {
  const given: number[] = [];
  const line = new DelayLine({ record: (_octets, _view, _start, _end, micros) => given.push(micros) });
  const octets = new Uint8Array(100_000);
  for (let index = 0; index < 700; index += 1) line.take(octets, 0, octets.length, index, 1, 0, octets.length);
  expect(line.size).toBeLessThanOrEqual(336);
  expect(line.size).toBeGreaterThan(300);
  expect(given).toEqual(Array.from({ length: 700 - line.size }, (_, index) => index));
});
