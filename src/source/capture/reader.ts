import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Taint } from '../../model/interval.ts';
import type { RecordSink } from '../../packet/capture-file.ts';
import { ClockWatch } from './clock-step.ts';
import { CHUNK } from './feed.ts';
import { LaneReader } from './lane-reader.ts';
import type { ToMeter } from './messages.ts';
import type { FromReader, LaneName, ToReader } from './thread-messages.ts';

/** Between turns. A pipe holds 64 KiB, which is 1 ms at 220,000 packets/s: one found nearly full is read more often. Milliseconds. */
const WAIT = 1;
const SHORT_WAIT = 0.2;
const LONG_WAIT = 20;
/** Octets of a turn after which so many turns follow shortly, and turns without octets after which the long waits begin. */
const NEARLY_FULL = 40 * 1024;
const SHORT_TURNS = 100;
const IDLE_TURNS = 100;
/** How often slots are closed and feeds looked after. Seconds. */
const TICK = 0.1;
/** A leg's end waits no longer for the capture: its asker gives up after 0.5 s. Seconds. */
const PATIENCE = 0.4;

/** What measures the packets that are read. */
export interface ThreadMeter extends RecordSink {
  /** Takes the packets of the signalling's capture, which come in order only among themselves. Without it, it takes all. */
  readonly signalling?: RecordSink;
  take(message: ToMeter): void;
  /** The capture's clock is at `micros`, microseconds since the epoch. */
  advance(micros: number): void;
  /** The capture is over. */
  finish?(): void;
}

/**
 * An ask that waits until all that was captured by `at` is measured, and a poll since `polledAt` has told what was not; or until
 * `until`. Epoch seconds, the last one monotonic. `isEnd`: a leg ends at `at`.
 */
type Waiting = {
  readonly at: number;
  readonly polledAt: number;
  readonly until: number;
  readonly isEnd: boolean;
  answer(): void;
};

/**
 * The thread's one loop. It never blocks in a system call, where neither `terminate` nor the end of the process could reach
 * it, and never returns to an event loop: messages are taken in between.
 */
export class Reader {
  readonly #port: MessagePort;
  readonly #meter: ThreadMeter;
  readonly #lanes: Readonly<Record<LaneName, LaneReader>>;
  readonly #all: readonly LaneReader[];
  readonly #chunk = new Uint8Array(CHUNK);
  readonly #pause = new Int32Array(new SharedArrayBuffer(4));
  readonly #clock = new ClockWatch();
  #waiting: Waiting[] = [];
  #ticked = 0;
  #finishing: number | undefined;

  constructor(port: MessagePort, meter: ThreadMeter) {
    this.#port = port;
    this.#meter = meter;
    this.#lanes = {
      media: new LaneReader(meter, (message) => this.#mediaSays(message)),
      signalling: new LaneReader(meter.signalling ?? meter, (message) => this.#say(message)),
    };
    this.#all = Object.values(this.#lanes);
  }

  /** Reads and measures until it is told to finish. */
  run(): void {
    let idle = 0;
    let brisk = 0;
    while (this.#finishing === undefined || this.#all.some((lane) => !lane.isOver)) {
      this.#takeMessages();
      const octets = this.#read();
      this.#answer();
      if (steady() - this.#ticked >= TICK) this.#tick();
      idle = octets > 0 ? 0 : idle + 1;
      brisk = octets >= NEARLY_FULL ? SHORT_TURNS : brisk - 1;
      Atomics.wait(this.#pause, 0, 0, brisk > 0 ? SHORT_WAIT : idle > IDLE_TURNS ? LONG_WAIT : WAIT);
    }
    this.#meter.advance(Date.now() * 1000);
    this.#meter.finish?.();
    if (this.#finishing !== undefined) this.#say({ kind: 'done', ask: this.#finishing });
  }

  #read(): number {
    const now = Date.now() / 1000;
    if (this.#waiting.length > 0) for (const lane of this.#all) lane.look(now);
    return this.#lanes.media.read(this.#chunk, now) + this.#lanes.signalling.read(this.#chunk, now);
  }

  #takeMessages(): void {
    for (;;) {
      const received: { readonly message: ToReader } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#take(received.message);
    }
  }

  #take(message: ToReader): void {
    switch (message.kind) {
      case 'feed':
        this.#lanes[message.lane].begin(message);
        break;
      case 'listening':
        for (const lane of this.#all) lane.listening(message.feed, message.at);
        break;
      case 'polled':
        for (const lane of this.#all) lane.polled(message.feed, message.captured, message.at);
        break;
      case 'release':
        this.#wait(message.endedAt, () => this.#meter.take(message), true);
        this.#hold();
        break;
      case 'drain':
        this.#wait(message.at, () => this.#say({ kind: 'done', ask: message.ask }));
        break;
      case 'finish':
        this.#finishing = message.ask;
        break;
      default:
        this.#meter.take(message);
    }
  }

  #wait(at: number, answer: () => void, isEnd = false): void {
    const polledAt = Math.min(at, Date.now() / 1000);
    this.#waiting.push({ at, polledAt, until: steady() + PATIENCE, isEnd, answer });
  }

  /** A leg ends to the packet however long its end waits: what came after it is not counted before. */
  #hold(): void {
    const ends = this.#waiting.filter(({ isEnd }) => isEnd);
    this.#meter.take({ kind: 'hold', at: Math.min(...ends.map(({ at }) => at)) });
  }

  #answer(): void {
    if (this.#waiting.length === 0) return;
    const now = steady();
    const isDue = ({ at, polledAt, until }: Waiting): boolean =>
      now >= until || this.#all.every((lane) => lane.isMeasured(at, polledAt));
    const due = this.#waiting.filter(isDue).toSorted((a, b) => a.at - b.at);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !due.includes(waiting));
    for (const { answer } of due) answer();
    this.#hold();
  }

  #tick(): void {
    const before = steady();
    const now = Date.now() / 1000;
    const step = this.#clock.look(now, before, steady());
    this.#ticked = before;
    if (step !== undefined) {
      this.#say({ kind: 'clock-step', seconds: step.seconds });
      for (const [from, to] of [step.before, step.after]) this.#taint(from, to, 'clock-step');
    }
    for (const lane of this.#all) {
      lane.look(now);
      lane.settle();
    }
    const gap = this.#lanes.media.gap(now);
    if (gap !== undefined) this.#taint(...gap, 'capture-restarted');
    this.#lanes.signalling.gap(now);
    this.#meter.advance(this.#lanes.media.measuredUntil(now) * 1e6);
  }

  #taint(from: number, to: number, taint: Taint): void {
    this.#meter.take({ kind: 'taint', from, to, taint });
  }

  /** What never came out of the pipe is lost to the meter like what never went into it. */
  #mediaSays(message: FromReader): void {
    if (message.kind === 'lost') {
      const { count, since, at } = message;
      this.#taint(since, at, 'capture-dropped');
      this.#meter.take({ kind: 'dropped', count, at });
    }
    this.#say(message);
  }

  #say(message: FromReader): void {
    this.#port.postMessage(message);
  }
}

const steady = (): number => performance.now() / 1000;
