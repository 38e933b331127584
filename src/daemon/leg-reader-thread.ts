import { parentPort } from 'node:worker_threads';
import type { LegView } from '../leg/leg.ts';
import { summed } from '../leg/summed.ts';
import type { Series } from '../model/interval.ts';
import type { Leg } from '../model/leg.ts';
import { expand } from '../store/compaction.ts';
import { PieceJoin } from '../store/piece-join.ts';
import { firstChannel, partAnswer } from './first-channel.ts';
import { answerOf, type LegAnswer, type LegQuestion } from './leg-questions.ts';

/**
 * What the thread is asked: a leg, until when it counts (epoch seconds), and what is wanted of it. Its series is `packed` as
 * it lies in the store, or was told in pieces before, under the same number.
 */
export type ReaderAsk = {
  readonly ask: number;
  readonly leg: Leg;
  readonly to: number;
  readonly packed?: Uint8Array;
  readonly question: LegQuestion;
};

/** A piece of a series that is not packed; `forget`: nothing will be asked of those there were. */
type ReaderPiece = { readonly ask: number } & (
  | { readonly mediaLegId: string; readonly piece: string }
  | { readonly forget: true }
);

export type ReaderMessage = ReaderAsk | ReaderPiece;

export type ReaderTold = { readonly ask: number } & ({ readonly answer: LegAnswer } | { readonly failure: string });

/** A leg that was read, and what was told of it. */
type Read = { readonly key: string; readonly view: LegView; readonly told: Map<string, LegAnswer> };

/** The page asks of one leg twice or thrice in a row. Milliseconds. */
const KEPT_MILLIS = 30_000;

/** The last packed one: two legs of a day at once are much to hold. */
let last: Read | undefined;
let forget: NodeJS.Timeout | undefined;

/** What was told of each question before it was asked; a piece that cannot be read is told of with the answer. */
const pieces = new Map<number, PieceJoin | Error>();

function take({ ask, ...told }: ReaderPiece): void {
  const join = pieces.get(ask) ?? new PieceJoin('mediaLegId' in told ? told.mediaLegId : '');
  if ('forget' in told) return void pieces.delete(ask);
  pieces.set(ask, join);
  if (join instanceof Error) return;
  try {
    join.put(told.piece);
  } catch (error) {
    pieces.set(ask, new Error('a piece of its series is damaged', { cause: error }));
  }
}

function readOf({ leg, to, packed, ask }: ReaderAsk): Read {
  clearTimeout(forget);
  forget = setTimeout(() => {
    last = undefined;
  }, KEPT_MILLIS);
  if (packed === undefined) return { key: '', view: summed(leg, joined(ask), to), told: new Map() };
  const key = keyOf(leg, packed);
  if (last?.key === key) return last;
  last = undefined;
  last = { key, view: summed(leg, expand(leg.mediaLegId, packed), to), told: new Map() };
  return last;
}

const keyOf = (leg: Leg, packed: Uint8Array): string => `${leg.mediaLegId} ${leg.revision} ${packed.length}`;

function joined(ask: number): Series {
  const join = pieces.get(ask);
  pieces.delete(ask);
  if (join === undefined || join instanceof Error) throw join ?? new Error('none of its series was told');
  return join.series();
}

/** What is asked for is only a part, and the whole is not known yet. */
function partOf({ leg, to, packed, question }: ReaderAsk): LegAnswer | undefined {
  if (question.kind !== 'plots' || question.part === undefined || packed === undefined) return undefined;
  if (last?.key === keyOf(leg, packed) || leg.channels.length < 2) return undefined;
  return partAnswer(firstChannel(leg, packed, to), question);
}

function answered(asked: ReaderAsk): LegAnswer {
  const part = partOf(asked);
  if (part !== undefined) return part;
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

parentPort?.on('message', (message: ReaderMessage) => {
  if ('question' in message) parentPort?.postMessage(told(message));
  else take(message);
});
