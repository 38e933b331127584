import { DESTINATION, PORTS, SOURCE, WORDS } from '../quality/packet-layout.ts';
import { otherSide } from '../quality/packet-loop.ts';
import { findStream, isTaken, type PacketPath, type PacketTable, streamsOfSsrc } from '../quality/packet-table.ts';
import type { MeterOptions } from './options.ts';
import { packetPathOfRecord, pathOf } from './path.ts';
import { absorb, addStream, newTransport, packetPathKey, type Route, reversed, type Transport } from './transport.ts';

/** Bound against floods of made-up addresses. */
const MOST = 16_384;
/** Transports with streams that are passed over for one without. */
const MOST_SPARED = 64;

/** Finds the transport that a control packet belongs to: its media path, not its own. */
export class Transports {
  readonly #table: PacketTable;
  readonly #options: MeterOptions;
  /** By media path, in both directions. */
  readonly #routes = new Map<string, Route>();

  constructor(table: PacketTable, options: MeterOptions) {
    this.#table = table;
    this.#options = options;
  }

  /** The route of media packets on a path, if something was said about its transport yet. */
  known(path: PacketPath): Route | undefined {
    return this.#routes.get(packetPathKey(path));
  }

  /** The route of a control packet: multiplexed (RFC 5761), as signalled, or on the next port (RFC 3550, 11). */
  ofControl(path: PacketPath, ssrcs: readonly number[], micros: number): Route {
    return this.ofMedia(this.#mediaPath(path, ssrcs), micros);
  }

  /** The route of packets on a media path. */
  ofMedia(path: PacketPath, micros: number): Route {
    const key = packetPathKey(path);
    const held = this.#routes.get(key);
    if (held !== undefined) {
      held.transport.usedAt = micros;
      return held;
    }
    while (this.#routes.size >= MOST) this.#forgetOldest();
    const transport = newTransport(path, micros);
    const route: Route = { transport, side: 0 };
    this.#routes.set(key, route);
    this.#routes.set(packetPathKey(reversed(path)), { transport, side: 1 });
    this.#collect(transport);
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
    for (const [key, held] of this.#routes) {
      if (held.transport !== other.transport) continue;
      this.#routes.set(key, { transport, side: flipped ? otherSide(held.side) : held.side });
    }
    return stream;
  }

  /** Forgets what was not used since then. */
  sweep(micros: number): void {
    for (const [key, { transport }] of this.#routes) if (transport.usedAt < micros) this.#routes.delete(key);
  }

  #mediaPath(path: PacketPath, ssrcs: readonly number[]): PacketPath {
    if (this.known(path) !== undefined || this.#carries(path, ssrcs)) return path;
    const signalled = this.#options.signalling?.mediaPathOf?.(pathOf(path));
    if (signalled !== undefined) {
      return { ...path, sourcePort: signalled.source.port, destinationPort: signalled.destination.port };
    }
    const below = { ...path, sourcePort: path.sourcePort - 1, destinationPort: path.destinationPort - 1 };
    if (this.#carries(below, ssrcs)) return below;
    const elsewhere = ssrcs
      .flatMap((ssrc) => streamsOfSsrc(this.#table, ssrc))
      .find((stream) => this.#runs(stream, path));
    if (elsewhere !== undefined) return packetPathOfRecord(this.#table, elsewhere);
    return path.sourcePort % 2 === 1 && path.destinationPort % 2 === 1 ? below : path;
  }

  #carries(path: PacketPath, ssrcs: readonly number[]): boolean {
    const back = reversed(path);
    return ssrcs.some((ssrc) => findStream(this.#table, path, ssrc) >= 0 || findStream(this.#table, back, ssrc) >= 0);
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

  /** The streams that run on it already. */
  #collect({ paths: [[there], [back]], streams }: Transport): void {
    if (there === undefined || back === undefined) return;
    const { words, size } = this.#table;
    const portsThere = (there.sourcePort << 16) | there.destinationPort;
    const portsBack = (back.sourcePort << 16) | back.destinationPort;
    // Over all streams for each new transport: nearly all are told apart by their ports and the low words of the addresses.
    for (let w = 0; w < size * WORDS; w += WORDS) {
      const ports = words[w + PORTS];
      const from = words[w + SOURCE + 3];
      const isThere = ports === portsThere && from === there.source[3];
      const isBack = ports === portsBack && from === back.source[3];
      if (!isThere && !isBack) continue;
      const stream = w / WORDS;
      if (!isTaken(this.#table, stream)) continue;
      if (isThere && this.#runs(stream, there)) addStream(streams[0], stream);
      if (isBack && this.#runs(stream, back)) addStream(streams[1], stream);
    }
  }

  /** The first one that carries no stream, or if the first ones all do the next: a flood drives no call out. */
  #forgetOldest(): void {
    let spared = 0;
    for (const { transport } of this.#routes.values()) {
      const held = transport.paths.flat().flatMap((path): [string, Route][] => {
        const key = packetPathKey(path);
        const route = this.#routes.get(key);
        return route === undefined ? [] : [[key, route]];
      });
      for (const [key] of held) this.#routes.delete(key);
      const isMade = transport.streams.every(({ size }) => size === 0);
      if (isMade || held.length === 0 || spared >= MOST_SPARED) return;
      spared += 1;
      for (const [key, route] of held) this.#routes.set(key, route);
    }
  }
}
