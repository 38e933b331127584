import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatOctets, octets } from '../../../src/config/value/octets.ts';
import { reasons } from '../section/reasons.ts';

const memory = octets({ least: '512KiB', most: '1GiB' });

describe('octets', () => {
  it.each([
    ['512KiB', 524_288],
    ['2MiB', 2_097_152],
    ['64MiB', 67_108_864],
    ['1GiB', 1_073_741_824],
  ])('%s is %d octets', (text, want) => {
    expect(memory.parse(text)).toBe(want);
  });

  it.each(['', '64', '64MB', '64 MiB', '-1MiB', '1.5MiB', '1TiB', '64mib'])(
    'refuses %j with the form that is wanted',
    (text) => {
      const issue = memory.safeParse(text).error?.issues[0];
      expect(issue?.code === 'custom' && issue.params?.['remedy']).toMatch(/64MiB/);
    },
  );

  it('has limits on both sides', () => {
    expect(reasons(memory, '511KiB')).toEqual(['must be at least 512KiB']);
    expect(reasons(memory, '2GiB')).toEqual(['must be at most 1GiB']);
  });

  it('is written with the largest unit that fits, and read back as the same', () => {
    expect([524_288, 67_108_864, 1_073_741_824].map(formatOctets)).toEqual(['512KiB', '64MiB', '1GiB']);
    fc.assert(
      fc.property(fc.integer({ min: 512, max: 1_048_576 }), (kibi) => {
        expect(memory.parse(z.encode(memory, kibi * 1024))).toBe(kibi * 1024);
      }),
    );
  });
});
