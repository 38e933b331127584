import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { linkSpeed } from '../../../src/config/value/link-speed.ts';

describe('linkSpeed', () => {
  it.each([
    ['8bit/s', 1],
    ['512kbit/s', 64_000],
    ['100Mbit/s', 12_500_000],
    ['100 Mbit/s', 12_500_000],
    ['1Gbit/s', 125_000_000],
    ['2.5Gbit/s', 312_500_000],
    ['1.544Mbit/s', 193_000],
  ])('%s is %d octets per second', (text, want) => {
    expect(linkSpeed.parse(text)).toBe(want);
  });

  it.each(['', '100', '100Mbps', '100MB/s', '100mbit/s', '100Kbit/s', '-1Mbit/s', '0bit/s', '3bit/s', '1Tbit/s'])(
    'refuses %j with the form that is wanted',
    (text) => {
      const issue = linkSpeed.safeParse(text).error?.issues[0];
      expect(issue?.code === 'custom' && issue.params?.['remedy']).toMatch(/Mbit\/s|leave linkSpeed out/);
    },
  );

  it('is written with the largest unit that fits, and read back as the same', () => {
    expect([1, 64_000, 12_500_000, 312_500_000].map((octets) => z.encode(linkSpeed, octets))).toEqual([
      '8bit/s',
      '512kbit/s',
      '100Mbit/s',
      '2500Mbit/s',
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), (octets) => {
        expect(linkSpeed.parse(z.encode(linkSpeed, octets))).toBe(octets);
      }),
    );
  });
});
