import type { Endpoint } from '../model/channel.ts';
import type { Interval } from '../model/interval.ts';
import { addressWords } from '../packet/address.ts';
import type { Datagram } from '../packet/datagram.ts';
import { RtpHeader, readRtp } from '../packet/rtp.ts';
import { newCandidates, takeCandidate, type Waiting } from '../quality/packet-candidates.ts';
import { uniqueOf } from '../quality/packet-counts.ts';
import { partSlot } from '../quality/packet-cut.ts';
import * as layout from '../quality/packet-layout.ts';
import { joinPath } from '../quality/packet-path-change.ts';
import { closeSeconds } from '../quality/packet-seconds.ts';
import { continueStream } from '../quality/packet-split.ts';
import {
  insertStream,
  isTaken,
  lookUp,
  newPacketTable,
  type PacketTable,
  removeStreams,
} from '../quality/packet-table.ts';
import { beginStream, type PacketFacts, takeArrival, takePacket } from '../quality/packet-take.ts';
import * as reads from '../quality/packet-words.ts';
import { type IntervalKeeper, Journal } from './journal.ts';
import type { LiveMeasured, MeasuredInterval, MeasuredStream } from './measured.ts';
import { measuredStream, type Told } from './measured-stream.ts';
import type { Concerned, MeterOptions, Path } from './options.ts';
import { pathOf, pathOfRecord } from './path.ts';
import { picturedIn, takePicture, takeTold } from './pictures.ts';
import { idleSince, lastAt, Room } from './room.ts';
import { SilentSlots } from './silent-slots.ts';
import { SocketIndex } from './socket-index.ts';
import { StreamFormats } from './stream-formats.ts';
import { StreamNames } from './stream-names.ts';
import { taintSeconds } from './taints.ts';

// Own constants: an import costs a look-up at each use (packet-layout.ts).
const { DUPLICATES, FLAGS, IS_RED, PAYLOAD_TYPE, PICTURES, WORDS } = layout;
const { int } = reads;

const newFacts = (): PacketFacts => ({ sequence: 0, timestamp: 0, marker: false, isMedia: true, octets: 0 });

/** The media of a capture: finds the stream of each packet and keeps what is known of it beside the hot record. */
export class MediaStreams {
  readonly table: PacketTable;
  readonly sockets: SocketIndex;
  readonly journal: Journal;
  /** RTP packets of valid streams, duplicates too. */
  packets = 0;
  /** Packets of streams beyond the most that may be measured at once. */
  refused = 0;
  /** Called with each new stream; what others told of one; before the last seconds of one close, and when it is forgotten. */
  onBegin: (stream: number) => void = () => {};
  onTold: (stream: number) => Told = () => ({});
  onEnding: (stream: number) => void = () => {};
  onEnd: (stream: number) => void = () => {};
  readonly #options: MeterOptions;
  readonly #formats: StreamFormats;
  readonly #candidates = newCandidates();
  readonly #header = new RtpHeader();
  readonly #facts = newFacts();
  /** By stream: the one that it goes on from over another path. */
  readonly #changes = new Map<number, NonNullable<MeasuredStream['continues']>>();
  /** Begun since somebody took streams, in that order: half of what a Set takes. */
  readonly #fresh: number[] = [];
  #ended: MeasuredStream[] = [];
  readonly #names: StreamNames;
  readonly #silent: SilentSlots;
  readonly #room: Room;

  constructor(options: MeterOptions) {
    this.#options = options;
    const { slotSeconds = 5 } = options;
    this.journal = new Journal(slotSeconds, options.intervals === true);
    this.table = newPacketTable({
      slotSeconds,
      ...(options.intervals === true ? { onSlot: (stream, interval) => this.#slot(stream, interval) } : {}),
    });
    const { onPause } = options;
    if (onPause !== undefined)
      this.table.onPause = (stream, from, to) => onPause(this.#names.of(stream), from / 1e6, to / 1e6);
    this.sockets = new SocketIndex(this.table);
    this.#formats = new StreamFormats(this.table, this.sockets, options);
    this.#names = new StreamNames(this.table);
    this.#silent = new SilentSlots(this.table);
    this.#room = new Room(this.table, options, (stream) => this.#names.of(stream));
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
    taintSeconds(this.table, begun, last, 'capture-dropped');
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
      this.#formats.switch(stream, pathOf(datagram), header.payloadType, this.table.at, facts.timestamp);
    }
    if ((int(words, w + FLAGS) & IS_RED) !== 0)
      facts.isMedia &&= this.#formats.redIsMedia(stream, datagram, header, this.table.at);
    takeArrival(this.table, stream, facts);
    if ((int(words, w + FLAGS) & PICTURES) !== 0) {
      takePicture(this.table, w, datagram.view, header.payloadStart, endOfPayload(header, datagram));
    }
  }

  /** Formats may mean something else from now on: each stream that it concerns asks again with its next packet. */
  forgetFormats(concerned: Concerned): void {
    this.#formats.askAgain(concerned);
  }

  /** Packets of a stream so far, duplicates too; 0 of one that is over. */
  packetsOf(streamId: string): number {
    const stream = this.#names.find(streamId);
    if (stream === undefined) return 0;
    const w = stream * WORDS;
    return uniqueOf(this.table, w) + int(this.table.words, w + DUPLICATES);
  }

  /** When its last packet came, epoch seconds; undefined of one that is over. */
  lastAtOf(streamId: string): number | undefined {
    const stream = this.#names.find(streamId);
    return stream === undefined ? undefined : lastAt(this.table, stream) / 1e6;
  }

  /** Ends a stream at a moment; it goes on as another one. One without packets goes on as it is. */
  split(streamId: string, micros: number): void {
    const stream = this.#names.find(streamId);
    if (stream === undefined || uniqueOf(this.table, stream * WORDS) === 0) return;
    this.#end(stream);
    continueStream(this.table, stream, micros);
    this.#fresh.push(stream);
    this.onBegin(stream);
  }

  /** Parts the slots of all streams from or to these sockets at a moment: they go on as they are. */
  part(sockets: Iterable<Endpoint>, micros: number): void {
    const found = new Set<number>();
    for (const { address, port } of sockets) {
      const words = addressWords(address);
      if (words !== undefined) this.sockets.each(words, port, (stream) => found.add(stream));
    }
    for (const stream of found) {
      if (partSlot(this.table, stream, micros)) this.journal.part(stream, micros / 1e6);
    }
  }

  /** Live: shows the slots of streams that fell silent. */
  showSilent(micros: number): void {
    this.#silent.show(micros);
  }

  /** Closes the streams without a packet since then and forgets them. */
  endIdle(micros: number): void {
    this.#forget(idleSince(this.table, micros));
  }

  #forget(streams: readonly number[]): void {
    for (const stream of streams) this.#end(stream);
    if (streams.length === 0) return;
    removeStreams(this.table, streams);
    this.sockets.rebuild();
  }

  take(): { readonly streams: readonly MeasuredStream[]; readonly intervals: readonly MeasuredInterval[] } {
    const ended = this.#ended;
    this.#ended = [];
    this.#fresh.length = 0;
    const changed = this.journal.takeChanged().filter((stream) => isTaken(this.table, stream));
    const live = changed.map((stream) => this.#measured(stream));
    return { streams: [...ended, ...live], intervals: this.journal.take() };
  }

  /** Of streams only those that are new: for who looks often and wants the streams as a whole when all is over. */
  takeIntervals(): { readonly streams: readonly MeasuredStream[]; readonly intervals: readonly MeasuredInterval[] } {
    const streams = this.#fresh.map((stream) => this.#measured(stream));
    this.#fresh.length = 0;
    return { streams, intervals: this.journal.take() };
  }

  takeLive(): LiveMeasured {
    const begun = this.#fresh.map((stream) => this.#named(stream));
    this.#fresh.length = 0;
    const shown = this.journal.takeShown();
    const live = this.journal.takeChanged().filter((stream) => isTaken(this.table, stream));
    const changed = live.map((stream) => this.#measured(stream));
    const ended = this.#ended;
    this.#ended = [];
    return { begun, changed, ended, intervals: [...shown, ...this.journal.take()] };
  }

  /** What closed since this was asked last, without an object for each interval. */
  giveTo(keeper: IntervalKeeper): void {
    for (const stream of this.#fresh) keeper.begun(this.#names.of(stream), pathOfRecord(this.table, stream));
    this.#fresh.length = 0;
    this.journal.giveTo(keeper.take);
  }

  /** Closes all streams. With `keeper` the intervals go there. */
  finish(keeper?: IntervalKeeper): {
    readonly streams: readonly MeasuredStream[];
    readonly intervals: readonly MeasuredInterval[];
  } {
    if (keeper !== undefined) this.giveTo(keeper);
    this.#fresh.length = 0;
    for (const stream of idleSince(this.table, Number.POSITIVE_INFINITY)) this.#end(stream);
    if (keeper !== undefined) this.giveTo(keeper);
    const streams = this.#ended.toSorted((a, b) => a.firstAt - b.firstAt);
    this.#ended = [];
    return { streams, intervals: this.journal.take() };
  }

  /** A stream that may be asked for by name from now on. */
  #named(stream: number): MeasuredStream {
    this.#names.of(stream);
    return this.#measured(stream);
  }

  #slot(stream: number, interval: Omit<Interval, 'streamId'>): void {
    const streamId = this.#names.of(stream);
    if (!this.#silent.isShowing) this.journal.close(stream, streamId, interval);
    else if (this.#silent.isDue(interval.startedAt)) this.journal.show(stream, streamId, interval);
  }

  #candidate(datagram: Datagram, micros: number): void {
    const header = this.#header;
    const { ssrc, payloadType } = header;
    const picture = picturedIn(datagram.view, header.payloadStart, endOfPayload(header, datagram));
    const waiting = takeCandidate(this.#candidates, datagram, ssrc, payloadType, micros, this.#facts, picture);
    const first = waiting?.[0];
    if (waiting === undefined || first === undefined) return;
    const path = pathOf(datagram);
    if (this.#options.accepts?.(path) === false) return;
    if (this.#room.isFull) this.#forget(this.#room.toForget(micros));
    if (this.#room.isFull) {
      this.refused += waiting.length + 1;
      return;
    }
    const stream = insertStream(this.table, datagram, ssrc);
    this.#formats.switch(stream, path, first.payloadType, first.micros, first.packet.timestamp);
    beginStream(this.table, stream, first.micros, first.packet);
    takeTold(this.table, stream, first.picture);
    for (const next of [...waiting.slice(1), { micros, payloadType, packet: this.#facts, picture }])
      this.#follow(stream, path, next);
    this.packets += waiting.length + 1;
    this.#begun(stream);
  }

  #begun(stream: number): void {
    this.#fresh.push(stream);
    this.sockets.enter(stream);
    const change = joinPath(this.table, stream);
    if (change !== undefined) this.#changes.set(stream, { streamId: this.#names.of(change.from), lost: change.lost });
    this.onBegin(stream);
  }

  #follow(stream: number, path: Path, { micros, payloadType, packet, picture }: Waiting): void {
    if (this.table.words[stream * WORDS + PAYLOAD_TYPE] !== payloadType) {
      this.#formats.switch(stream, path, payloadType, micros, packet.timestamp);
    }
    takePacket(this.table, stream, micros, packet);
    takeTold(this.table, stream, picture);
  }

  #end(stream: number): void {
    this.onEnding(stream);
    closeSeconds(this.table, stream);
    this.journal.end(stream, this.#names.of(stream), this.table);
    this.#ended.push(this.#measured(stream));
    this.onEnd(stream);
    this.#formats.forget(stream);
    this.#changes.delete(stream);
    this.#names.forget(stream);
    this.#silent.forget(stream);
    const fresh = this.#fresh.indexOf(stream);
    if (fresh >= 0) this.#fresh.splice(fresh, 1);
  }

  #measured(stream: number): MeasuredStream {
    const types = this.#formats.of(stream);
    const continues = this.#changes.get(stream);
    const told = this.onTold(stream);
    return measuredStream(this.table, stream, types, continues === undefined ? told : { ...told, continues });
  }
}

/** Where the payload ends, as captured. */
const endOfPayload = ({ payloadStart, payloadLength }: RtpHeader, { end }: Datagram): number =>
  Math.min(end, payloadStart + payloadLength);
