import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Meter } from '../../src/meter/meter.ts';
import type { Format, FormatHint } from '../../src/meter/options.ts';
import { h264Unit, vp8Frame } from '../packet/picture-payloads.ts';
import { BEGIN, rtp } from './wire.ts';

/** Each link is one header before IP. Those with a VLAN tag go the general way. */
const LINKS = {
  ethernet: { linkType: 1, header: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0] },
  cooked: { linkType: 276, header: [0x08, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0] },
  raw: { linkType: 101, header: [] },
  tagged: { linkType: 1, header: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 7, 0x08, 0] },
} as const;

type Link = keyof typeof LINKS;
type Packet = { readonly at: number; readonly octets: Uint8Array; readonly tos: number; readonly snap: number };

/** Payload types: PCMU, PCMA, comfort noise, two whose clock has to be told or found, and two that tell their pictures. */
const TYPES = [0, 8, 13, 34, 96, 97, 98] as const;
const FORMATS: Readonly<Record<number, Format>> = {
  97: { codec: 'H264', clockRate: 90_000, media: 'video', encrypted: false },
  98: { codec: 'VP8', clockRate: 90_000, media: 'video', encrypted: false },
};
const PAYLOADS: readonly (readonly number[])[] = [
  [],
  h264Unit({ rows: 45 }),
  h264Unit({ rows: 68, crop: [0, 0, 0, 4] }),
  vp8Frame(360),
];

function frame(link: Link, { octets, tos, snap }: Packet): Uint8Array {
  const { header } = LINKS[link];
  const packet = new Uint8Array(header.length + 28 + octets.length);
  const view = new DataView(packet.buffer);
  const ip = header.length;
  packet.set(header);
  packet.set([0x45, tos, 0, 0, 0, 0, 0x40, 0, 64, 17], ip);
  view.setUint16(ip + 2, 28 + octets.length);
  packet.set([10, 1, 0, 1, 10, 0, 0, 1], ip + 12);
  packet.set([0x13, 0x8c, 0x17, 0x74], ip + 20);
  view.setUint16(ip + 24, 8 + octets.length);
  packet.set(octets, ip + 28);
  return packet.subarray(0, Math.max(ip, Math.min(packet.length, ip + 28 + snap)));
}

function measured(link: Link, packets: readonly Packet[]) {
  const signalling = { message: () => undefined, formatOf: ({ payloadType }: FormatHint) => FORMATS[payloadType] };
  const meter = new Meter({ intervals: true, clocks: new Map([[34, 90_000]]), signalling });
  for (const packet of packets) {
    const octets = frame(link, packet);
    const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    const micros = Math.round((BEGIN + packet.at) * 1e6);
    meter.record(octets, view, 0, octets.length, micros, LINKS[link].linkType, 0, octets.length);
  }
  return meter.finish();
}

/** The extension of RFC 8285 with one word. */
function withExtension(packet: Uint8Array): Uint8Array {
  const extended = new Uint8Array(packet.length + 8);
  extended.set(packet.subarray(0, 12));
  extended.set([0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0], 12);
  extended.set(packet.subarray(12), 20);
  extended[0] = (extended[0] ?? 0) | 0x10;
  return extended;
}

/** What a sender, its path and the tap may do to the next packet. */
const step = fc.record({
  ssrc: fc.constantFrom(1, 1, 1, 2),
  ahead: fc.constantFrom(1, 1, 1, 1, 1, 1, 2, 0, -1, 40, 5000),
  gap: fc.constantFrom(0.02, 0.02, 0.02, 0.02, 0.0001, 0.9, 3),
  ticks: fc.constantFrom(160, 160, 0, -160, 90_000),
  type: fc.constantFrom<number>(0, 0, 0, 0, 1, 2, 3, 4),
  begins: fc.nat({ max: 3 }),
  marker: fc.boolean(),
  size: fc.constantFrom(160, 160, 20, 1, 0),
  padding: fc.constantFrom(0, 0, 0, 4),
  extended: fc.constantFrom(false, false, true),
  tos: fc.constantFrom(0, 0xb8),
  snap: fc.constantFrom(2000, 2000, 60, 13, 12, 11, 4),
});

/** Sound, or pictures of one format: streams change their type now and then, and most packets lie in one of a row. */
const steps = fc
  .tuple(fc.array(step, { minLength: 60, maxLength: 300 }), fc.constantFrom(0, 5, 6))
  .map(([all, usual]) => all.map((one) => (one.type === 0 ? { ...one, type: usual } : one)));

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function packetsOf(steps: readonly Step[]): readonly Packet[] {
  let at = 0;
  const state = new Map<number, { sequence: number; timestamp: number }>();
  return steps.map(({ ssrc, ahead, gap, ticks, type, begins, marker, size, padding, extended, tos, snap }) => {
    const last = state.get(ssrc) ?? { sequence: 65_500, timestamp: 0xffff_f000 };
    const sequence = (last.sequence + ahead + 0x10000) & 0xffff;
    const timestamp = (last.timestamp + ticks) >>> 0;
    state.set(ssrc, { sequence, timestamp });
    at += gap;
    const payload = new Uint8Array(size).fill(0x55);
    payload.set((PAYLOADS[begins] ?? []).slice(0, size));
    const octets = rtp({ ssrc, sequence, timestamp, payloadType: TYPES[type] ?? 0, marker, payload, padding });
    return { at, octets: extended ? withExtension(octets) : octets, tos, snap };
  });
}

describe('takePlain', () => {
  it('does what the general way does, whatever came', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const packets = packetsOf(all);
        const general = measured('tagged', packets);
        for (const link of ['ethernet', 'cooked', 'raw'] as const) expect(measured(link, packets)).toEqual(general);
      }),
      { numRuns: 60 },
    );
  });

  it('counts a clean stream and its octets, without the header extension', () => {
    const steps = Array.from({ length: 500 }, (_, i) => ({ sequence: i, timestamp: 160 * i, ssrc: 9 }));
    const packets = steps.map((one, i) => ({
      at: 0.02 * i,
      octets: withExtension(rtp({ ...one, payload: new Uint8Array(100) })),
      tos: 0,
      snap: 2000,
    }));
    const { streams } = measured('ethernet', packets);
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({ packets: 500, lost: 0, mediaPackets: 500, octets: 50_000, frames: 500 });
    expect(streams[0]?.averageJitter).toBeCloseTo(0, 9);
  });
});
