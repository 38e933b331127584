import { DESTINATION, PORTS, SOURCE, WORDS } from '../quality/packet-layout.ts';
import { otherSide } from '../quality/packet-loop.ts';
import { findStream, type PacketPath, type PacketTable, streamsOfSsrc } from '../quality/packet-table.ts';
import { int } from '../quality/packet-words.ts';
import type { MeterOptions } from './options.ts';
import { packetPathOfRecord, pathOf } from './path.ts';
import { PathMap } from './path-map.ts';
import type { SocketIndex } from './socket-index.ts';
import { absorb, addStream, newTransport, type Route, reversed } from './transport.ts';

/** Bound against floods of made-up addresses. */
const MOST = 16_384;
/** Transports with streams that are passed over for one without. */
const MOST_SPARED = 64;

/** Finds the transport that a control packet belongs to: its media path, not its own. */
export class Transports {
  readonly #table: PacketTable;
  readonly #sockets: SocketIndex;
  readonly #options: MeterOptions;
  /** By media path, in both directions. */
  readonly #routes = new PathMap<Route>();

  constructor(table: PacketTable, sockets: SocketIndex, options: MeterOptions) {
    this.#table = table;
    this.#sockets = sockets;
    this.#options = options;
  }

  /** The route of media packets on a path, if something was said about its transport yet. */
  known(path: PacketPath): Route | undefined {
    return this.#routes.get(path);
  }

  /** The route of a control packet: multiplexed (RFC 5761), as signalled, or on the next port (RFC 3550, 11). */
  ofControl(path: PacketPath, ssrcs: readonly number[], micros: number): Route {
    return this.ofMedia(this.#mediaPath(path, ssrcs), micros);
  }

  /** The route of packets on a media path. */
  ofMedia(path: PacketPath, micros: number): Route {
    const held = this.#routes.get(path);
    if (held !== undefined) {
      held.transport.usedAt = micros;
      return held;
    }
    while (this.#routes.size >= MOST) this.#forgetOldest();
    const transport = newTransport(path, micros);
    const route: Route = { transport, side: 0 };
    const [[there], [back]] = transport.paths;
    if (there !== undefined) this.#enter(there, route);
    if (back !== undefined) this.#enter(back, { transport, side: 1 });
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
    absorb(transport, other.transport, flipped);
    for (const [path, held] of this.#routes.entries()) {
      if (held.transport !== other.transport) continue;
      this.#routes.set(path, { transport, side: flipped ? otherSide(held.side) : held.side });
    }
    return stream;
  }

  /** Forgets what was not used since then. */
  sweep(micros: number): void {
    for (const [path, { transport }] of this.#routes.entries())
      if (transport.usedAt < micros) this.#routes.delete(path);
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

  /** The route of a path, with the streams that run on it already, in the order of their records. */
  #enter(path: PacketPath, route: Route): void {
    this.#routes.set(path, route);
    const found: number[] = [];
    this.#sockets.each(path.source, path.sourcePort, (stream, sends) => {
      if (sends && this.#goesTo(stream, path)) found.push(stream);
    });
    for (const stream of found.sort((a, b) => a - b)) addStream(route.transport, route.side, stream);
  }

  #goesTo(stream: number, { destination, destinationPort }: PacketPath): boolean {
    const w = stream * WORDS;
    const { words } = this.#table;
    if ((int(words, w + PORTS) & 0xffff) !== destinationPort) return false;
    return destination.every((word, i) => words[w + DESTINATION + i] === word);
  }

  /** The first one that carries no stream, or if the first ones all do the next: a flood drives no call out. */
  #forgetOldest(): void {
    let spared = 0;
    for (const [, { transport }] of this.#routes.entries()) {
      const held = transport.paths.flat().flatMap((path): [PacketPath, Route][] => {
        const route = this.#routes.get(path);
        return route === undefined ? [] : [[path, route]];
      });
      for (const [path] of held) this.#routes.delete(path);
      const isMade = transport.streams.every(({ length }) => length === 0);
      if (isMade || held.length === 0 || spared >= MOST_SPARED) return;
      spared += 1;
      for (const [path, route] of held) this.#routes.set(path, route);
    }
  }
}

function withPorts(path: PacketPath, sourcePort: number, destinationPort: number): PacketPath {
  const { source, destination, addressFamily } = path;
  return { source, destination, sourcePort, destinationPort, addressFamily };
}
