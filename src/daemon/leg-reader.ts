import { Worker } from 'node:worker_threads';
import type { JudgedLeg, LongLegs } from '../http/http.ts';
import { OtherlegError } from '../model/error.ts';
import type { Leg } from '../model/leg.ts';
import type { Privacy } from '../report/leg-view.ts';
import { entry } from '../source/entry.ts';
import type { Store } from '../store/store.ts';
import type { JudgedBy, LegAnswer, LegQuestion } from './leg-questions.ts';
import type { ReaderAsk, ReaderTold } from './leg-reader-thread.ts';

/** A leg of more intervals takes longer to read than others may wait: about half an hour of five channels. */
const LONG = 4_000;
/** Who looks at one long leg looks at others: a new thread would have to learn everything anew. Milliseconds. */
const IDLE_MILLIS = 600_000;
/** A week of five channels needs less. */
const LIMITS = { maxOldGenerationSizeMb: 2048, maxYoungGenerationSizeMb: 128 };

type Waiting = { resolve(answer: LegAnswer): void; reject(error: Error): void };

/** Reads ended legs of many hours in a thread of its own, which is there while anybody asks. */
export class LegReader implements LongLegs {
  readonly #store: Pick<Store, 'leg' | 'packed'>;
  readonly #slotSeconds: number;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #asks = 0;

  constructor(store: Pick<Store, 'leg' | 'packed'>, slotSeconds: number) {
    this.#store = store;
    this.#slotSeconds = slotSeconds;
  }

  plots(mediaLegId: string, slotSeconds: number, privacy: Privacy): Promise<string | undefined> {
    return this.#text(mediaLegId, { kind: 'plots', slotSeconds, privacy });
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
    if (leg === undefined || leg.state === 'live' || intervalsOf(leg, this.#slotSeconds) < LONG) return undefined;
    const packed = await this.#store.packed?.(mediaLegId);
    if (packed === undefined) return undefined;
    const { promise, resolve, reject } = Promise.withResolvers<LegAnswer>();
    this.#asks += 1;
    this.#waiting.set(this.#asks, { resolve, reject });
    this.#awake().postMessage({ ask: this.#asks, leg, packed, question: question(leg) } satisfies ReaderAsk);
    return promise;
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
    if (this.#waiting.size === 0) this.#idle = setTimeout(() => void this.#thread?.terminate(), IDLE_MILLIS).unref();
  }

  #over(thread: Worker, reason: string): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    for (const { reject } of this.#waiting.values()) reject(failure(reason));
    this.#waiting.clear();
  }
}

/** How many there may be at most of a leg that has ended. */
const intervalsOf = ({ startedAt, endedAt = startedAt, channels }: Leg, slotSeconds: number): number =>
  ((endedAt - startedAt) / slotSeconds) * 2 * Math.max(1, channels.length);

const failure = (reason: string): OtherlegError =>
  new OtherlegError('INTERNAL', `a leg could not be read: ${reason}`, { cause: reason });
