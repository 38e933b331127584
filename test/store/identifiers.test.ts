import { describe, expect, it } from 'vitest';
import { canonical } from '../../src/store/identifiers.ts';

describe('identifiers', () => {
  it.each([
    { given: '5AB98F2E-5A63-4E8C-A1EA-0A4B0D0B6A5E', want: '5ab98f2e-5a63-4e8c-a1ea-0a4b0d0b6a5e' },
    { given: 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', want: 'ffffffff-ffff-ffff-ffff-ffffffffffff' },
    { given: 'Call-ID@Example.com', want: 'Call-ID@Example.com' },
    { given: '5AB98F2E-5A63-4E8C-A1EA-0A4B0D0B6A5E@sbc', want: '5AB98F2E-5A63-4E8C-A1EA-0A4B0D0B6A5E@sbc' },
    { given: '', want: '' },
  ])('"$given" is "$want"', ({ given, want }) => {
    expect(canonical(given)).toBe(want);
  });
});
