import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Calendar } from '../../bench/traffic/calendar.ts';

type Event = readonly [micros: number, owner: number, number: number];

function drained(calendar: Calendar, until: number): readonly Event[] {
  const events: Event[] = [];
  calendar.drain(until, (...event) => events.push(event));
  return events;
}

it('gives events by time, those of one time in their order, and keeps what is due later', () => {
  const event = fc.tuple(fc.nat(2 ** 33 - 1), fc.nat(100), fc.nat());
  fc.assert(
    fc.property(fc.array(event), fc.array(event), fc.nat(2 ** 33 - 1), (first, second, until) => {
      const calendar = new Calendar();
      for (const each of first) calendar.put(...each);
      const early = drained(calendar, until);
      for (const each of second) calendar.put(...each);
      const rest = drained(calendar, 2 ** 33);
      const sorted = (events: readonly Event[]): readonly Event[] => events.toSorted(([a], [b]) => a - b);
      const kept = sorted(first).filter(([at]) => at >= until);
      expect(early).toEqual(sorted(first).filter(([at]) => at < until));
      expect(rest).toEqual(sorted([...kept, ...second]));
    }),
  );
});

it('grows with what waits', () => {
  const calendar = new Calendar();
  for (let at = 5000; at > 0; at -= 1) calendar.put(at, at, -at);
  expect(drained(calendar, 5001).map(([at]) => at)).toEqual(Array.from({ length: 5000 }, (_, at) => at + 1));
});
