import { type Loop, mergeLoops, newLoop, otherSide, type Side } from '../quality/packet-loop.ts';
import { findStream, type PacketPath, type PacketTable } from '../quality/packet-table.ts';

/** An RTP 5-tuple both ways together with its RTCP. */
export type Transport = {
  /** Media paths on which each side sends. One each, unless ports differ by direction. */
  readonly paths: readonly [PacketPath[], PacketPath[]];
  readonly loop: Loop;
  /** The streams that each side sends. */
  readonly streams: [readonly number[], readonly number[]];
  usedAt: number;
};

/** A packet's transport and the side that sent it. */
export type Route = { readonly transport: Transport; readonly side: Side };

/** Ports that differ by direction make two paths a side; more are none of one transport's. */
const MOST_PATHS = 4;

/** Streams a side that its round trips serve; more are made up. */
const MOST_STREAMS = 1024;

const NONE: readonly number[] = [];

/** The transport of a media path, its sender being side 0. The addresses are copied. */
export function newTransport(path: PacketPath, micros: number): Transport {
  const own = copyOf(path);
  return {
    paths: [[own], [reversed(own)]],
    loop: newLoop(),
    streams: [NONE, NONE],
    usedAt: micros,
  };
}

/** Notes that a side sends a stream, of so many as a transport really has. */
export function addStream({ streams }: Transport, side: Side, stream: number): void {
  const known = streams[side];
  if (known.length < MOST_STREAMS && !known.includes(stream)) streams[side] = known.concat(stream);
}

/** Index of the stream of this SSRC that a side sends, -1 if there is none. */
export function streamFrom(table: PacketTable, { paths }: Transport, side: Side, ssrc: number): number {
  for (const path of paths[side]) {
    const stream = findStream(table, path, ssrc | 0);
    if (stream >= 0) return stream;
  }
  return -1;
}

/** Takes over all that another transport knows; `side` here is `otherSide` there. */
export function absorb(into: Transport, from: Transport, flipped: boolean): void {
  for (const side of [0, 1] as const) {
    const target = flipped ? otherSide(side) : side;
    into.paths[target].push(...from.paths[side].slice(0, MOST_PATHS - into.paths[target].length));
    for (const stream of from.streams[side]) addStream(into, target, stream);
  }
  mergeLoops(into.loop, from.loop, flipped);
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

function copyOf(path: PacketPath): PacketPath {
  return { ...path, source: path.source.slice(), destination: path.destination.slice() };
}
