import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { JudgedLeg, LongLegs } from '../http/http.ts';
import type { Clock } from '../model/clock.ts';
import { OtherlegError } from '../model/error.ts';
import type { Leg } from '../model/leg.ts';
import type { Privacy } from '../report/leg-view.ts';
import { entry } from '../source/entry.ts';
import type { Store } from '../store/store.ts';
import { systemClock } from './clock.ts';
import type { JudgedBy, LegAnswer, LegQuestion } from './leg-questions.ts';
import type { ReaderAsk, ReaderMessage, ReaderTold } from './leg-reader-thread.ts';

/** A leg of more intervals takes longer to read than others may wait: about half an hour of five channels. */
const LONG = 4_000;
/** Who looks at one long leg looks at others: a new thread would have to learn everything anew. Milliseconds. */
const IDLE_MILLIS = 600_000;
/** A week of five channels needs less. */
const LIMITS = { maxOldGenerationSizeMb: 2048, maxYoungGenerationSizeMb: 128 };

type Waiting = { resolve(answer: LegAnswer): void; reject(error: Error): void };

/** A leg as it stands, its series on disk up to `to` (its own time, epoch seconds). */
type Standing = { readonly leg: Leg; readonly to: number };

/** Puts what was measured of a live leg on disk. */
type Stand = (mediaLegId: string) => Promise<Standing>;

/** Reads legs of many hours in a thread of its own, which is there while anybody asks. */
export class LegReader implements LongLegs {
  readonly #store: Pick<Store, 'leg' | 'packed' | 'piece'>;
  readonly #slotSeconds: number;
  readonly #clock: Clock;
  readonly #stand: Stand | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #asks = 0;

  /** Without `stand` live legs are left to who asks. */
  constructor(
    store: Pick<Store, 'leg' | 'packed' | 'piece'>,
    slotSeconds: number,
    clock: Clock = systemClock,
    stand?: Stand,
  ) {
    this.#store = store;
    this.#slotSeconds = slotSeconds;
    this.#clock = clock;
    this.#stand = stand;
  }

  plots(mediaLegId: string, slotSeconds: number, privacy: Privacy, part?: 'first'): Promise<string | undefined> {
    return this.#text(mediaLegId, { kind: 'plots', slotSeconds, privacy, ...(part && { part }) });
  }

  leg(mediaLegId: string, privacy: Privacy): Promise<string | undefined> {
    return this.#text(mediaLegId, { kind: 'leg', privacy });
  }

  /** The leg judged; undefined where it is not long. */
  async judged(mediaLegId: string, by: (leg: Leg) => JudgedBy): Promise<JudgedLeg | undefined> {
    const told = await this.#ask(mediaLegId, (leg) => ({ kind: 'judged', by: by(leg) }));
    return typeof told === 'object' ? told : undefined;
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#thread?.terminate();
  }

  async #text(mediaLegId: string, question: LegQuestion): Promise<string | undefined> {
    const told = await this.#ask(mediaLegId, () => question);
    return typeof told === 'string' ? told : undefined;
  }

  async #ask(mediaLegId: string, question: (leg: Leg) => LegQuestion): Promise<LegAnswer | undefined> {
    const leg = await this.#store.leg({ mediaLegId });
    if (leg === undefined || intervalsOf(leg, this.#slotSeconds, this.#clock.now()) < LONG) return undefined;
    this.#asks += 1;
    const ask = this.#asks;
    const packed = leg.state === 'ended' ? await this.#store.packed?.(mediaLegId) : undefined;
    if (packed !== undefined) return this.#told({ ask, ...ended(leg), packed, question: question(leg) });
    const standing = leg.state === 'ended' ? ended(leg) : await this.#stand?.(mediaLegId);
    if (standing === undefined || !(await this.#passOn(ask, mediaLegId))) return undefined;
    return this.#told({ ask, ...standing, question: question(standing.leg) });
  }

  /**
   * Passes what is not packed on to the thread, piece by piece, and serves others in between. False: it cannot be had so, or
   * was packed meanwhile.
   */
  async #passOn(ask: number, mediaLegId: string): Promise<boolean> {
    const thread = this.#awake();
    let isWhole = false;
    try {
      let piece = await this.#store.piece?.(mediaLegId);
      while (piece !== undefined && !isWhole) {
        if (this.#thread !== thread) throw failure('its thread has ended');
        this.#post({ ask, mediaLegId, piece: piece.text });
        isWhole = piece.next === undefined;
        if (piece.next !== undefined) {
          await turn();
          piece = await this.#store.piece?.(mediaLegId, piece.next);
        }
      }
      return isWhole;
    } finally {
      if (!isWhole && this.#thread === thread) this.#post({ ask, forget: true });
      this.#rest();
    }
  }

  #told(asked: ReaderAsk): Promise<LegAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<LegAnswer>();
    this.#waiting.set(asked.ask, { resolve, reject });
    this.#post(asked);
    return promise;
  }

  #post(message: ReaderMessage): void {
    this.#awake().postMessage(message);
  }

  #awake(): Worker {
    clearTimeout(this.#idle);
    if (this.#thread !== undefined) return this.#thread;
    const thread = new Worker(entry(import.meta.url, 'leg-reader-thread'), { resourceLimits: LIMITS });
    this.#thread = thread;
    thread.on('message', (told: ReaderTold) => this.#hear(told));
    thread.on('error', (error) => this.#over(thread, error.message));
    thread.on('exit', (code) => this.#over(thread, `exit code ${code}`));
    thread.unref();
    return thread;
  }

  #hear(told: ReaderTold): void {
    const waiting = this.#waiting.get(told.ask);
    this.#waiting.delete(told.ask);
    if ('answer' in told) waiting?.resolve(told.answer);
    else waiting?.reject(failure(told.failure));
    this.#rest();
  }

  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#waiting.size === 0) this.#idle = setTimeout(() => void this.#thread?.terminate(), IDLE_MILLIS).unref();
  }

  #over(thread: Worker, reason: string): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    for (const { reject } of this.#waiting.values()) reject(failure(reason));
    this.#waiting.clear();
  }
}

const ended = (leg: Leg): Standing => ({ leg, to: leg.endedAt ?? Number.POSITIVE_INFINITY });

/** How many there may be at most; of a leg that goes on until now. */
const intervalsOf = ({ startedAt, endedAt, channels }: Leg, slotSeconds: number, now: number): number =>
  (((endedAt ?? now) - startedAt) / slotSeconds) * 2 * Math.max(1, channels.length);

const failure = (reason: string): OtherlegError =>
  new OtherlegError('INTERNAL', `a leg could not be read: ${reason}`, { cause: reason });
