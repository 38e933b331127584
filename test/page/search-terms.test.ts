import { describe, expect, it } from 'vitest';
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
