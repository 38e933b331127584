import type { RecordSink } from '../../packet/capture-file.ts';
import { Feed } from './feed.ts';
import { APART, Handover } from './handover.ts';
import type { FromReader, ToReader } from './thread-messages.ts';

/** How far apart the kernel's stamps of one packet may be. Seconds. */
const APART_SECONDS = APART / 1e6;

type FeedMessage = Extract<ToReader, { readonly kind: 'feed' }>;

/** From and to, epoch seconds. */
export type TimeSpan = readonly [from: number, to: number];

/** The feeds of one lane in the thread that reads: mostly one, and two while the filter changes. Times in epoch seconds. */
export class LaneReader {
  readonly #sink: RecordSink;
  readonly #say: (message: FromReader) => void;
  #current: Feed | undefined;
  #next: Feed | undefined;
  #passed = false;
  /** The last record of the feed that was taken over from. */
  #oldUntil = 0;
  /** Since when nothing is captured, although it was before. */
  #gapFrom: number | undefined;

  constructor(sink: RecordSink, say: (message: FromReader) => void) {
    this.#sink = sink;
    this.#say = say;
  }

  get isOver(): boolean {
    return this.#current === undefined && this.#next === undefined;
  }

  begin(message: FeedMessage): void {
    const feed = new Feed(message, this.#sink);
    const current = this.#current;
    if (current === undefined) {
      this.#current = feed;
      return;
    }
    this.#next = feed;
    this.#passed = false;
    const handover = new Handover(message.begunAt * 1e6);
    Object.assign(current, { handover, takesOver: false });
    Object.assign(feed, { handover, takesOver: true });
  }

  listening(id: number, at: number): void {
    const feed = this.#feed(id);
    if (feed !== undefined) feed.listensAt = at;
  }

  polled(id: number, captured: number, at: number): void {
    const lost = this.#feed(id)?.polled(captured, at);
    if (lost !== undefined && lost.count > 0) this.#say({ kind: 'lost', feed: id, ...lost, at });
  }

  /** One turn: octets read. The new feed of two is left alone until the old one has passed its begin: packets keep their order. */
  read(chunk: Uint8Array, now: number): number {
    let octets = 0;
    if (this.#next?.listensAt !== undefined && !this.#passed) this.look(now);
    const current = this.#current;
    if (current !== undefined) octets += this.#turn(current, chunk, now);
    const next = this.#next;
    if (next !== undefined && this.#hasPassed(next)) octets += this.#turn(next, chunk, now);
    return octets;
  }

  /** Looks whether something is under way: to be called before a turn, now and then and while somebody waits. */
  look(now: number): void {
    this.#current?.look(now);
  }

  /** Ends a handover once the new feed has shown again all that the old one had. To be called now and then. */
  settle(): void {
    const feed = this.#current;
    if (feed?.handover === undefined || this.#next !== undefined) return;
    if (feed.shownUntil <= this.#oldUntil + APART_SECONDS) return;
    feed.handover = undefined;
    this.#say({ kind: 'settled', feed: feed.id });
  }

  /** Up to when packets have been measured, as far as can be told. */
  measuredUntil(now: number): number {
    const feed = this.#current;
    return feed?.listensAt === undefined ? now : Math.max(feed.listensAt, feed.shownUntil);
  }

  /** Seconds up to now in which nothing was captured although it was before; each is told once. */
  gap(now: number): TimeSpan | undefined {
    const from = this.#gapFrom;
    if (from === undefined) return undefined;
    const listensAt = this.#current?.listensAt;
    this.#gapFrom = listensAt === undefined ? now : undefined;
    const to = listensAt ?? now;
    return to > from ? [from, to] : undefined;
  }

  /** Whether all that was captured by `at` has been measured, and what was lost by `polledAt` is known. */
  isMeasured(at: number, polledAt: number): boolean {
    const feed = this.#current;
    if (feed?.listensAt === undefined || feed.listensAt > at) return true;
    return feed.shownUntil > at && (!feed.counts || (feed.polledAt ?? 0) >= polledAt);
  }

  #turn(feed: Feed, chunk: Uint8Array, now: number): number {
    const { octets, over } = feed.read(chunk, now);
    if (over) this.#over(feed);
    return octets;
  }

  /** Whether the old feed has shown all that the new one cannot have seen. */
  #hasPassed(next: Feed): boolean {
    const old = this.#current;
    const { listensAt } = next;
    if (this.#passed || old === undefined) return true;
    if (listensAt === undefined || old.shownUntil <= listensAt) return false;
    this.#passed = true;
    this.#say({ kind: 'passed', feed: old.id });
    return true;
  }

  #over(feed: Feed): void {
    this.#say({ kind: 'over', feed: feed.id, ...(feed.damage === undefined ? {} : { damage: feed.damage }) });
    if (feed === this.#next) {
      this.#next = undefined;
      if (this.#current !== undefined) this.#current.handover = undefined;
      return;
    }
    if (feed.listensAt !== undefined && !(this.#passed && this.#next !== undefined)) {
      this.#gapFrom = Math.max(feed.listensAt, feed.shownUntil);
    }
    this.#oldUntil = feed.lastMicros / 1e6;
    this.#current = this.#next;
    this.#next = undefined;
  }

  #feed(id: number): Feed | undefined {
    return [this.#current, this.#next].find((feed) => feed?.id === id);
  }
}
