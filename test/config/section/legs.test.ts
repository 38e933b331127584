import { describe, expect, it } from 'vitest';
import { sampling } from '../../../src/config/section/legs.ts';
import { reasons } from './reasons.ts';

describe('sampling.interval', () => {
  it.each([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60])('may be %i s', (seconds) => {
    expect(sampling.parse({ interval: `${seconds}s` })).toEqual({ interval: seconds });
  });

  it('may be written otherwise', () => {
    expect(sampling.parse({ interval: '1m' })).toEqual({ interval: 60 });
    expect(sampling.parse({ interval: '5000ms' })).toEqual({ interval: 5 });
  });

  it.each(['0s', '7s', '8s', '59s', '2m', '500ms', '1.5s', 'often'])('may not be %s', (interval) => {
    expect(reasons(sampling, { interval })).toEqual(['must divide 60 s']);
  });
});
