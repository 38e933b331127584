import { DESTINATION, PORTS, SOURCE, WORDS } from '../quality/packet-layout.ts';
import { type Loops, otherSide, type Side } from '../quality/packet-loop.ts';
import { findStream, type PacketPath, type PacketTable, streamsOfSsrc } from '../quality/packet-table.ts';
import { int } from '../quality/packet-words.ts';
import type { MeterOptions } from './options.ts';
import { packetPathOfRecord, pathOf } from './path.ts';
import { PathMap } from './path-map.ts';
import type { SocketIndex } from './socket-index.ts';
import { type Route, reversed, TransportRecords } from './transport.ts';

/** Bound against floods of made-up addresses. */
const MOST = 16_384;
/** Transports with streams that are passed over for one without. */
const MOST_SPARED = 64;
/** Ports that differ by direction make two paths a side; more are none of one transport's. */
const MOST_PATHS = 4;
/** Paths a side that lead to one transport; with more of them it could not be told from a flood. */
const MOST_JOINED = 1024;

/** Finds the transport that a control packet belongs to: its media path, not its own. */
export class Transports {
  readonly #table: PacketTable;
  readonly #sockets: SocketIndex;
  readonly #options: MeterOptions;
  /** By media path, in both directions: a transport, whose record is even, and the side that sends. */
  readonly #routes = new PathMap();
  readonly #records = new TransportRecords(this.#routes.pool);
  /** That of the control packet which is being taken: it must not be forgotten. */
  #current = 0;

  constructor(table: PacketTable, sockets: SocketIndex, options: MeterOptions) {
    this.#table = table;
    this.#sockets = sockets;
    this.#options = options;
  }

  get loops(): Loops {
    return this.#records.loops;
  }

  loopOf(transport: number): number {
    return this.#records.loopOf(transport);
  }

  /** The streams that a side sends. */
  streamsOf(transport: number, side: Side): readonly number[] {
    return this.#records.streamsOf(transport, side);
  }

  /** Index of the stream of this SSRC that a side sends, -1 if there is none. */
  streamFrom(transport: number, side: Side, ssrc: number): number {
    let path = this.#records.pathsOf(transport, side);
    for (let paths = 0; path !== 0 && paths < MOST_PATHS; paths += 1) {
      const stream = findStream(this.#table, this.#routes.pathOf(path), ssrc | 0);
      if (stream >= 0) return stream;
      path = int(this.#routes.pool.words, path);
    }
    return -1;
  }

  /** A stream has begun. */
  begun(stream: number): void {
    const route = this.known(packetPathOfRecord(this.#table, stream));
    if (route !== undefined) this.#records.addStream(route, stream);
  }

  /** A stream is over. */
  ended(stream: number): void {
    const route = this.known(packetPathOfRecord(this.#table, stream));
    if (route !== undefined) this.#records.removeStream(route, stream);
  }

  /** The route of media packets on a path, if something was said about its transport yet. */
  known(path: PacketPath): Route | undefined {
    const record = this.#routes.find(path);
    return record === 0 ? undefined : this.#routeAt(record);
  }

  /** The route of a control packet: multiplexed (RFC 5761), as signalled, or on the next port (RFC 3550, 11). */
  ofControl(path: PacketPath, ssrcs: readonly number[], micros: number): Route {
    this.#current = 0;
    const route = this.ofMedia(this.#mediaPath(path, ssrcs), micros);
    this.#current = route.transport;
    return route;
  }

  /** The route of packets on a media path. */
  ofMedia(path: PacketPath, micros: number): Route {
    const held = this.known(path);
    if (held !== undefined) {
      this.#records.use(held.transport, micros);
      return held;
    }
    while (this.#routes.size >= MOST) this.#forgetOldest();
    const route: Route = { transport: this.#records.add(micros), side: 0 };
    this.#enter(path, route);
    this.#enter(reversed(path), { transport: route.transport, side: 1 });
    return route;
  }

  /**
   * The one stream of this SSRC that the receiver of a report from `path` sends from another port than it receives on.
   * Its transport is the report's from now on. -1: none, or several.
   */
  joinBySsrc({ transport, side }: Route, path: PacketPath, ssrc: number, micros: number): number {
    const found = streamsOfSsrc(this.#table, ssrc | 0).filter((stream) => this.#runs(stream, reversed(path)));
    const [stream] = found;
    if (stream === undefined || found.length > 1) return -1;
    const other = this.ofMedia(packetPathOfRecord(this.#table, stream), micros);
    const flipped = other.side !== otherSide(side);
    if (other.transport === transport) return stream;
    for (const from of [0, 1] as const) {
      const target = flipped ? otherSide(from) : from;
      for (const moved of this.#pathsOf(other.transport, from)) {
        this.#records.removePath(other.transport, from, moved);
        if (this.#pathsOf(transport, target).length >= MOST_JOINED) this.#routes.delete(moved);
        else this.#own(moved, { transport, side: target });
      }
    }
    this.#records.absorb(transport, other.transport, flipped);
    return stream;
  }

  /** Forgets what was not used since then. */
  sweep(micros: number): void {
    this.#current = 0;
    for (let transport = this.#records.oldest; transport !== 0; ) {
      const next = this.#records.youngerThan(transport);
      if (this.#records.usedAt(transport) < micros) this.#forget(transport);
      transport = next;
    }
  }

  #mediaPath(path: PacketPath, ssrcs: readonly number[]): PacketPath {
    if (this.known(path) !== undefined || this.#carries(path, ssrcs)) return path;
    const { signalling } = this.#options;
    const signalled = signalling?.tellsMediaPaths === false ? undefined : signalling?.mediaPathOf?.(pathOf(path));
    if (signalled !== undefined) return withPorts(path, signalled.source.port, signalled.destination.port);
    const below = withPorts(path, path.sourcePort - 1, path.destinationPort - 1);
    if (this.#carries(below, ssrcs)) return below;
    for (const ssrc of ssrcs) {
      const elsewhere = streamsOfSsrc(this.#table, ssrc).find((stream) => this.#runs(stream, path));
      if (elsewhere !== undefined) return packetPathOfRecord(this.#table, elsewhere);
    }
    return path.sourcePort % 2 === 1 && path.destinationPort % 2 === 1 ? below : path;
  }

  #carries(path: PacketPath, ssrcs: readonly number[]): boolean {
    const back = reversed(path);
    for (const ssrc of ssrcs)
      if (findStream(this.#table, path, ssrc) >= 0 || findStream(this.#table, back, ssrc) >= 0) return true;
    return false;
  }

  /** Whether a stream runs between the hosts of a path, in its direction, on whatever ports. */
  #runs(stream: number, { source, destination }: PacketPath): boolean {
    const w = stream * WORDS;
    const { words } = this.#table;
    return (
      source.every((word, i) => words[w + SOURCE + i] === word) &&
      destination.every((word, i) => words[w + DESTINATION + i] === word)
    );
  }

  #routeAt(record: number): Route {
    const value = this.#routes.valueOf(record);
    return { transport: value & ~1, side: (value & 1) === 0 ? 0 : 1 };
  }

  #pathsOf(transport: number, side: Side): readonly number[] {
    const { words } = this.#routes.pool;
    const paths: number[] = [];
    for (let path = this.#records.pathsOf(transport, side); path !== 0; path = int(words, path)) paths.push(path);
    return paths;
  }

  /** The route of a path, with the streams that run on it already, in the order of their records. */
  #enter(path: PacketPath, route: Route): void {
    const held = this.#routes.find(path);
    if (held !== 0) this.#disown(held, route.transport);
    this.#own(held === 0 ? this.#added(path, route.transport) : held, route);
    const found: number[] = [];
    this.#sockets.each(path.source, path.sourcePort, (stream, sends) => {
      if (sends && this.#goesTo(stream, path)) found.push(stream);
    });
    for (const stream of found.sort((a, b) => a - b)) this.#records.addStream(route, stream);
  }

  #added(path: PacketPath, transport: number): number {
    const crowded = this.#routes.crowded(path, (value) => (value & ~1) !== transport && (value & ~1) !== this.#current);
    if (crowded !== 0) {
      this.#disown(crowded, transport);
      this.#routes.delete(crowded);
    }
    return this.#routes.add(path, transport);
  }

  #own(record: number, { transport, side }: Route): void {
    this.#routes.setValue(record, transport | side);
    this.#records.addPath(transport, side, record);
  }

  /** Takes a path from its transport, which goes if that was its last one, unless it is `kept`. */
  #disown(record: number, kept: number): void {
    const { transport, side } = this.#routeAt(record);
    this.#records.removePath(transport, side, record);
    if (transport !== kept && transport !== this.#current && !this.#records.hasPaths(transport))
      this.#records.remove(transport);
  }

  #forget(transport: number): void {
    for (const side of [0, 1] as const) for (const path of this.#pathsOf(transport, side)) this.#routes.delete(path);
    this.#records.remove(transport);
  }

  #goesTo(stream: number, { destination, destinationPort }: PacketPath): boolean {
    const w = stream * WORDS;
    const { words } = this.#table;
    if ((int(words, w + PORTS) & 0xffff) !== destinationPort) return false;
    return destination.every((word, i) => words[w + DESTINATION + i] === word);
  }

  /** The first one that carries no stream, or if the first ones all do the next: a flood drives no call out. */
  #forgetOldest(): void {
    for (let spared = 0; ; spared += 1) {
      const { oldest } = this.#records;
      const isSpared = this.#records.hasStreams(oldest) && spared < MOST_SPARED;
      if (oldest !== this.#current && !isSpared) {
        this.#forget(oldest);
        return;
      }
      this.#records.renew(oldest);
    }
  }
}

function withPorts(path: PacketPath, sourcePort: number, destinationPort: number): PacketPath {
  const { source, destination, addressFamily } = path;
  return { source, destination, sourcePort, destinationPort, addressFamily };
}
