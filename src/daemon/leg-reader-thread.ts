import { parentPort } from 'node:worker_threads';
import type { LegView } from '../leg/leg.ts';
import { summed } from '../leg/summed.ts';
import type { Leg } from '../model/leg.ts';
import { expand } from '../store/compaction.ts';
import { answerOf, type LegAnswer, type LegQuestion } from './leg-questions.ts';

/** What the thread is asked: an ended leg, its series as it lies in the store, and what is wanted of them. */
export type ReaderAsk = {
  readonly ask: number;
  readonly leg: Leg;
  readonly packed: Uint8Array;
  readonly question: LegQuestion;
};

export type ReaderTold = { readonly ask: number } & ({ readonly answer: LegAnswer } | { readonly failure: string });

/** A leg that was read, and what was told of it. */
type Read = { readonly key: string; readonly view: LegView; readonly told: Map<string, LegAnswer> };

/** The page asks of one leg twice or thrice in a row. Milliseconds. */
const KEPT_MILLIS = 30_000;

/** The last one: two legs of a day at once are much to hold. */
let last: Read | undefined;
let forget: NodeJS.Timeout | undefined;

function readOf({ leg, packed }: ReaderAsk): Read {
  clearTimeout(forget);
  forget = setTimeout(() => {
    last = undefined;
  }, KEPT_MILLIS);
  const key = `${leg.mediaLegId} ${leg.revision} ${packed.length}`;
  if (last?.key === key) return last;
  last = undefined;
  const view = summed(leg, expand(leg.mediaLegId, packed), leg.endedAt ?? Number.POSITIVE_INFINITY);
  last = { key, view, told: new Map() };
  return last;
}

function answered(asked: ReaderAsk): LegAnswer {
  const { view, told } = readOf(asked);
  const key = JSON.stringify(asked.question);
  const answer = told.get(key) ?? answerOf(view, asked.question);
  told.set(key, answer);
  return answer;
}

function told(asked: ReaderAsk): ReaderTold {
  try {
    return { ask: asked.ask, answer: answered(asked) };
  } catch (error) {
    return { ask: asked.ask, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', (asked: ReaderAsk) => parentPort?.postMessage(told(asked)));
