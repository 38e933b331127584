import { closeSync } from 'node:fs';
import { type CaptureAsk, captureCommand, findTool, type Tool } from './command.ts';
import { DropCounter, type KernelCounts } from './drops.ts';
import { openFifo } from './fifo.ts';
import type { FilterShape } from './filter.ts';
import { MOST_TAGGED_TERMS, MOST_TERMS } from './filter.ts';
import { self } from './rights.ts';
import { CaptureChild } from './tcpdump.ts';
import type { LaneName, ToReader } from './thread-messages.ts';
import { type Trouble, trouble, troubleOf } from './trouble.ts';

/** A capture that ended is started again after the first, then twice as long each time, up to the last. Milliseconds. */
const FIRST_RETRY = 200;
const LAST_RETRY = 10_000;
/** A capture that ran so long had begun well. Milliseconds. */
const BEGUN_WELL = 10_000;
/** A start takes longer only if it hangs. Milliseconds. */
const START_MILLIS = 10_000;
/** Unanswered polls, one a second, after which a child is taken to hang. */
const MOST_UNANSWERED = 10;

/** What the source says to operators; keys as in docs. */
export interface CaptureLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** How one lane captures, and whom it tells. */
export type LaneOptions = {
  readonly name: LaneName;
  readonly tools: readonly Tool[];
  readonly interface: string;
  /** Octets, by the snap length. */
  readonly ring: (snapLength: number) => number;
  readonly say: (message: ToReader) => void;
  /** Packets, maybe none, that the kernel lost from one time to another. Epoch seconds. */
  readonly dropped: (count: number, from: number, to: number) => void;
  readonly log: CaptureLog;
};

/** How a lane stands. */
export type LaneState = {
  readonly state: 'waiting' | 'starting' | 'live';
  readonly tool?: Tool;
  readonly filter?: string;
  /** Packets by the kernel's count, those dropped by it, and those lost between the capture and its reader. */
  readonly captured: number;
  readonly dropped: number;
  readonly lost: number;
  readonly restarts: number;
  /** The last trouble, while it lasts. */
  readonly trouble?: Trouble;
};

/** Builds the filter for what the link allows. */
export type FilterOf = (shape: FilterShape) => string;

/** A child with its feed's number and its filter. */
type Running = {
  readonly feed: number;
  readonly filter: string;
  readonly snapLength: number;
  readonly child: CaptureChild;
  readonly startedAt: number;
  readonly drops: DropCounter;
  readonly takesOver: boolean;
  captured: number;
  /** Epoch seconds. */
  polledAt: number;
  unanswered: number;
  isDropping: boolean;
};

let lastFeed = 0;

/** One capture that always runs: its child is started again when it ends, and another takes over when the filter changes. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #readers = new Map<number, number>();
  readonly #children = new Set<CaptureChild>();
  readonly #counters = { captured: 0, dropped: 0, lost: 0, restarts: 0 };
  #shape: FilterShape;
  #filterOf: FilterOf | undefined;
  #snapLength = 0;
  #current: Running | undefined;
  #next: Running | undefined;
  /** Ended because another took over: what it dropped before that it tells at its end. */
  readonly #leaving = new Set<Running>();
  /** A child is being started, or a feed has not taken over yet. */
  #isBusy = false;
  #retry: NodeJS.Timeout | undefined;
  #delay = FIRST_RETRY;
  #trouble: Trouble | undefined;
  #isEnding = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    // Cooked captures hold packets without their tags, and their filter knows no word for them.
    const tagged = options.interface !== 'any';
    this.#shape = { tagged, mostTerms: tagged ? MOST_TAGGED_TERMS : MOST_TERMS };
  }

  get state(): LaneState {
    const { child, filter } = this.#current ?? {};
    const state = child?.listens === true ? 'live' : child === undefined ? 'waiting' : 'starting';
    return {
      state,
      ...this.#counters,
      ...(child === undefined ? {} : { tool: child.command.tool }),
      ...(filter === undefined ? {} : { filter }),
      ...(this.#trouble === undefined ? {} : { trouble: this.#trouble }),
    };
  }

  /** Captures so many octets of what the filter lets through from now on; what was captured before goes on until then. */
  want(filterOf: FilterOf, snapLength: number): void {
    this.#filterOf = filterOf;
    this.#snapLength = snapLength;
    this.#settle();
  }

  /** Asks the kernel's counts of what runs. */
  poll(): void {
    for (const running of [this.#current, this.#next]) running?.child.poll();
  }

  /** To be called once a second: polls, and kills what hangs. */
  watch(): void {
    const running = this.#current;
    if (running?.child.listens === true && running.child.counts) running.unanswered += 1;
    if (running !== undefined && running.unanswered > MOST_UNANSWERED) running.child.kill();
    else this.poll();
  }

  /** The reader needs the feed no longer, because another shows what it would. */
  passed(feed: number): void {
    if (this.#current?.feed !== feed || this.#next === undefined) return;
    const leaving = this.#current;
    this.#leaving.add(leaving);
    leaving.child.end();
    void leaving.child.over.then(() => this.#leaving.delete(leaving));
    this.#current = this.#next;
    this.#next = undefined;
  }

  /** The feed has taken over. */
  settled(feed: number): void {
    if (this.#current?.feed !== feed) return;
    this.#isBusy = false;
    this.#settle();
  }

  /** The reader is done with the feed. */
  over(feed: number, damage: string | undefined): void {
    const reader = this.#readers.get(feed);
    if (reader !== undefined) closeSync(reader);
    this.#readers.delete(feed);
    const running = this.#running(feed);
    if (running === undefined || damage === undefined) return;
    this.#options.log.warn({ ...this.#fields(), damage }, 'capture cannot be read');
    running.child.kill();
  }

  /** Packets that the child wrote never came: its output has a hole, and may have no more to come. */
  lost(feed: number, count: number): void {
    const running = this.#running(feed);
    if (running === undefined) return;
    this.#counters.lost += count;
    this.#options.log.warn({ ...this.#fields(), lost: count }, 'captured packets were lost on their way to the agent');
    running.child.kill();
  }

  /** Ends what runs; resolves when it is gone. What it has written can still be read. */
  async end(how: 'end' | 'kill'): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#retry);
    for (const child of this.#children) child[how]();
    await Promise.all([...this.#children].map(({ over }) => over));
  }

  /** After the reader's own end: nobody else reads these. */
  close(): void {
    for (const reader of this.#readers.values()) closeSync(reader);
    this.#readers.clear();
  }

  #settle(): void {
    const filter = this.#filterOf?.(this.#shape);
    if (filter === undefined || this.#isEnding || this.#isBusy || this.#retry !== undefined) return;
    if (this.#current?.filter !== filter || this.#current.snapLength !== this.#snapLength) void this.#start(filter);
  }

  async #start(filter: string): Promise<void> {
    this.#isBusy = true;
    try {
      await this.#launch(filter);
    } catch (error) {
      this.#isBusy = false;
      this.#failed(trouble('ended', error instanceof Error ? error.message : String(error)));
    }
  }

  async #launch(filter: string): Promise<void> {
    const { tools, interface: interfaceName, ring, name, say } = this.#options;
    const snapLength = this.#snapLength;
    const found = findTool(tools);
    if (found === undefined) {
      this.#isBusy = false;
      this.#failed(trouble('no-tool', `${tools.join(' and ')} not found`));
      return;
    }
    const ask: CaptureAsk = { interface: interfaceName, snapLength, ring: ring(snapLength), filter };
    const fifo = await openFifo();
    if (this.#isEnding) {
      closeSync(fifo.reader);
      closeSync(fifo.writer);
      return;
    }
    lastFeed += 1;
    const feed = lastFeed;
    this.#readers.set(feed, fifo.reader);
    const begunAt = Date.now() / 1000;
    const child = new CaptureChild(captureCommand(found, ask, self()), fifo, {
      listening: (unfiltered) => this.#listening(feed, unfiltered),
      counted: (counts) => this.#counted(feed, counts),
      ended: (how, words) => this.#ended(feed, how, words),
    });
    this.#watch(child);
    const drops = new DropCounter(interfaceName);
    const takesOver = this.#current !== undefined;
    const startedAt = performance.now();
    const counted = { captured: 0, polledAt: begunAt, unanswered: 0, isDropping: false };
    const running: Running = { feed, filter, snapLength, child, startedAt, drops, takesOver, ...counted };
    if (!takesOver) this.#current = running;
    else this.#next = running;
    const { counts, pid } = child;
    const sleeps = counts && pid !== undefined ? { pid } : {}; // dumpcap sleeps with packets in its hands
    say({ kind: 'feed', lane: name, feed, fd: fifo.reader, begunAt, counts, ...sleeps });
  }

  #watch(child: CaptureChild): void {
    this.#children.add(child);
    const timer = setTimeout(() => !child.listens && child.kill(), START_MILLIS);
    void child.over.then(() => {
      clearTimeout(timer);
      this.#children.delete(child);
    });
  }

  #listening(feed: number, unfiltered: boolean): void {
    this.#options.say({ kind: 'listening', feed, at: Date.now() / 1000 });
    const running = this.#running(feed);
    if (running === undefined) return;
    this.#options.log.info({ ...this.#fields(), filter: running.filter }, 'capture listens');
    this.#trouble = undefined;
    if (!running.takesOver) this.#isBusy = false;
    this.poll();
    if (unfiltered) this.#narrow();
    else this.#settle();
  }

  /** The kernel takes programs of a limited length; without it every packet of the host would go through the ring. */
  #narrow(): void {
    const mostTerms = Math.max(4, Math.floor(this.#shape.mostTerms / 2));
    if (mostTerms === this.#shape.mostTerms) return;
    this.#shape = { ...this.#shape, mostTerms };
    this.#settle();
  }

  #counted(feed: number, counts: KernelCounts): void {
    const running = this.#running(feed) ?? [...this.#leaving].find((one) => one.feed === feed);
    if (running === undefined) return;
    running.unanswered = 0;
    this.#counters.captured += counts.captured - running.captured;
    running.captured = counts.captured;
    const lost = running.drops.lost(counts);
    this.#counters.dropped += lost;
    if (lost > 0 && !running.isDropping) {
      this.#options.log.warn({ ...this.#fields(), dropped: lost }, 'the kernel drops captured packets');
    }
    running.isDropping = lost > 0;
    const at = Date.now() / 1000;
    this.#options.dropped(lost, running.polledAt, at);
    running.polledAt = at;
    this.#options.say({ kind: 'polled', feed, captured: counts.captured, at });
  }

  #ended(feed: number, how: string, words: string): void {
    const running = this.#running(feed);
    if (running === undefined || this.#isEnding) return;
    const { child, startedAt } = running;
    if (child.listens) this.#counters.restarts += 1;
    if (child.listens && performance.now() - startedAt > BEGUN_WELL) this.#delay = FIRST_RETRY;
    // The one that was to take over does so now, and says when it has.
    if (running === this.#current) this.#current = this.#next;
    else this.#isBusy = false;
    if (this.#current === undefined) this.#isBusy = false;
    this.#next = undefined;
    const found = troubleOf(words, child.command.tool, this.#options.interface, how);
    if (found.kind === 'no-tags') this.#shape = { tagged: false, mostTerms: MOST_TERMS };
    this.#failed(found);
  }

  /** Goes on after a while, with whatever is wanted then. */
  #failed(found: Trouble): void {
    const { log } = this.#options;
    const { kind, reason, remedy } = found;
    if (kind !== 'no-tags' && this.#trouble?.reason !== reason) {
      log.warn({ ...this.#fields(), reason, remedy }, 'nothing is captured');
    }
    this.#trouble = found;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#settle();
    }, this.#delay);
    this.#delay = Math.min(this.#delay * 2, LAST_RETRY);
  }

  #running(feed: number): Running | undefined {
    return [this.#current, this.#next].find((running) => running?.feed === feed);
  }

  #fields(): Readonly<Record<string, unknown>> {
    return { source: 'capture', lane: this.#options.name, interface: this.#options.interface };
  }
}
