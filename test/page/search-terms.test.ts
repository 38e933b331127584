import { describe, expect, it } from 'vitest';
import { lastedAt } from '../../src/page/legs-view.ts';
import { searchTerms } from '../../src/page/search-terms.ts';

describe('searchTerms', () => {
  it.each([
    ['boardroom 10:00', { text: 'boardroom', minute: 600 }],
    ['10:00 boardroom', { text: 'boardroom', minute: 600 }],
    ['the boardroom at 10:00 yesterday', { text: 'boardroom', minute: 600, daysBack: 1 }],
    ['Room 7 9.30', { text: 'Room 7', minute: 570 }],
    ['Huddle 7 2pm', { text: 'Huddle 7', minute: 840 }],
    ['12am', { minute: 0 }],
    ['12:15pm', { minute: 735 }],
    ['14h today', { minute: 840, daysBack: 0 }],
    ['2026-02-03 atrium', { text: 'atrium', date: '2026-02-03' }],
    ['25:00', { text: '25:00' }],
    ['10:61 x', { text: '10:61 x' }],
    ['at', { text: 'at' }],
    ['', {}],
    ['0622673D-9F69-49B3-9D4F-5EC64F42ECCE', { identifier: '0622673D-9F69-49B3-9D4F-5EC64F42ECCE' }],
    ['a84b4c76e66710@pc33.example.com', { identifier: 'a84b4c76e66710@pc33.example.com' }],
    ['sip:boardroom@example.com', { identifier: 'sip:boardroom@example.com' }],
    [' 123456789 ', { identifier: '123456789' }],
  ])('reads %j', (typed, want) => {
    expect(searchTerms(typed)).toEqual(want);
  });
});

describe('lastedAt', () => {
  const asked = (startedAt: string, minutes: number, clock: string): boolean => {
    const endedAt = new Date(Date.parse(startedAt) + minutes * 60_000).toISOString();
    const device = { name: 'x', description: '-', timeZone: 'Europe/Berlin' };
    const { minute = Number.NaN } = searchTerms(clock);
    const delivery = { state: 'none' } as const;
    return lastedAt({ mediaLegId: 'x', revision: 1, state: 'ended', device, startedAt, endedAt, delivery }, minute);
  };

  it.each([
    ['in the middle', '2026-02-03T09:00:00Z', '10:20', true],
    ['a quarter of an hour before', '2026-02-03T09:00:00Z', '09:45', true],
    ['earlier', '2026-02-03T09:00:00Z', '09:44', false],
    ['a quarter of an hour after', '2026-02-03T09:00:00Z', '10:55', true],
    ['later', '2026-02-03T09:00:00Z', '10:56', false],
    ['over midnight, before it', '2026-02-03T22:40:00Z', '23:50', true],
    ['over midnight, after it', '2026-02-03T22:40:00Z', '00:10', true],
    ['when clocks go forward, before', '2026-03-29T00:50:00Z', '01:55', true],
    ['when clocks go forward, after', '2026-03-29T00:50:00Z', '03:05', true],
    ['when clocks go back, before', '2026-10-25T00:50:00Z', '02:55', true],
    ['when clocks go back, after', '2026-10-25T00:50:00Z', '02:20', true],
    ['when clocks go back, later', '2026-10-25T00:50:00Z', '03:50', false],
  ])('a leg of forty minutes: %s', (_, startedAt, clock, want) => {
    expect(asked(startedAt, 40, clock)).toBe(want);
  });
});
