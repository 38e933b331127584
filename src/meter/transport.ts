import { type Loops, mergeLoops, newLoop, newLoops, otherSide, removeLoop, type Side } from '../quality/packet-loop.ts';
import type { PacketPath } from '../quality/packet-table.ts';
import { double, int } from '../quality/packet-words.ts';
import { RecordPool } from '../quality/record-pool.ts';

/** A packet's transport, a record, and the side that sent it. */
export type Route = { readonly transport: number; readonly side: Side };

/** Streams a side that its round trips serve; more are made up. */
const MOST_STREAMS = 1024;

/** Words: the transports that came before and after it. */
const OLDER = 0;
const YOUNGER = 1;
/** Of each side, two words: media paths on which it sends, which is one unless ports differ by direction; its streams. */
const PATHS = 2;
const STREAMS = 4;
const LOOP = 6;
const USED_AT = 8;
const WORDS = 10;

/** A stream in a list. */
const STREAM = 1;
const STREAM_WORDS = 2;

/** RTP 5-tuples both ways, each together with its RTCP: records, in the order in which they came. */
export class TransportRecords {
  readonly loops: Loops = newLoops();
  readonly #pool = new RecordPool(WORDS);
  readonly #streams = new RecordPool(STREAM_WORDS);
  /** Lists of paths by word 0. */
  readonly #paths: RecordPool;
  #oldest = 0;
  #youngest = 0;

  constructor(paths: RecordPool) {
    this.#paths = paths;
  }

  /** The one that came first; 0: there is none. */
  get oldest(): number {
    return this.#oldest;
  }

  youngerThan(transport: number): number {
    return int(this.#pool.words, transport + YOUNGER);
  }

  add(micros: number): number {
    const transport = this.#pool.add();
    this.#pool.words[transport + LOOP] = newLoop(this.loops);
    this.use(transport, micros);
    this.#enter(transport);
    return transport;
  }

  /** Forgets a transport that has no paths any more. */
  remove(transport: number): void {
    this.#leave(transport);
    const { words } = this.#pool;
    const loop = int(words, transport + LOOP);
    if (loop !== 0) removeLoop(this.loops, loop);
    for (const side of [0, 1] as const) this.#streams.releaseAll(int(words, transport + STREAMS + side));
    this.#pool.release(transport);
  }

  /** As if it came last. */
  renew(transport: number): void {
    this.#leave(transport);
    this.#enter(transport);
  }

  use(transport: number, micros: number): void {
    this.#pool.doubles[(transport + USED_AT) >> 1] = micros;
  }

  usedAt(transport: number): number {
    return double(this.#pool.doubles, transport + USED_AT);
  }

  loopOf(transport: number): number {
    return int(this.#pool.words, transport + LOOP);
  }

  /** The first of the paths on which a side sends; 0: there is none. */
  pathsOf(transport: number, side: Side): number {
    return int(this.#pool.words, transport + PATHS + side);
  }

  hasPaths(transport: number): boolean {
    return this.pathsOf(transport, 0) !== 0 || this.pathsOf(transport, 1) !== 0;
  }

  addPath(transport: number, side: Side, path: number): void {
    this.#pool.words[transport + PATHS + side] = this.#paths.append(this.pathsOf(transport, side), path);
  }

  removePath(transport: number, side: Side, path: number): void {
    this.#pool.words[transport + PATHS + side] = this.#paths.without(this.pathsOf(transport, side), path);
  }

  /** The streams that a side sends. */
  streamsOf(transport: number, side: Side): readonly number[] {
    const { words } = this.#streams;
    const found: number[] = [];
    for (let at = int(this.#pool.words, transport + STREAMS + side); at !== 0; at = int(words, at))
      found.push(int(words, at + STREAM));
    return found;
  }

  hasStreams(transport: number): boolean {
    return this.#pool.words[transport + STREAMS] !== 0 || this.#pool.words[transport + STREAMS + 1] !== 0;
  }

  /** Notes that a side sends a stream, of so many as a transport really has. */
  addStream({ transport, side }: Route, stream: number): void {
    const streams = this.#streams;
    const first = int(this.#pool.words, transport + STREAMS + side);
    if (streams.find(first, STREAM, stream) !== 0 || streams.count(first) >= MOST_STREAMS) return;
    const added = streams.add();
    streams.words[added + STREAM] = stream;
    this.#pool.words[transport + STREAMS + side] = streams.append(first, added);
  }

  removeStream({ transport, side }: Route, stream: number): void {
    const streams = this.#streams;
    const first = int(this.#pool.words, transport + STREAMS + side);
    const held = streams.find(first, STREAM, stream);
    if (held === 0) return;
    this.#pool.words[transport + STREAMS + side] = streams.without(first, held);
    streams.release(held);
  }

  /** Takes over all that another transport knows but its paths; `side` here is `otherSide` there. The other is no more. */
  absorb(into: number, from: number, flipped: boolean): void {
    for (const side of [0, 1] as const) {
      const target = flipped ? otherSide(side) : side;
      for (const stream of this.streamsOf(from, side)) this.addStream({ transport: into, side: target }, stream);
    }
    mergeLoops(this.loops, this.loopOf(into), this.loopOf(from), flipped);
    this.#pool.words[from + LOOP] = 0;
    this.remove(from);
  }

  #enter(transport: number): void {
    const { words } = this.#pool;
    words[transport + OLDER] = this.#youngest;
    words[transport + YOUNGER] = 0;
    if (this.#youngest === 0) this.#oldest = transport;
    else words[this.#youngest + YOUNGER] = transport;
    this.#youngest = transport;
  }

  #leave(transport: number): void {
    const { words } = this.#pool;
    const older = int(words, transport + OLDER);
    const younger = int(words, transport + YOUNGER);
    if (older === 0) this.#oldest = younger;
    else words[older + YOUNGER] = younger;
    if (younger === 0) this.#youngest = older;
    else words[younger + OLDER] = older;
  }
}

/** The same path in the other direction. */
export function reversed(path: PacketPath): PacketPath {
  return {
    source: path.destination,
    destination: path.source,
    sourcePort: path.destinationPort,
    destinationPort: path.sourcePort,
    addressFamily: path.addressFamily,
  };
}
