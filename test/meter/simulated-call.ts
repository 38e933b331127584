import { intervalOf, streamOf } from '../../src/meter/currency.ts';
import type { MeterResult } from '../../src/meter/measured.ts';
import { Meter } from '../../src/meter/meter.ts';
import type { MeterOptions } from '../../src/meter/options.ts';
import type { Direction } from '../../src/model/channel.ts';
import { concat, u8, u16, u32 } from '../packet/wire.ts';
import { summaryOf } from '../quality/one-channel.ts';
import { randomFrom } from '../quality/packet-stream.ts';
import { type Block, DEVICE, type Ends, INBOUND, OUTBOUND, report, rtp, send } from './wire.ts';

/** Whose packet it is. */
export type Host = 'device' | 'gateway';

export type Clock = (time: number) => number;

/** A clock that was never set right and runs `ppm` too fast. */
export const clock =
  (offset: number, ppm: number): Clock =>
  (time) =>
    time + offset + (time * ppm) / 1e6;

/** What a host knows when it writes a report: its own clock and SSRC, and the report of the other it answers. */
export type Writing = {
  readonly host: Host;
  /** True time, which only the simulation knows. */
  readonly at: number;
  /** Seconds since 1900 by the host's own clock. */
  readonly ntp: number;
  readonly ssrc: number;
  readonly turn: number;
  /** The block about the other, with the delay since its report by the own clock; none before the first one came. */
  readonly block: Block;
};

/** The other's latest report as a host heard it. */
type Heard = { readonly middle: number; readonly at: number };

export type Call = {
  readonly seconds?: number;
  readonly every?: number;
  /** One-way delays in seconds, and how far before the gateway the tap stands. */
  readonly toGateway?: number;
  readonly toDevice?: number;
  readonly tap?: number;
  readonly clocks?: Readonly<Partial<Record<Host, Clock>>>;
  /** NTP time at the begin. */
  readonly epoch?: number;
  readonly ssrcs?: Readonly<Record<Host, (at: number) => number>>;
  readonly rtcpOf?: (ends: Ends) => Ends;
  /** What each host writes; undefined: nothing this time. */
  readonly writes?: Readonly<Partial<Record<Host, (writing: Writing) => Uint8Array | undefined>>>;
  /** More datagrams: seconds at which a host sends, and what. */
  readonly more?: readonly { readonly at: number; readonly host: Host; readonly payload: Uint8Array }[];
  /** Seconds until which media is sent; as long as the call, unless told. */
  readonly mediaUntil?: number;
  readonly options?: MeterOptions;
};

const NTP = 3_970_000_000;
/** Packets per second: few, since only the reports matter here. */
const RATE = 10;
const SENT: Readonly<Record<Host, Ends>> = { device: INBOUND, gateway: OUTBOUND };
export const SSRCS: Readonly<Record<Host, number>> = { device: 0xd0000001, gateway: 0x90000001 };

export const senderReport = ({ ssrc, ntp, block }: Writing): Uint8Array => report(ssrc, blocksOf(block), ntp);
export const receiverReport = ({ ssrc, block }: Writing): Uint8Array => report(ssrc, blocksOf(block));
const blocksOf = (block: Block): readonly Block[] => (block.lastReport === 0 ? [] : [block]);

/** A call between two hosts of unsynchronised clocks, seen by a tap near the gateway: 80 ms around unless told otherwise. */
export function simulate(call: Call = {}): MeterResult {
  const { seconds = 120, every = 5, toGateway = 0.03, toDevice = 0.05, tap = 0, epoch = NTP } = call;
  const { mediaUntil = seconds, rtcpOf = (ends: Ends) => ends } = call;
  const clocks = { device: clock(17.4, 80), gateway: clock(-3.2, -50), ...call.clocks };
  const writes = { device: senderReport, gateway: senderReport, ...call.writes };
  const ssrcOf = (host: Host, at: number): number => call.ssrcs?.[host](at) ?? SSRCS[host];
  const seenAt = (host: Host, at: number): number => at + (host === 'device' ? toGateway - tap : tap);
  const random = randomFrom(7);
  const wire: { at: number; ends: Ends; payload: Uint8Array }[] = [];
  const heard: Partial<Record<Host, Heard>> = {};
  for (const { at, host, payload } of call.more ?? []) wire.push({ at: seenAt(host, at), ends: SENT[host], payload });
  for (let index = 0; index < mediaUntil * RATE; index += 1) {
    for (const host of ['device', 'gateway'] as const) {
      const at = index / RATE;
      const packet = rtp({ ssrc: ssrcOf(host, at), sequence: index, timestamp: (8000 / RATE) * index });
      wire.push({ at: seenAt(host, at), ends: SENT[host], payload: packet });
    }
  }
  for (let turn = 0; turn * every < 2 * seconds; turn += 1) {
    const host = turn % 2 === 0 ? 'device' : 'gateway';
    const other = host === 'device' ? 'gateway' : 'device';
    // RFC 3550, 6.3.1: never at even times.
    const at = Math.floor(turn / 2) * every + (host === 'device' ? 0.06 : 0.56) * every + 0.4 * every * random();
    if (at >= seconds) continue;
    const ntp = clocks[host](at) + epoch;
    const question = heard[host];
    const delay = question === undefined ? 0 : clocks[host](at) - clocks[host](question.at);
    const block: Block = {
      ssrc: ssrcOf(other, at),
      highest: Math.floor(Math.min(at - 0.1, mediaUntil - 1 / RATE) * RATE),
      jitter: 80,
      lastReport: question?.middle ?? 0,
      delay: Math.round(delay * 65_536),
    };
    const payload = writes[host]({ host, at, ntp, ssrc: ssrcOf(host, at), turn, block });
    if (payload === undefined) continue;
    wire.push({ at: seenAt(host, at), ends: rtcpOf(SENT[host]), payload });
    const told = toldMiddle(payload);
    if (told !== undefined) heard[other] = { middle: told, at: at + (host === 'device' ? toGateway : toDevice) };
  }
  const meter = new Meter({ intervals: true, ...call.options });
  for (const { at, ends, payload } of wire.toSorted((a, b) => a.at - b.at)) send(meter, at, ends, payload);
  return meter.finish();
}

/** What the other will answer: the time of a sender report as it was written, or of an RRTR behind an empty report. */
function toldMiddle(payload: Uint8Array): number | undefined {
  const view = new DataView(payload.buffer, payload.byteOffset);
  if (payload[1] === 200) return view.getUint32(10);
  return payload[9] === 207 && payload[16] === 4 ? view.getUint32(22) : undefined;
}

/** Figures of the one channel whose inbound streams come from the device. */
export function figures(result: MeterResult, seconds: number) {
  const directions = new Map(result.streams.map((stream) => [stream.streamId, directionOf(stream.source.address)]));
  const streams = result.streams.map((stream) => streamOf(stream, 'leg', directionOf(stream.source.address)));
  const intervals = result.intervals.map((interval) =>
    intervalOf(interval, directions.get(interval.streamId) ?? 'inbound'),
  );
  return summaryOf({ seconds, streams, intervals, observed: { inbound: 5, outbound: 5 } }).figures;
}

export const directionOf = (address: string): Direction => (address === DEVICE[0] ? 'inbound' : 'outbound');

/** An extended report (RFC 3611). */
export function xr(ssrc: number, ...blocks: readonly Uint8Array[]): Uint8Array {
  const body = concat(u32(ssrc), ...blocks);
  return concat(u8(0x80, 207), u16(body.length / 4), body);
}

export function referenceTime(ntp: number): Uint8Array {
  return concat(u8(4, 0, 0, 2), u32(Math.floor(ntp)), u32(Math.floor((ntp % 1) * 4_294_967_296)));
}

export function referenceAnswer({ ssrc, lastReport = 0, delay = 0 }: Block): Uint8Array {
  return concat(u8(5, 0, 0, 3), u32(ssrc), u32(lastReport), u32(delay));
}

/** VoIP metrics with a round trip in milliseconds. */
export function voipMetrics(ssrc: number, roundTrip: number): Uint8Array {
  return concat(u8(7, 0, 0, 8), u32(ssrc), new Uint8Array(8), u16(roundTrip), new Uint8Array(18));
}

/** Source descriptions with a canonical name. */
export function description(ssrc: number, cname: string): Uint8Array {
  const name = new TextEncoder().encode(cname);
  const chunk = new Uint8Array(Math.ceil((4 + 2 + name.length + 1) / 4) * 4);
  chunk.set(u32(ssrc));
  chunk.set([1, name.length, ...name], 4);
  return concat(u8(0x81, 202), u16(chunk.length / 4), chunk);
}

/** A binding request (class 0) or success (class 1) of a transaction. */
export function binding(success: boolean, transaction: number): Uint8Array {
  const id = concat(u32(0xabcdef01), u32(0x23456789), u32(transaction));
  return concat(u16(success ? 0x0101 : 0x0001), u16(0), u32(0x2112a442), id);
}
