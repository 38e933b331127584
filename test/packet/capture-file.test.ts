import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CaptureCounters, CaptureFile } from '../../src/packet/capture-file.ts';
import { blocks, concat, pcap, u8, u32 } from './wire.ts';

type Seen = {
  data: string;
  micros: number;
  linkType: number;
  interfaceId: number;
  original: number;
};

function read(
  file: Uint8Array,
  chunk = file.length,
): { records: Seen[]; drops: number[][]; counters: CaptureCounters } {
  const records: Seen[] = [];
  const drops: number[][] = [];
  const capture = new CaptureFile({
    record(octets, view, start, end, micros, linkType, interfaceId, original) {
      if (end > start) expect(view.getUint8(start)).toBe(octets[start]);
      records.push({ data: Array.from(octets.slice(start, end)).join(), micros, linkType, interfaceId, original });
    },
    drops: (...told) => drops.push(told),
  });
  for (let at = 0; at < file.length; at += chunk) capture.push(file.slice(at, at + chunk));
  capture.end();
  return { records, drops, counters: capture.counters };
}

const record = { seconds: 1_700_000_000, fraction: 250_000, data: u8(1, 2, 3) };
const MICROS = 1_700_000_000_250_000;

describe('pcap', () => {
  it.each([
    ['little endian, µs', {}, record],
    ['big endian, µs', { littleEndian: false }, record],
    ['little endian, ns', { magic: 0xa1b23c4d }, { ...record, fraction: 250_000_000 }],
    ['big endian, ns', { magic: 0xa1b23c4d, littleEndian: false }, { ...record, fraction: 250_000_000 }],
    ['patched by Kuznetzov', { magic: 0xa1b2cd34, extra: 8 }, record],
  ])('reads %s', (_name, options, one) => {
    const { records, counters } = read(pcap([one, one], { ...options, linkType: 113 }));
    const seen = { data: '1,2,3', micros: MICROS, linkType: 113, interfaceId: 0, original: 3 };
    expect(records).toEqual([seen, seen]);
    expect(counters).toMatchObject({ format: 'pcap', records: 2, snapped: 0, interfaces: 1, truncated: false });
  });

  it('keeps the fraction of nanoseconds', () => {
    const { records } = read(pcap([{ ...record, seconds: 1, fraction: 1500 }], { magic: 0xa1b23c4d }));
    expect(records[0]?.micros).toBe(1_000_001.5);
  });

  it('ignores the bits beside the link type', () => {
    expect(read(pcap([record], { linkType: 0x5400_0001 })).records[0]?.linkType).toBe(1);
  });

  it('counts records that the capture cut', () => {
    const { records, counters } = read(pcap([{ ...record, original: 1400 }]));
    expect(records[0]?.original).toBe(1400);
    expect(counters.snapped).toBe(1);
  });

  it('reads the lengths of ancient files the other way round', () => {
    const swapped = concat(
      pcap([], { minor: 2 }),
      u32(1).reverse(),
      u32(0),
      u32(9).reverse(),
      u32(2).reverse(),
      u8(5, 6),
    );
    expect(read(swapped).records).toMatchObject([{ data: '5,6', original: 9 }]);
  });

  it.each([
    ['cut within a record', pcap([record, record]).subarray(0, -1), 1, 43, /ends within/],
    ['cut within a record header', pcap([record, record]).subarray(0, 50), 1, 43, /ends within/],
    ['cut within the file header', pcap([]).subarray(0, 20), 0, 0, /ends within/],
    ['empty', u8(), 0, 0, /empty/],
    ['no capture', u8(71, 69, 84, 32, 47), 0, 0, /neither/],
    ['of another version', pcap([record], { littleEndian: false }).fill(9, 4, 6), 0, 0, /version/],
    ['claiming 4 GiB', concat(pcap([record]), u32(1), u32(1), u32(0xffffffff), u32(1)), 1, 43, /claims 4294967295/],
  ])('hands on the whole records of a file that is %s', (_name, file, whole, at, reason) => {
    const { records, counters } = read(file);
    expect(records).toHaveLength(whole);
    expect(counters.truncated).toBe(true);
    expect(counters.damage?.at).toBe(at);
    expect(counters.damage?.reason).toMatch(reason);
  });
});

it('reads nothing behind damage, however much comes', () => {
  const { records, counters } = read(
    concat(pcap([record]), u32(1), u32(1), u32(0xffffffff), new Uint8Array(1e6)),
    300_000,
  );
  expect(records).toHaveLength(1);
  expect(counters).toMatchObject({ octets: 1_000_055, damage: { at: 43 } });
});

describe.each([
  ['little endian', true],
  ['big endian', false],
])('pcapng, %s', (_name, littleEndian) => {
  const b = blocks(littleEndian);
  const high = Math.floor(MICROS / 2 ** 32);
  const low = MICROS % 2 ** 32;

  it('reads enhanced, simple and obsolete packets', () => {
    const file = concat(
      b.section(),
      b.describe(1, 4),
      b.packet(0, high, low, u8(1, 2, 3)),
      b.simple(9, u8(4, 5, 6, 7)),
      b.oldPacket(0, 0xffff, high, low + 1, u8(8)),
    );
    expect(read(file).records).toEqual([
      { data: '1,2,3', micros: MICROS, linkType: 1, interfaceId: 0, original: 3 },
      { data: '4,5,6,7', micros: MICROS, linkType: 1, interfaceId: 0, original: 9 },
      { data: '8', micros: MICROS + 1, linkType: 1, interfaceId: 0, original: 1 },
    ]);
  });

  it.each([
    ['µs by default', [], 1_000_000],
    ['ns', [b.option(9, u8(9))], 1000],
    ['ms', [b.option(9, u8(3))], 1e9],
    ['1/1024 s', [b.option(9, u8(0x8a))], (1e6 / 1024) * 1e6],
    ['an offset of 10 s', [b.option(2, u8(101, 116, 104)), b.counter(14, 10)], 11_000_000],
  ])('counts time in %s', (_unit, options, micros) => {
    const file = concat(b.section(), b.describe(1, 0, ...options, b.end), b.packet(0, 0, 1e6, u8(1)));
    expect(read(file).records[0]?.micros).toBeCloseTo(micros, 6);
  });

  it('never yields a time outside 1970 to 2255', () => {
    const file = concat(b.section(), b.describe(1, 0), b.packet(0, 0, 5, u8(1)), b.packet(0, 0xffffffff, 0, u8(2)));
    expect(read(file).records.map((seen) => seen.micros)).toEqual([5, 5]);
  });

  it('numbers interfaces over sections of either byte order', () => {
    const other = blocks(!littleEndian);
    const file = concat(
      b.section(),
      b.describe(1, 0),
      b.describe(276, 0),
      b.packet(1, 0, 1, u8(1)),
      other.section(),
      other.describe(101, 0),
      other.packet(0, 0, 2, u8(2)),
    );
    const { records, counters } = read(file);
    expect(records.map(({ interfaceId, linkType, micros }) => [interfaceId, linkType, micros])).toEqual([
      [1, 276, 1],
      [2, 101, 2],
    ]);
    expect(counters.interfaces).toBe(3);
  });

  it('tells each drop once, wherever it is written', () => {
    const file = concat(
      b.section(),
      b.describe(1, 0),
      b.packet(0, 0, 10, u8(1), 1, b.counter(4, 3), b.end),
      b.oldPacket(0, 2, 0, 20, u8(1)),
      b.statistics(0, 0, 30, b.counter(4, 999), b.counter(5, 7), b.counter(7, 1), b.end),
      b.statistics(0, 0, 40, b.counter(5, 7), b.counter(7, 1)),
    );
    const { drops, counters } = read(file);
    expect(drops).toEqual([
      [0, 3, 10],
      [0, 2, 20],
      [0, 3, 30],
      [0, 0, 40], // none since: what is tainted later begins here
    ]);
    expect(counters.dropped).toBe(8);
  });

  it('passes over unknown blocks, in chunks of any size', () => {
    const file = concat(
      b.section(),
      b.block(0x0bad, new Uint8Array(1000)),
      b.describe(1, 0),
      b.block(4, new Uint8Array(40)),
      b.packet(0, 0, 1, u8(1)),
    );
    for (const chunk of [1, 7, 11, 12, 13, 64, file.length]) expect(read(file, chunk).records).toHaveLength(1);
  });

  const whole = concat(b.section(), b.describe(1, 0), b.packet(0, 0, 1, u8(1)));
  it.each([
    ['cut', b.packet(0, 0, 1, u8(1)).subarray(0, 30), /ends within/],
    ['cut in an unknown block', b.block(77, new Uint8Array(52)).subarray(0, 30), /ends within/],
    ['of an unknown interface', b.packet(4, 0, 1, u8(1)), /interface 4/],
    ['with a block of 3 octets', b.block(77).fill(3, 4, 8), /claims/],
    ['with two lengths', b.packet(0, 0, 1, u8(1)).fill(0, -4), /lengths/],
    ['without byte order', b.section().fill(0, 8, 12), /byte order/],
    ['with a packet longer than its block', b.packet(0, 0, 1, u8(1)).fill(0x01, 20, 24), /claims/],
    [
      'with a block of 1 GiB',
      littleEndian ? concat(b.packet(0, 0, 1, u8(1)).fill(0x40, 7, 8)) : u8(0, 0, 0, 6, 64, 0, 0, 0, 0, 0, 0, 0),
      /claims/,
    ],
  ])('hands on the whole records of a file %s', (_damage, rest, reason) => {
    const { records, counters } = read(concat(whole, rest));
    expect(records).toHaveLength(1);
    expect(counters.damage).toMatchObject({ at: whole.length, reason: expect.stringMatching(reason) });
  });
});

const anyRecord = fc.record({
  seconds: fc.nat(0xffffffff),
  fraction: fc.nat(999_999),
  data: fc.uint8Array({ maxLength: 300 }),
});

describe('any capture', () => {
  it('reads the same in chunks of any size', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { maxLength: 8 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 90 }),
        (records, little, chunk) => {
          const b = blocks(little);
          const ng = concat(
            b.section(),
            b.describe(1, 0, b.option(9, u8(6)), b.end),
            ...records.map(({ data, seconds, fraction }) => b.packet(0, seconds % 1000, fraction, data)),
            b.statistics(0, 0, 0),
          );
          for (const file of [pcap(records, { littleEndian: little }), ng]) {
            const inOne = read(file);
            expect(read(file, chunk)).toEqual(inOne);
            expect(inOne.records.map((seen) => seen.data)).toEqual(records.map(({ data }) => Array.from(data).join()));
            expect(inOne.counters.truncated).toBe(false);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
