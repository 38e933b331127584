import type { Datagram } from './plain-reader.ts';

export type PlainStream = {
  packets: number;
  expected: number;
  duplicates: number;
  reordered: number;
  /** Seconds, after each packet but the first. */
  readonly jitters: number[];
  readonly roundTrips: number[];
  reports: number;
  /** The last report block: cumulative lost and extended highest sequence number. */
  lastReport?: { readonly lost: number; readonly highest: number };
};

type Clock = (payloadType: number) => number;

/**
 * Figures of every SSRC straight from RFC 3550, with everything kept that was ever seen: no windows, no bounds, no
 * thought of speed. Numbers are extended by the nearest distance to the highest, never restarted.
 */
export class PlainFigures {
  readonly streams = new Map<number, PlainStream>();
  rtpPackets = 0;
  rtcpPackets = 0;
  otherPackets = 0;
  readonly #clock: Clock;
  readonly #seen = new Map<number, { numbers: Set<number>; first: number; highest: number }>();
  readonly #last = new Map<number, { at: number; timestamp: number; jitter: number }>();
  readonly #senderReports = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add({ micros, payload }: Datagram): void {
    if (payload.readUInt8(0) >> 6 !== 2) this.otherPackets += 1;
    else if (payload.readUInt8(1) >= 192 && payload.readUInt8(1) <= 223) this.#rtcp(micros, payload);
    else this.#rtp(micros, payload);
  }

  stream(ssrc: number): PlainStream {
    const found = this.streams.get(ssrc);
    if (found !== undefined) return found;
    const made = { packets: 0, expected: 0, duplicates: 0, reordered: 0, jitters: [], roundTrips: [], reports: 0 };
    this.streams.set(ssrc, made);
    return made;
  }

  #rtp(micros: number, payload: Buffer): void {
    this.rtpPackets += 1;
    const ssrc = payload.readUInt32BE(8);
    const stream = this.stream(ssrc);
    this.#number(ssrc, payload.readUInt16BE(2), stream);
    const rate = this.#clock(payload.readUInt8(1) & 127);
    const last = this.#last.get(ssrc);
    const timestamp = payload.readUInt32BE(4);
    const before = last?.jitter ?? 0;
    const sent = last === undefined ? 0 : ((timestamp - last.timestamp) | 0) / rate;
    const difference = last === undefined ? 0 : Math.abs((micros - last.at) / 1e6 - sent);
    const jitter = before + (difference - before) / 16;
    if (last !== undefined) stream.jitters.push(jitter);
    this.#last.set(ssrc, { at: micros, timestamp, jitter });
  }

  #number(ssrc: number, sequence: number, stream: PlainStream): void {
    const seen = this.#seen.get(ssrc) ?? { numbers: new Set(), first: sequence, highest: sequence };
    this.#seen.set(ssrc, seen);
    const ahead = ((sequence - (seen.highest & 0xffff)) << 16) >> 16;
    const number = seen.highest + ahead;
    if (seen.numbers.has(number)) stream.duplicates += 1;
    else {
      stream.packets += 1;
      if (ahead < 0) stream.reordered += 1;
    }
    seen.numbers.add(number);
    seen.highest = Math.max(seen.highest, number);
    stream.expected = seen.highest - seen.first + 1;
  }

  #rtcp(micros: number, payload: Buffer): void {
    this.rtcpPackets += 1;
    for (let at = 0; at < payload.length; at += 4 * (payload.readUInt16BE(at + 2) + 1)) {
      if (payload.readUInt8(at + 1) !== 200) continue;
      this.#senderReports.set(`${payload.readUInt32BE(at + 4)} ${payload.readUInt32BE(at + 10)}`, micros);
      for (let block = 0; block < (payload.readUInt8(at) & 31); block += 1) {
        this.#block(micros, payload.subarray(at + 28 + block * 24));
      }
    }
  }

  #block(micros: number, block: Buffer): void {
    const ssrc = block.readUInt32BE(0);
    const stream = this.stream(ssrc);
    stream.reports += 1;
    stream.lastReport = { lost: (block.readInt32BE(4) << 8) >> 8, highest: block.readUInt32BE(8) };
    const sent = this.#senderReports.get(`${ssrc} ${block.readUInt32BE(16)}`);
    if (sent !== undefined) stream.roundTrips.push((micros - sent) / 1e6 - block.readUInt32BE(20) / 65_536);
  }
}
