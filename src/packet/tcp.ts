import type { Datagram } from './datagram.ts';
import { type Budget, Segments } from './tcp-segments.ts';

/** One direction of a TCP connection, with the addresses as words (see `Datagram`). The object stays the same for the flow's life. */
export type TcpFlow = {
  readonly addressFamily: number;
  readonly source: Int32Array;
  readonly destination: Int32Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly vlan: number;
};

/** Who takes the octets of flows. */
export interface FlowSink {
  /** The next octets in order, valid during the call only. False: this flow is of no interest, forget it. */
  data(flow: TcpFlow, octets: Uint8Array, start: number, end: number, micros: number): boolean;
  /** Octets are missing for good (never captured); what comes next does not join what came before. */
  gap(flow: TcpFlow): void;
  /** The flow is over: FIN, RST, a new connection in its place, or pushed out by the bounds. */
  close(flow: TcpFlow): void;
}

const FIN = 1;
const SYN = 2;
const RST = 4;

const MOST_FLOWS = 1024;
/** How long a hole may wait for its segment, and how far a sequence number may leap within one connection. */
const PATIENCE_MICROS = 3e6;
const LARGEST_LEAP = 1 << 26;

type State = {
  readonly flow: TcpFlow;
  readonly key: number;
  /** Sequence number of its SYN. */
  readonly initial: number | undefined;
  /** The sequence number that comes next, undefined until something came. */
  next: number | undefined;
  readonly waiting: Segments;
  ignored: boolean;
};

/** Puts TCP segments in order, per direction, with bounds on flows and on octets kept out of order. */
export class TcpReassembler {
  readonly #sink: FlowSink;
  /** By a hash of the addresses and ports, oldest first; flows of one hash share a list. */
  readonly #flows = new Map<number, State[]>();
  #count = 0;
  readonly #kept: Budget = { octets: 0 };

  constructor(sink: FlowSink) {
    this.#sink = sink;
  }

  /** Takes a datagram whose protocol is TCP. Duplicates and retransmissions are dropped. */
  segment(datagram: Datagram, micros: number): void {
    const { tcpFlags: flags, tcpSequence: sequence } = datagram;
    let state = this.#find(datagram);
    if (flags & SYN && state !== undefined && state.initial !== sequence) {
      this.#close(state);
      state = undefined;
    }
    if (state === undefined) {
      if (datagram.length === 0 && !(flags & SYN)) return;
      state = this.#begin(datagram);
    }
    if (datagram.length > 0 && !state.ignored)
      this.#take(state, datagram, flags & SYN ? sequence + 1 : sequence, micros);
    if (flags & (FIN | RST)) this.#close(state);
  }

  /** The capture is over: hands on what still waits behind holes and closes every flow. */
  end(): void {
    for (const states of [...this.#flows.values()]) for (const state of [...states]) this.#close(state);
  }

  #take(state: State, datagram: Datagram, sequence: number, micros: number): void {
    state.next ??= sequence | 0;
    let ahead = (sequence - state.next) | 0;
    if (Math.abs(ahead) > LARGEST_LEAP) {
      state.waiting.clear();
      this.#gap(state, sequence | 0);
      ahead = 0;
    }
    while (ahead > 0 && !state.waiting.keep(sequence | 0, datagram, micros)) {
      this.#skipHole(state, sequence | 0);
      ahead = (sequence - state.next) | 0;
    }
    if (ahead <= 0) this.#deliver(state, datagram, -ahead, micros);
    this.#drain(state, micros);
  }

  /** The segment without its first `known` octets. What the capture cut off is a gap. */
  #deliver(
    state: State,
    segment: Pick<Datagram, 'octets' | 'start' | 'end' | 'length'>,
    known: number,
    micros: number,
  ): void {
    const { octets, start, end, length } = segment;
    if (known >= length || state.next === undefined || state.ignored) return;
    state.next = (state.next + length - known) | 0;
    if (start + known < end) state.ignored = !this.#sink.data(state.flow, octets, start + known, end, micros);
    if (state.ignored) state.waiting.clear();
    else if (end - start < length) this.#sink.gap(state.flow);
  }

  #drain(state: State, micros: number): void {
    const { since } = state.waiting;
    const first = state.waiting.first();
    if (since !== undefined && first !== undefined && micros - since > PATIENCE_MICROS) this.#gap(state, first);
    this.#handOn(state);
  }

  /** What waits and joins what came. */
  #handOn(state: State): void {
    while (state.next !== undefined) {
      const ready = state.waiting.takeUpTo(state.next);
      if (ready === undefined) return;
      this.#deliver(state, ready, (state.next - ready.sequence) | 0, ready.micros);
    }
  }

  /** Gives up the hole before what waits (nothing: before `otherwise`), and hands that on. */
  #skipHole(state: State, otherwise: number): void {
    this.#gap(state, state.waiting.first() ?? otherwise);
    this.#handOn(state);
  }

  #gap(state: State, next: number): void {
    state.next = next;
    state.waiting.since = undefined;
    if (!state.ignored) this.#sink.gap(state.flow);
  }

  #find(datagram: Datagram): State | undefined {
    return this.#flows.get(hash(datagram))?.find(({ flow }) => isSame(flow, datagram));
  }

  #begin(datagram: Datagram): State {
    if (this.#count >= MOST_FLOWS) this.#pushOut();
    const { addressFamily, sourcePort, destinationPort, vlan } = datagram;
    const [source, destination] = [datagram.source.slice(), datagram.destination.slice()];
    const flow: TcpFlow = { addressFamily, source, destination, sourcePort, destinationPort, vlan };
    const initial = datagram.tcpFlags & SYN ? datagram.tcpSequence : undefined;
    const next = initial === undefined ? undefined : (initial + 1) | 0;
    const waiting = new Segments(this.#kept);
    const state: State = { flow, key: hash(datagram), initial, next, waiting, ignored: false };
    const sharing = this.#flows.get(state.key);
    if (sharing === undefined) this.#flows.set(state.key, [state]);
    else sharing.push(state);
    this.#count += 1;
    return state;
  }

  /** The oldest that nobody wants, else the oldest. */
  #pushOut(): void {
    let oldest: State | undefined;
    for (const [state] of this.#flows.values()) {
      oldest ??= state;
      if (state?.ignored) {
        oldest = state;
        break;
      }
    }
    if (oldest !== undefined) this.#close(oldest);
  }

  #close(state: State): void {
    while (!state.ignored && state.waiting.first() !== undefined) this.#skipHole(state, 0);
    state.waiting.clear();
    if (!state.ignored) this.#sink.close(state.flow);
    const others = (this.#flows.get(state.key) ?? []).filter((other) => other !== state);
    if (others.length === 0) this.#flows.delete(state.key);
    else this.#flows.set(state.key, others);
    this.#count -= 1;
  }
}

function hash(datagram: Datagram): number {
  let mixed = Math.imul(datagram.sourcePort, 0x9e3779b1) ^ Math.imul(datagram.destinationPort, 0x85ebca6b);
  for (let word = 0; word < 4; word++) {
    mixed = Math.imul(mixed ^ (datagram.source[word] ?? 0), 0xc2b2ae35);
    mixed = Math.imul((mixed ^ (mixed >>> 15)) + (datagram.destination[word] ?? 0), 0x27d4eb2f);
  }
  return mixed;
}

function isSame(flow: TcpFlow, datagram: Datagram): boolean {
  if (flow.sourcePort !== datagram.sourcePort || flow.destinationPort !== datagram.destinationPort) return false;
  if (flow.addressFamily !== datagram.addressFamily) return false;
  for (let word = 0; word < 4; word++)
    if (flow.source[word] !== datagram.source[word] || flow.destination[word] !== datagram.destination[word])
      return false;
  return true;
}
