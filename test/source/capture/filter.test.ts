import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, test } from 'vitest';
import { findProgram } from '../../../src/source/capture/command.ts';
import {
  MOST_TAGGED_TERMS,
  MOST_TERMS,
  mediaFilter,
  NOTHING,
  portRanges,
  signallingFilter,
  type Wanted,
} from '../../../src/source/capture/filter.ts';
import { ethernet, fragment4, fragment6, greOver, ipv4, ipv6, pcapOf, tag, udp } from './frames.ts';

const tcpdump = findProgram('tcpdump');
const skipped = tcpdump === undefined && process.env['OTHERLEG_TEST_ALL'] !== '1';
const PLAIN = { tagged: false, mostTerms: MOST_TERMS };
const TAGGED = { tagged: true, mostTerms: MOST_TAGGED_TERMS };
const wanted = (some: Partial<Wanted>): Wanted => ({
  ports: [],
  networks: [],
  signalling: [],
  tunnels: false,
  ...some,
});

describe('ranges of ports', () => {
  test.each([
    { ports: [], most: 3, ranges: [] },
    { ports: [5004], most: 3, ranges: [[5004, 5005]] },
    { ports: [5004, 5006, 5008], most: 3, ranges: [[5004, 5009]] },
    {
      ports: [9000, 5004],
      most: 3,
      ranges: [
        [5004, 5005],
        [9000, 9001],
      ],
    },
    {
      ports: [100, 200, 210, 400],
      most: 3,
      ranges: [
        [100, 101],
        [200, 211],
        [400, 401],
      ],
    },
    { ports: [100, 200, 210, 400], most: 1, ranges: [[100, 401]] },
    { ports: [65_535], most: 1, ranges: [[65_535, 65_535]] },
  ])('of $ports, at most $most: $ranges', ({ ports, most, ranges }) => {
    expect(portRanges(ports, most)).toEqual(ranges);
  });

  it('hold every port and the next one, in order, apart, and no more of them than allowed', () => {
    const port = fc.integer({ min: 1, max: 65_535 });
    fc.assert(
      fc.property(fc.array(port, { maxLength: 200 }), fc.integer({ min: 1, max: 64 }), (ports, most) => {
        const ranges = portRanges(ports, most);
        expect(ranges.length).toBeLessThanOrEqual(most);
        for (const one of ports.flatMap((port) => [port, Math.min(port + 1, 65_535)])) {
          expect(ranges.filter(([from, to]) => from <= one && one <= to)).toHaveLength(1);
        }
        const bounds = ranges.flat();
        expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
        for (const [index, [from]] of ranges.slice(1).entries())
          expect(from - (ranges[index]?.[1] ?? 0)).toBeGreaterThan(1);
      }),
    );
  });

  it('close no gap that is larger than one they leave', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 60 }), (ports) => {
        const free = portRanges(ports, 1000);
        const few = portRanges(ports, 5);
        const left = few.slice(1).map(([from], index) => from - (few[index]?.[1] ?? 0));
        const closed = free.slice(1).flatMap(([from], index) => {
          const to = free[index]?.[1] ?? 0;
          return few.some(([a, b]) => a <= to && from <= b) ? [from - to] : [];
        });
        if (left.length > 0 && closed.length > 0) expect(Math.max(...closed)).toBeLessThanOrEqual(Math.min(...left));
      }),
    );
  });
});

describe.skipIf(skipped)(
  'what the filters let through (else: apt-get install -y --no-install-recommends tcpdump)',
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'otherleg-filter-'));
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    const run = (...args: readonly string[]): string =>
      execFileSync(tcpdump ?? '', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    const instructions = (filter: string, link: string): number =>
      run('-y', link, '-d', filter).trim().split('\n').length;

    /** Which of the frames pass. */
    function passing(filter: string, frames: Readonly<Record<string, Uint8Array>>): readonly string[] {
      const names = Object.keys(frames);
      const file = join(directory, 'frames.pcap');
      writeFileSync(file, pcapOf(Object.values(frames)));
      const lines = run('-n', '-tt', '-r', file, filter).trim().split('\n');
      return lines.filter((line) => /^\d/.test(line)).map((line) => names[Number.parseInt(line, 10)] ?? '');
    }

    const media = ipv4('10.1.0.5', '192.0.2.1', udp(40_000, 5004));
    const toDevice = ipv4('192.0.2.1', '10.1.0.5', udp(5005, 40_001));
    const other = ipv4('10.9.0.5', '192.0.2.1', udp(40_000, 7000));
    const sip = ipv4('10.1.0.5', '192.0.2.1', udp(5060, 5060));
    const media6 = ipv6('2001:db8::5', '2001:db8::1', udp(40_000, 5004));
    const frames = {
      media: ethernet(0x0800, media),
      toDevice: ethernet(0x0800, toDevice),
      other: ethernet(0x0800, other),
      sip: ethernet(0x0800, sip),
      media6: ethernet(0x86dd, media6),
      tagged: ethernet(0x8100, tag(7, 0x0800, media)),
      taggedOther: ethernet(0x8100, tag(7, 0x0800, other)),
      qinq: ethernet(0x88a8, tag(9, 0x8100, tag(7, 0x0800, media))),
      qinqOther: ethernet(0x88a8, tag(9, 0x8100, tag(7, 0x0800, other))),
      fragment: ethernet(0x0800, fragment4('10.1.0.5', '192.0.2.1', 185)),
      fragment6: ethernet(0x86dd, fragment6('2001:db8::5', '2001:db8::1')),
      gre: ethernet(0x0800, greOver('10.1.0.7', '192.0.2.1', media)),
    };

    test.each([
      { of: 'nothing', some: {}, pass: [] },
      {
        of: 'ports',
        some: { ports: [5004] },
        pass: ['media', 'toDevice', 'media6', 'tagged', 'qinq', 'fragment', 'fragment6'],
      },
      {
        of: 'a network',
        some: { networks: ['10.1.0.0/16'] },
        pass: ['media', 'toDevice', 'sip', 'tagged', 'qinq', 'fragment', 'fragment6'],
      },
      {
        of: 'ports and a network, with signalling apart',
        some: { ports: [5004], networks: ['10.1.0.0/16'], signalling: [5060] },
        pass: ['media', 'toDevice', 'media6', 'tagged', 'qinq'],
      },
      { of: 'tunnels', some: { tunnels: true }, pass: ['gre'] },
    ])('that of $of', ({ some, pass }) => {
      expect(passing(mediaFilter(wanted(some), TAGGED), frames)).toEqual(pass);
    });

    it('that of signalling, with the fragments that may be its', () => {
      expect(passing(signallingFilter([5060, 5061], TAGGED), frames)).toEqual(['sip', 'fragment', 'fragment6']);
    });

    it('together let each packet of a call through once', () => {
      const both = wanted({ ports: [5004], networks: ['10.1.0.0/16', '2001:db8::/32'], signalling: [5060] });
      const apart = [
        ...passing(mediaFilter(both, TAGGED), frames),
        ...passing(signallingFilter([5060], TAGGED), frames),
      ];
      const expected = Object.keys(frames).filter((name) => !/other|gre/i.test(name));
      expect(apart.toSorted()).toEqual(expected.toSorted());
    });

    it('are short enough for the kernel with as many terms as they may have', () => {
      const ports = Array.from({ length: 200 }, (_, index) => 10_000 + index * 50);
      const networks = Array.from({ length: 40 }, (_, index) => `10.${index}.0.0/16`);
      const much = wanted({ ports, networks, signalling: [5060, 5061, 5062, 5063], tunnels: true });
      expect(instructions(mediaFilter(much, TAGGED), 'EN10MB')).toBeLessThanOrEqual(4096);
      expect(instructions(mediaFilter(much, PLAIN), 'LINUX_SLL2')).toBeLessThanOrEqual(4096);
      expect(instructions(signallingFilter(ports.slice(0, 16), TAGGED), 'EN10MB')).toBeLessThanOrEqual(4096);
    });

    it.each([NOTHING, mediaFilter(wanted({ ports: [1] }), PLAIN)])('compile for cooked links: %s', (filter) => {
      expect(instructions(filter, 'LINUX_SLL2')).toBeGreaterThan(3);
    });

    it('compile whatever the ports and networks', () => {
      const address = fc.ipV4().map((text) => `${text}/${text.length}`);
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 100 }),
          fc.array(fc.oneof(address, fc.ipV6(), fc.string()), { maxLength: 40 }),
          fc.boolean(),
          (ports, networks, tagged) => {
            const filter = mediaFilter(wanted({ ports, networks }), tagged ? TAGGED : PLAIN);
            expect(instructions(filter, tagged ? 'EN10MB' : 'LINUX_SLL2')).toBeLessThanOrEqual(4096);
          },
        ),
        { numRuns: 25 },
      );
    });
  },
);
