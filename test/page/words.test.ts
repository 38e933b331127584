import { describe, expect, it } from 'vitest';
import { daily } from '../../src/page/daily-count.ts';
import { figureText, number } from '../../src/page/numbers.ts';
import { hashOf, routeOf } from '../../src/page/route.ts';
import { clock, day, dayKey, duration, minuteOfDay, zoneName } from '../../src/page/shown-time.ts';
import { absenceText, spanText } from '../../src/page/words.ts';

const NOON = Date.parse('2026-02-03T12:00:00Z') / 1000;

describe('numbers', () => {
  it.each([
    [0, '0'],
    [0.0123, '0.012'],
    [0.5, '0.5'],
    [1.234, '1.23'],
    [12.34, '12.3'],
    [99.96, '100'],
    [100, '100'],
    [1234.5, '1\u202f235'],
    [4_316_190, '4\u202f316\u202f190'],
  ])('%f is %s', (value, text) => {
    expect(number(value)).toBe(text);
  });

  it('are shown in units for people', () => {
    const told = { origin: 'observed', samples: 1, coverage: 1 };
    expect(figureText({ ...told, value: 1.5, unit: 'percent' })).toBe('1.5 %');
    expect(figureText({ ...told, value: 0.0823, unit: 'seconds' })).toBe('82.3 ms');
    expect(figureText({ ...told, value: 1_800_000, unit: 'bits per second' })).toBe('1\u202f800 kbit/s');
    expect(figureText({ ...told, value: 7, unit: 'packets' })).toBe('7');
  });
});

describe('times', () => {
  it('are those of the room', () => {
    expect([clock(NOON, 'Europe/Berlin'), zoneName(NOON, 'Europe/Berlin')]).toEqual(['13:00', 'CET']);
    expect([clock(NOON, 'America/New_York'), zoneName(NOON, 'America/New_York')]).toEqual(['07:00', 'GMT-5']);
    expect(day(NOON, 'Asia/Tokyo')).toBe('Tue 3 Feb 2026');
    expect(dayKey(NOON, 'Pacific/Auckland')).toBe('2026-02-04');
    expect(minuteOfDay(NOON, 'Asia/Kolkata')).toBe(17 * 60 + 30);
  });

  it('of a zone that nobody knows are those of the browser', () => {
    expect(clock(NOON, 'Mars/Olympus')).toMatch(/^\d\d:\d\d$/);
  });

  it.each([
    [0, '0 s'],
    [89.4, '89 s'],
    [120, '2 min'],
    [3_599, '1 h 00 min'],
    [86_400, '24 h 00 min'],
  ])('%f s is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('routes', () => {
  it.each([
    ['', { view: 'calls', of: '' }],
    ['#/', { view: 'calls', of: '' }],
    ['#/live', { view: 'live', of: '' }],
    ['#/calls', { view: 'calls', of: '' }],
    ['#/calls/abc', { view: 'call', of: 'abc' }],
    ['#/legs/abc?from=x', { view: 'leg', of: 'abc' }],
    ['#/rooms/Room%207%2F8', { view: 'room', of: 'Room 7/8' }],
    ['#/rooms/100%', { view: 'room', of: '100%' }],
    ['#/nothing', { view: 'calls', of: '' }],
  ])('%j', (hash, want) => {
    expect(routeOf(hash)).toMatchObject(want);
  });

  it('lead back to where they came from', () => {
    const hash = hashOf('calls', { q: 'boardroom 10:00', sort: undefined, days: 7 });
    expect(hash).toBe('#/calls?q=boardroom+10%3A00&days=7');
    expect(routeOf(hash).query.get('q')).toBe('boardroom 10:00');
  });
});

describe('words', () => {
  it('say what a reason means, and a new one as it came', () => {
    expect(absenceText('no-reports')).toBe('the other end sent no reports');
    expect(absenceText('moon-phase')).toBe('moon-phase');
    expect(spanText({ kind: 'tainted', reason: 'agent-down' })).toBe('not measured: the agent was down');
    expect(spanText({ kind: 'tainted', reason: 'moon-phase' })).toBe('not measured: the capture missed packets');
  });
});

describe('daily', () => {
  const leg = (at: string, severity?: number) => ({ startedAt: at, ...(severity === undefined ? {} : { severity }) });

  it('counts calls where the room is, and what could not be measured in no share', () => {
    const legs = [
      leg('2026-02-02T22:30:00Z', 2),
      leg('2026-02-03T08:00:00Z', 0.5),
      leg('2026-02-03T09:00:00Z'),
      leg('2026-02-02T23:30:00Z', 1),
    ];
    const days = daily(legs, { now: NOON, days: 3, timeZone: 'Europe/Berlin' });
    expect(days).toEqual([
      { key: '2026-02-01', name: 'Sun 1 Feb 2026', calls: 0, measured: 0, poor: 0 },
      { key: '2026-02-02', name: 'Mon 2 Feb 2026', calls: 1, measured: 1, poor: 1 },
      { key: '2026-02-03', name: 'Tue 3 Feb 2026', calls: 3, measured: 2, poor: 1 },
    ]);
  });

  it('skips no day at the change of the clock', () => {
    const now = Date.parse('2026-03-30T22:30:00Z') / 1000;
    const keys = daily([], { now, days: 5, timeZone: 'Europe/Berlin' }).map(({ key }) => key);
    expect(keys).toEqual(['2026-03-27', '2026-03-28', '2026-03-29', '2026-03-30', '2026-03-31']);
  });
});
