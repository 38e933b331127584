import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAfterSeconds } from '../../src/graph/retry-after.ts';

// 1994-11-06 08:49:37 UTC, the example of RFC 9110, 5.6.7.
const EXAMPLE = 784_111_777;

describe('retryAfterSeconds', () => {
  it.each([
    { name: 'seconds', header: '17', want: 17 },
    { name: 'seconds with blanks', header: ' 17 ', want: 17 },
    { name: 'IMF-fixdate', header: 'Sun, 06 Nov 1994 08:49:37 GMT', want: 37 },
    { name: 'RFC 850 date', header: 'Sunday, 06-Nov-94 08:49:37 GMT', want: 37 },
    { name: 'asctime date, which is UTC', header: 'Sun Nov  6 08:49:37 1994', want: 37 },
    { name: 'a day at most, of seconds', header: '9999999', want: 86_400 },
    { name: 'a day at most, of a date', header: 'Sun, 06 Nov 2094 08:49:37 GMT', want: 86_400 },
    { name: 'nothing', header: undefined, want: undefined },
    { name: 'empty', header: '', want: undefined },
    { name: 'zero', header: '0', want: undefined },
    { name: 'negative', header: '-5', want: undefined },
    { name: 'a fraction', header: '1.5', want: undefined },
    { name: 'a word', header: 'soon', want: undefined },
    { name: 'what Date.parse would take for a date', header: 'soon 5', want: undefined },
    { name: 'a date of no month', header: 'Sun, 06 Foo 1994 08:49:37 GMT', want: undefined },
    { name: 'a date past', header: 'Sun, 06 Nov 1994 08:48:59 GMT', want: undefined },
    { name: 'ISO 8601', header: '1994-11-06T08:49:37Z', want: undefined },
  ])('$name', ({ header, want }) => {
    expect(retryAfterSeconds(header, undefined, EXAMPLE - 37)).toBe(want);
  });

  it("counts a date from the answer's own Date, not from a wrong clock", () => {
    const date = 'Sun, 06 Nov 1994 08:49:07 GMT';
    expect(retryAfterSeconds('Sun, 06 Nov 1994 08:49:37 GMT', date, EXAMPLE + 86_400)).toBe(30);
    expect(retryAfterSeconds('Sun, 06 Nov 1994 08:49:37 GMT', 'rubbish', EXAMPLE - 5)).toBe(5);
  });

  it('is a wait in bounds or nothing, for any text', () => {
    const text = fc.oneof(
      fc.string(),
      fc.nat().map(String),
      fc.date({ noInvalidDate: true }).map((d) => d.toUTCString()),
    );
    fc.assert(
      fc.property(text, fc.double({ min: 0, max: 4e9, noNaN: true }), (header, now) => {
        const wait = retryAfterSeconds(header, undefined, now);
        expect(wait === undefined || (wait > 0 && wait <= 86_400)).toBe(true);
      }),
    );
  });
});
