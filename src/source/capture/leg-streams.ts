import type { Direction, Endpoint } from '../../model/channel.ts';
import type { LiveStream } from './live-stream.ts';

/** Streams of a leg that are over and may yet be gone on from. */
const MOST_OVER = 64;
/** Streams of a leg that run, in each direction: far more than any call has, and few enough to be looked through. */
const MOST_RUNNING = 256;

/** The streams of one leg, of a bounded number: anybody can make up SSRCs and send them to its ports. */
export class LegStreams {
  readonly #all = new Map<string, LiveStream>();
  /** By direction and the gateway's socket. */
  readonly #bySocket = new Map<string, Set<LiveStream>>();
  readonly #running: Record<Direction, Set<LiveStream>> = { inbound: new Set(), outbound: new Set() };
  readonly #over = new Set<LiveStream>();
  /** Streams that were refused. */
  surplus = 0;
  readonly #directions = new Set<Direction>();

  /** By name; the one taken first first. */
  get all(): ReadonlyMap<string, LiveStream> {
    return this.#all;
  }

  /** Whether it has had streams in both directions. */
  get goesBothWays(): boolean {
    return this.#directions.size > 1;
  }

  /** Whether another one that runs would be too many; such a one is counted. */
  refuses(direction: Direction): boolean {
    if (this.#running[direction].size < MOST_RUNNING) return false;
    this.surplus += 1;
    return true;
  }

  /** Of a stream that is over, an older one that is over goes. */
  take(stream: LiveStream): void {
    const { direction, isOver } = stream;
    this.#all.set(stream.measured.streamId, stream);
    const key = socketOf(stream);
    const beside = this.#bySocket.get(key);
    if (beside === undefined) this.#bySocket.set(key, new Set([stream]));
    else beside.add(stream);
    if (isOver) this.#isOver(stream);
    else this.#running[direction].add(stream);
    this.#directions.add(direction);
  }

  /** A stream of it ends. */
  end(streamId: string): void {
    const stream = this.#all.get(streamId);
    if (stream !== undefined && this.#running[stream.direction].delete(stream)) this.#isOver(stream);
  }

  delete(stream: LiveStream): void {
    const key = socketOf(stream);
    const beside = this.#bySocket.get(key);
    beside?.delete(stream);
    if (beside?.size === 0) this.#bySocket.delete(key);
    this.#all.delete(stream.measured.streamId);
    this.#running[stream.direction].delete(stream);
    this.#over.delete(stream);
  }

  /**
   * The name of the stream that one goes on from: of the same socket and clock, and silent since before it began (a changed
   * SSRC). `lastOf`: when the last packet of a stream came. Sought once; again if what was found goes on.
   */
  before(stream: LiveStream, lastOf: (stream: LiveStream) => number): string | undefined {
    const { firstAt } = stream.measured;
    if (stream.before !== undefined) {
      const found = stream.before === '' ? undefined : this.#all.get(stream.before);
      if (found === undefined || lastOf(found) <= firstAt) return stream.before === '' ? undefined : stream.before;
    }
    let best: LiveStream | undefined;
    let bestAt = Number.NEGATIVE_INFINITY;
    for (const other of this.#bySocket.get(socketOf(stream)) ?? []) {
      if (other === stream || other.measured.clockRate !== stream.measured.clockRate) continue;
      const at = lastOf(other);
      if (at > firstAt || at <= bestAt) continue;
      best = other;
      bestAt = at;
    }
    stream.before = best?.measured.streamId ?? '';
    return best?.measured.streamId;
  }

  #isOver(stream: LiveStream): void {
    this.#over.add(stream);
    if (this.#over.size <= MOST_OVER) return;
    for (const oldest of this.#over) {
      this.delete(oldest);
      break;
    }
  }
}

const keyOf = ({ address, port }: Endpoint): string => `${address}|${port}`;

/** The gateway's socket: the far one may change on the way. */
const socketOf = ({ direction, measured: { source, destination } }: LiveStream): string =>
  direction === 'inbound' ? `in ${keyOf(destination)}` : `out ${keyOf(source)}`;
