import { describe, expect, it } from 'vitest';
import { synchronized } from '../../src/daemon/check-clock.ts';

describe('synchronized', () => {
  it.each([
    ['yes\n', undefined, true],
    ['no\n', undefined, false],
    ['', undefined, undefined],
    [undefined, undefined, undefined],
    ['no\n', 'Reference ID    : A29FC801 (time.example)\nLeap status     : Normal\n', true],
    ['no\n', 'Reference ID    : 00000000 ()\nLeap status     : Not synchronised\n', false],
  ])('timedatectl says %j, chronyc %j: %j', (timedatectl, chronyc, want) => {
    expect(synchronized(timedatectl, chronyc)).toBe(want);
  });
});
