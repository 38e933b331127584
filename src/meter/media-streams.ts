import type { Datagram } from '../packet/datagram.ts';
import { redPrimaryPayloadType } from '../packet/red.ts';
import { RtpHeader, readRtp } from '../packet/rtp.ts';
import { newCandidates, takeCandidate, type Waiting } from '../quality/packet-candidates.ts';
import { setFormat } from '../quality/packet-format.ts';
import * as layout from '../quality/packet-layout.ts';
import { joinPath } from '../quality/packet-path-change.ts';
import { closeSeconds } from '../quality/packet-seconds.ts';
import {
  insertStream,
  isTaken,
  lookUp,
  newPacketTable,
  type PacketTable,
  removeStreams,
} from '../quality/packet-table.ts';
import { beginStream, type PacketFacts, takeArrival, takePacket } from '../quality/packet-take.ts';
import { mediaOf } from '../quality/packet-totals.ts';
import * as reads from '../quality/packet-words.ts';
import { Formats } from './formats.ts';
import { Journal } from './journal.ts';
import type { MeasuredInterval, MeasuredStream } from './measured.ts';
import { measuredStream, type Told, type TypeUse } from './measured-stream.ts';
import type { MeterOptions, Path } from './options.ts';
import { pathOf, streamIdOf } from './path.ts';

// Own constants: an import costs a look-up at each use (packet-layout.ts).
const { FLAGS, FORMAT, FORMAT_MASK, IS_RED, KIND_PAUSE, LAST_AT, PAYLOAD_TYPE, SSRC, WORDS } = layout;
const { double, int } = reads;

const newFacts = (): PacketFacts => ({ sequence: 0, timestamp: 0, marker: false, isMedia: true, octets: 0 });

/** Set in a record's payload type when its meaning has to be asked again. */
const STALE = 128;
/** Drops of longer ago cannot be told from loss any more. Seconds. */
const LONGEST_TAINT = 300;
const MOST_TAINTED = 2 * LONGEST_TAINT + 2;

/** The media of a capture: finds the stream of each packet and keeps what is known of it beside the hot record. */
export class MediaStreams {
  readonly table: PacketTable;
  readonly journal: Journal;
  /** RTP packets of valid streams, duplicates too. */
  packets = 0;
  /** Called with each new stream; what others told of one; before the last seconds of one close, and when it is forgotten. */
  onBegin: (stream: number) => void = () => {};
  onTold: (stream: number) => Told = () => ({});
  onEnding: (stream: number) => void = () => {};
  onEnd: (stream: number) => void = () => {};
  readonly #options: MeterOptions;
  readonly #formats: Formats;
  readonly #candidates = newCandidates();
  readonly #header = new RtpHeader();
  readonly #facts = newFacts();
  /** Payload types of the streams that have sent several. */
  readonly #types = new Map<number, TypeUse[]>();
  /** By stream: the one that it goes on from over another path. */
  readonly #changes = new Map<number, NonNullable<MeasuredStream['continues']>>();
  /** Names by stream: a name is made of text, and needed with each slot. */
  readonly #ids = new Map<number, string>();
  /** Begun since somebody took streams. */
  readonly #fresh = new Set<number>();
  #ended: MeasuredStream[] = [];

  constructor(options: MeterOptions) {
    this.#options = options;
    const { slotSeconds = 5 } = options;
    this.journal = new Journal(slotSeconds, options.intervals === true);
    this.table = newPacketTable({
      slotSeconds,
      ...(options.intervals === true
        ? { onSlot: (stream, interval) => this.journal.close(stream, this.streamIdOf(stream), interval) }
        : {}),
    });
    this.table.onClock = (stream, clockRate) => this.#clockFound(stream, clockRate);
    this.#formats = new Formats(options, this.table.formats);
  }

  /** Epoch seconds between which the capture looked. */
  get firstAt(): number | undefined {
    return Number.isFinite(this.table.observedFrom) ? this.table.observedFrom : undefined;
  }

  get lastAt(): number | undefined {
    return Number.isFinite(this.table.observedTo) ? this.table.observedTo : undefined;
  }

  /** The capture sees at this time. */
  observed(micros: number): void {
    const seconds = micros / 1e6;
    this.table.at = micros;
    if (seconds > this.table.observedTo) this.table.observedTo = seconds;
    if (seconds < this.table.observedFrom) this.table.observedFrom = seconds;
  }

  /** The capture lost packets between two times; without `from`, since it began. Microseconds. */
  taint(from: number | undefined, micros: number): void {
    const last = Math.floor(micros / 1e6);
    const begun = Math.floor(from === undefined ? Math.min(this.table.observedFrom, last) : from / 1e6);
    for (let second = Math.max(begun, last - LONGEST_TAINT); second <= last; second += 1) {
      this.table.tainted.set(second, 'capture-dropped');
    }
    // Seconds of long ago are closed; a file that says so again and again must cost no memory.
    for (const second of this.table.tainted.keys()) {
      if (this.table.tainted.size <= MOST_TAINTED) break;
      this.table.tainted.delete(second);
    }
  }

  /** Takes a datagram that has the shape of RTP and came when the capture was observed last. */
  rtp(datagram: Datagram): void {
    const header = this.#header;
    if (!readRtp(datagram.view, datagram.start, datagram.end, datagram.length, header)) return;
    const facts = this.#facts;
    facts.sequence = header.sequence;
    facts.timestamp = header.timestamp;
    facts.marker = header.marker;
    facts.octets = header.payloadLength > 0 ? header.payloadLength : 0;
    // A payload of nothing, or of padding alone, carries no media.
    facts.isMedia = header.payloadLength !== 0;
    const { source, destination, sourcePort, destinationPort, addressFamily } = datagram;
    const ports = (sourcePort << 16) | destinationPort;
    const stream = lookUp(this.table, header.ssrc, ports, source, destination, addressFamily);
    if (stream < 0) {
      this.#candidate(datagram, this.table.at);
      return;
    }
    this.packets += 1;
    const { words } = this.table;
    const w = stream * WORDS;
    if (words[w + PAYLOAD_TYPE] !== header.payloadType) {
      this.#switch(stream, pathOf(datagram), header.payloadType, this.table.at, facts.timestamp);
    }
    if ((int(words, w + FLAGS) & IS_RED) !== 0) facts.isMedia &&= this.#redIsMedia(stream, datagram, this.table.at);
    takeArrival(this.table, stream, facts);
  }

  /** Formats may mean something else from now on: each stream asks again with its next packet. */
  forgetFormats(): void {
    const { words, size } = this.table;
    for (let w = 0; w < size * WORDS; w += WORDS) {
      const payloadType = int(words, w + PAYLOAD_TYPE);
      if (payloadType >= 0) words[w + PAYLOAD_TYPE] = payloadType | STALE;
    }
  }

  streamIdOf(stream: number): string {
    const known = this.#ids.get(stream);
    if (known !== undefined) return known;
    const made = streamIdOf(this.table, stream);
    this.#ids.set(stream, made);
    return made;
  }

  /** Streams without a packet since then. */
  idleSince(micros: number): readonly number[] {
    const idle: number[] = [];
    for (let stream = 0; stream < this.table.size; stream += 1) {
      if (isTaken(this.table, stream) && double(this.table.doubles, stream * WORDS + LAST_AT) < micros)
        idle.push(stream);
    }
    return idle;
  }

  /** Closes the streams without a packet since then and forgets them. */
  endIdle(micros: number): void {
    const idle = this.idleSince(micros);
    for (const stream of idle) this.#end(stream);
    if (idle.length > 0) removeStreams(this.table, idle);
  }

  take(): { readonly streams: readonly MeasuredStream[]; readonly intervals: readonly MeasuredInterval[] } {
    const ended = this.#ended;
    this.#ended = [];
    this.#fresh.clear();
    const changed = this.journal.takeChanged().filter((stream) => isTaken(this.table, stream));
    const live = changed.map((stream) => this.#measured(stream));
    return { streams: [...ended, ...live], intervals: this.journal.take() };
  }

  /** Of streams only those that are new: for who looks often and wants the streams as a whole when all is over. */
  takeIntervals(): { readonly streams: readonly MeasuredStream[]; readonly intervals: readonly MeasuredInterval[] } {
    const streams = [...this.#fresh].map((stream) => this.#measured(stream));
    this.#fresh.clear();
    return { streams, intervals: this.journal.take() };
  }

  finish(): { readonly streams: readonly MeasuredStream[]; readonly intervals: readonly MeasuredInterval[] } {
    for (const stream of this.#taken()) this.#end(stream);
    const streams = this.#ended.toSorted((a, b) => a.firstAt - b.firstAt);
    this.#ended = [];
    return { streams, intervals: this.journal.take() };
  }

  #candidate(datagram: Datagram, micros: number): void {
    const { ssrc, payloadType } = this.#header;
    const waiting = takeCandidate(this.#candidates, datagram, ssrc, payloadType, micros, this.#facts);
    const first = waiting?.[0];
    if (waiting === undefined || first === undefined) return;
    const path = pathOf(datagram);
    if (this.#options.accepts?.(path) === false) return;
    const stream = insertStream(this.table, datagram, ssrc);
    this.#switch(stream, path, first.payloadType, first.micros, first.packet.timestamp);
    beginStream(this.table, stream, first.micros, first.packet);
    for (const next of [...waiting.slice(1), { micros, payloadType, packet: this.#facts }])
      this.#follow(stream, path, next);
    this.packets += waiting.length + 1;
    this.#begun(stream);
  }

  #begun(stream: number): void {
    this.#fresh.add(stream);
    const change = joinPath(this.table, stream);
    if (change !== undefined) this.#changes.set(stream, { streamId: this.streamIdOf(change.from), lost: change.lost });
    this.onBegin(stream);
  }

  #follow(stream: number, path: Path, { micros, payloadType, packet }: Waiting): void {
    if (this.table.words[stream * WORDS + PAYLOAD_TYPE] !== payloadType) {
      this.#switch(stream, path, payloadType, micros, packet.timestamp);
    }
    takePacket(this.table, stream, micros, packet);
  }

  /** The stream sends another payload type than before, or its meaning may have changed. */
  #switch(stream: number, path: Path, payloadType: number, micros: number, timestamp: number): void {
    const { words } = this.table;
    const w = stream * WORDS;
    const before = int(words, w + PAYLOAD_TYPE);
    const types = this.#typesOf(stream, before);
    if (before >= STALE) for (const type of types) type.stale = true;
    const held = types.find((type) => type.payloadType === payloadType);
    const format =
      held === undefined || held.stale ? this.#ask(stream, path, payloadType, micros, held?.format) : held.format;
    const use = { payloadType, format, stale: false };
    if (held !== undefined) Object.assign(held, use);
    else types.push({ ...use, packets: 0 });
    if (types.length > 1) this.#types.set(stream, types);
    setFormat(this.table, stream, payloadType, format, micros, timestamp);
  }

  #ask(stream: number, path: Path, payloadType: number, micros: number, held: number | undefined): number {
    const ssrc = int(this.table.words, stream * WORDS + SSRC) >>> 0;
    const { formats } = this.table;
    const format = this.#formats.resolve({ ...path, ssrc, payloadType, at: micros / 1e6 });
    // What the timestamps told stays true where nobody says anything else.
    const keeps =
      held !== undefined && formats[format]?.clockRate === undefined && formats[held]?.clockRate !== undefined;
    return keeps ? held : format;
  }

  /** The payload types of a stream so far, with the media packets of each up to now. */
  #typesOf(stream: number, before: number): TypeUse[] {
    if (before < 0) return [];
    const { words } = this.table;
    const w = stream * WORDS;
    const payloadType = before & (STALE - 1);
    const types = this.#types.get(stream) ?? [
      { payloadType, format: int(words, w + FORMAT) & FORMAT_MASK, stale: false, packets: 0 },
    ];
    const counted = types.reduce((sum, type) => sum + type.packets, 0);
    const current = types.find((type) => type.payloadType === payloadType);
    if (current !== undefined) current.packets += mediaOf(this.table, stream) - counted;
    return types;
  }

  #clockFound(stream: number, clockRate: number): void {
    const w = stream * WORDS;
    const payloadType = int(this.table.words, w + PAYLOAD_TYPE) & (STALE - 1);
    const format = this.#formats.withInferred(int(this.table.words, w + FORMAT) & FORMAT_MASK, clockRate);
    const held = this.#types.get(stream)?.find((type) => type.payloadType === payloadType);
    if (held !== undefined) held.format = format;
    setFormat(this.table, stream, payloadType, format, double(this.table.doubles, w + LAST_AT), 0);
  }

  /** RED is what its primary block is, where that can be seen. */
  #redIsMedia(stream: number, datagram: Datagram, micros: number): boolean {
    const { formats, words } = this.table;
    const { payloadStart, payloadLength, ssrc } = this.#header;
    if (formats[int(words, stream * WORDS + FORMAT) & FORMAT_MASK]?.encrypted === true) return true;
    const payloadType = redPrimaryPayloadType(datagram.view, payloadStart, datagram.end, payloadLength);
    if (payloadType < 0) return true;
    const path = pathOf(datagram);
    const primary = this.#formats.resolve({ ...path, ssrc: ssrc >>> 0, payloadType, at: micros / 1e6 });
    return (formats[primary]?.kind ?? 0) < KIND_PAUSE;
  }

  #end(stream: number): void {
    this.onEnding(stream);
    closeSeconds(this.table, stream);
    this.journal.end(stream, this.streamIdOf(stream), this.table);
    this.#ended.push(this.#measured(stream));
    this.onEnd(stream);
    this.#types.delete(stream);
    this.#changes.delete(stream);
    this.#ids.delete(stream);
    this.#fresh.delete(stream);
  }

  #measured(stream: number): MeasuredStream {
    const types = this.#typesOf(stream, int(this.table.words, stream * WORDS + PAYLOAD_TYPE));
    const continues = this.#changes.get(stream);
    const told = this.onTold(stream);
    return measuredStream(this.table, stream, types, continues === undefined ? told : { ...told, continues });
  }

  #taken(): readonly number[] {
    return Array.from({ length: this.table.size }, (_, stream) => stream).filter((stream) =>
      isTaken(this.table, stream),
    );
  }
}
