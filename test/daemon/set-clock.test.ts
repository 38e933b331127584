import { expect, it } from 'vitest';
import { SetClock } from '../../src/daemon/set-clock.ts';

function rig() {
  const at = { wall: 1_800_000_000, steady: 10 };
  const told: number[] = [];
  const warned: unknown[] = [];
  let seen: number | undefined;
  const clock: SetClock = new SetClock(
    { now: () => at.wall },
    {
      log: { warn: (fields: unknown) => void warned.push(fields) },
      onSet: async (seconds) => {
        told.push(seconds);
        seen = clock.now();
      },
      steady: () => at.steady,
    },
  );
  const pass = (seconds: number, set = 0): void => {
    at.steady += seconds;
    at.wall += seconds + set;
  };
  return { at, clock, told, warned, pass, seen: () => seen };
}

it.each([
  ['hours pass', 7_200, 0, []],
  ['it is slewed', 5, 0.4, []],
  ['it is set by a minute', 5, 60, []],
  ['it is set forward', 5, 61, [61]],
  ['it is set back by a day', 5, -86_400, [-86_400]],
])('a clock says that it was set, and only that: %s', (_, seconds, set, expected) => {
  const { clock, told, pass, at } = rig();
  pass(seconds, set);
  expect(clock.now()).toBe(at.wall);
  expect(told).toEqual(expected);
  pass(5);
  expect(clock.now()).toBe(at.wall);
  expect(told).toEqual(expected);
});

it('whoever is told reads the new time, and the log has it', () => {
  const { clock, warned, pass, seen, at, told } = rig();
  pass(1, 3_600);
  clock.now();
  expect(seen()).toBe(at.wall);
  expect(told).toEqual([3_600]);
  expect(warned).toEqual([{ op: 'clock', seconds: 3_600 }]);
});
