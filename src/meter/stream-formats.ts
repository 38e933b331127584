import { addressWords } from '../packet/address.ts';
import type { Datagram } from '../packet/datagram.ts';
import { redPrimaryPayloadType } from '../packet/red.ts';
import type { RtpHeader } from '../packet/rtp.ts';
import { setFormat } from '../quality/packet-format.ts';
import { FORMAT, FORMAT_MASK, KIND_PAUSE, PAYLOAD_TYPE, SSRC, WORDS } from '../quality/packet-layout.ts';
import { type PacketTable, streamsOfSsrc } from '../quality/packet-table.ts';
import { mediaOf } from '../quality/packet-totals.ts';
import { int } from '../quality/packet-words.ts';
import { Formats } from './formats.ts';
import type { TypeUse } from './measured-stream.ts';
import type { Concerned, MeterOptions, Path } from './options.ts';
import { pathOf } from './path.ts';
import { lastAt } from './room.ts';
import type { SocketIndex } from './socket-index.ts';

/** Set in a record's payload type when its meaning has to be asked again. */
const STALE = 128;

/** What the payload types of streams mean, and which of them each has sent. */
export class StreamFormats {
  readonly #table: PacketTable;
  readonly #sockets: SocketIndex;
  readonly #formats: Formats;
  /** Payload types of the streams that have sent several. */
  readonly #types = new Map<number, TypeUse[]>();

  constructor(table: PacketTable, sockets: SocketIndex, options: MeterOptions) {
    this.#table = table;
    this.#sockets = sockets;
    this.#formats = new Formats(options, table.formats);
    table.onClock = (stream, clockRate) => this.#clockFound(stream, clockRate);
  }

  /** The payload types of a stream so far, with the media packets of each up to now. */
  of(stream: number): readonly TypeUse[] {
    return this.#of(stream, int(this.#table.words, stream * WORDS + PAYLOAD_TYPE));
  }

  /** The stream sends another payload type than before, or its meaning may have changed. */
  switch(stream: number, path: Path, payloadType: number, micros: number, timestamp: number): void {
    const before = int(this.#table.words, stream * WORDS + PAYLOAD_TYPE);
    const types = this.#of(stream, before);
    if (before >= STALE) for (const type of types) type.stale = true;
    const held = types.find((type) => type.payloadType === payloadType);
    const format =
      held === undefined || held.stale ? this.#ask(stream, path, payloadType, micros, held?.format) : held.format;
    const use = { payloadType, format, stale: false };
    if (held !== undefined) Object.assign(held, use);
    else types.push({ ...use, packets: 0 });
    if (types.length > 1) this.#types.set(stream, types);
    setFormat(this.#table, stream, payloadType, format, micros, timestamp);
  }

  /** RED is what its primary block is, where that can be seen. */
  redIsMedia(stream: number, datagram: Datagram, header: RtpHeader, micros: number): boolean {
    const { formats, words } = this.#table;
    const { payloadStart, payloadLength, ssrc } = header;
    if (formats[int(words, stream * WORDS + FORMAT) & FORMAT_MASK]?.encrypted === true) return true;
    const payloadType = redPrimaryPayloadType(datagram.view, payloadStart, datagram.end, payloadLength);
    if (payloadType < 0) return true;
    const path = pathOf(datagram);
    const primary = this.#formats.resolve({ ...path, ssrc: ssrc >>> 0, payloadType, at: micros / 1e6 });
    return (formats[primary]?.kind ?? 0) < KIND_PAUSE;
  }

  /** Formats may mean something else from now on: each stream that it concerns asks again with its next packet. */
  askAgain(concerned: Concerned): void {
    if (concerned === 'all') {
      for (let stream = 0; stream < this.#table.size; stream += 1) this.#askAgain(stream);
      return;
    }
    for (const { address, port } of concerned.sockets) {
      const words = addressWords(address);
      if (words !== undefined) this.#sockets.each(words, port, (stream) => this.#askAgain(stream));
    }
    for (const ssrc of concerned.ssrcs)
      for (const stream of streamsOfSsrc(this.#table, ssrc | 0)) this.#askAgain(stream);
  }

  /** The stream is over. */
  forget(stream: number): void {
    this.#types.delete(stream);
  }

  #askAgain(stream: number): void {
    const { words } = this.#table;
    const payloadType = int(words, stream * WORDS + PAYLOAD_TYPE);
    if (payloadType >= 0) words[stream * WORDS + PAYLOAD_TYPE] = payloadType | STALE;
  }

  #ask(stream: number, path: Path, payloadType: number, micros: number, held: number | undefined): number {
    const ssrc = int(this.#table.words, stream * WORDS + SSRC) >>> 0;
    const { formats } = this.#table;
    const format = this.#formats.resolve({ ...path, ssrc, payloadType, at: micros / 1e6 });
    // What the timestamps told stays true where nobody says anything else.
    const keeps =
      held !== undefined && formats[format]?.clockRate === undefined && formats[held]?.clockRate !== undefined;
    return keeps ? held : format;
  }

  #of(stream: number, before: number): TypeUse[] {
    if (before < 0) return [];
    const { words } = this.#table;
    const payloadType = before & (STALE - 1);
    const types = this.#types.get(stream) ?? [
      { payloadType, format: int(words, stream * WORDS + FORMAT) & FORMAT_MASK, stale: false, packets: 0 },
    ];
    const counted = types.reduce((sum, type) => sum + type.packets, 0);
    const current = types.find((type) => type.payloadType === payloadType);
    if (current !== undefined) current.packets += mediaOf(this.#table, stream) - counted;
    return types;
  }

  #clockFound(stream: number, clockRate: number): void {
    const w = stream * WORDS;
    const payloadType = int(this.#table.words, w + PAYLOAD_TYPE) & (STALE - 1);
    const format = this.#formats.withInferred(int(this.#table.words, w + FORMAT) & FORMAT_MASK, clockRate);
    const held = this.#types.get(stream)?.find((type) => type.payloadType === payloadType);
    if (held !== undefined) held.format = format;
    setFormat(this.#table, stream, payloadType, format, lastAt(this.#table, stream), 0);
  }
}
