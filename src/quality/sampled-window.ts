import type { Loss } from '../model/interval.ts';

/** Lost and expected packets counted so far in a run, at one sample. */
export type WindowPoint = { readonly at: number; readonly of: number; readonly lost: number };

/** Epoch seconds as floats are good to a quarter of a microsecond. */
const EPSILON = 1e-6;
/** A window asks for 5 s (the report interval of RFC 3550, 6.2); timers that fire a little early still make it. */
const SHORTEST_SECONDS = 4.9 - EPSILON;
const LONGEST_SECONDS = 30 + EPSILON;
const FEWEST_PACKETS = 50;

/** The points of a run that begins at `at`. Windows never reach back over it. */
export function openWindow(at: number): readonly WindowPoint[] {
  return [{ at, of: 0, lost: 0 }];
}

/**
 * Counts the next sample of a run and grows the window that ends there backwards, until it is long and full enough.
 * Keeps no points that a later window cannot begin at.
 */
export function nextWindow(
  points: readonly WindowPoint[],
  at: number,
  counted: { readonly of: number; readonly lost: number },
): { readonly points: readonly WindowPoint[]; readonly worst?: NonNullable<Loss['worst']> } {
  const before = points.at(-1) ?? { at, of: 0, lost: 0 };
  const end = { at, of: before.of + counted.of, lost: before.lost + counted.lost };
  const recent = [...points.filter((point) => end.at - point.at <= LONGEST_SECONDS), end];
  const begin = recent.findLast((p) => end.at - p.at >= SHORTEST_SECONDS && end.of - p.of >= FEWEST_PACKETS);
  if (begin === undefined) return { points: recent };
  const value = Math.min(1, Math.max(0, (end.lost - begin.lost) / (end.of - begin.of)));
  return { points: recent.slice(recent.indexOf(begin)), worst: { value, at, windowSeconds: at - begin.at } };
}
