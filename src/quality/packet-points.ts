import { double, int } from './packet-words.ts';
import { RecordPool } from './record-pool.ts';

/** A report block that counted: number and cumulative loss it tells, and when. Microseconds. */
export type Point = { readonly at: number; readonly number: number; readonly lost: number };

const NUMBER = 1;
const LOST = 2;
const AT = 4;
const WORDS = 6;

/** None yet. */
export function newPoints(): RecordPool {
  return new RecordPool(WORDS);
}

/** The record of a point. */
export function newPoint(points: RecordPool, { at, number, lost }: Point): number {
  const point = points.add();
  points.words[point + NUMBER] = number;
  points.words[point + LOST] = lost;
  points.doubles[(point + AT) >> 1] = at;
  return point;
}

/** The point of a record. */
export function pointAt({ words, doubles }: RecordPool, point: number): Point {
  return { at: double(doubles, point + AT), number: int(words, point + NUMBER), lost: int(words, point + LOST) };
}
