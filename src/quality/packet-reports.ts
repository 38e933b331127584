import type { Loss, Spread } from '../model/interval.ts';
import type { ReportBlock } from '../packet/rtcp-report.ts';
import type { SentSoFar } from './packet-sent.ts';

/** A report block that counted: number and cumulative loss it tells, and when. Microseconds. */
type Point = { readonly at: number; readonly number: number; readonly lost: number };

/** What was given out of a run so far. */
type Run = { readonly first: Point; readonly segment: number; lost: number; of: number };

/** What cannot be, and is left out. */
export type ReportQuirk = 'jitterRange' | 'lossJump' | 'sequenceRange';

/** All blocks of one reporter about one stream. */
export type ReportTrack = {
  readonly reporter: number;
  /** Blocks that counted. */
  blocks: number;
  run: Run | undefined;
  /** Of the run, by time: what a later window can begin at. */
  points: Point[];
  /** A block that said more was lost than can be: if the next one goes on from it, a run begins there. */
  refused: Point | undefined;
  /** When the sequence last moved, and what was counted as lost since because it did not. */
  movedAt: number;
  silent: number;
  jitterAt: number;
  /** Sums over its life. */
  lost: number;
  of: number;
  worstLoss: number;
  jitterSum: number;
  jitterWeight: number;
  worstJitter: number;
};

/** What one block adds. */
export type Told = { readonly loss?: Loss; readonly jitter?: Spread };

const FALLEN = 1000;
const WINDOW_MICROS = 5_000_000;
/** Reports of 5 s may come a little early. */
const WINDOW_SLACK = 100_000;
const WINDOW_PACKETS = 50;
const MOST_POINTS = 64;
const LONGEST_JITTER_SECONDS = 10;
const LONGEST_WEIGHT_SECONDS = 10;
/** RTCP that goes on so long without news of a stream tells an outage. Microseconds. */
const SILENCE = 10_000_000;

/** No blocks yet. */
export function newTrack(reporter: number): ReportTrack {
  // One literal: what is put together from others is an object half as large again.
  return {
    reporter,
    blocks: 0,
    run: undefined,
    points: [],
    refused: undefined,
    movedAt: 0,
    silent: 0,
    jitterAt: 0,
    lost: 0,
    of: 0,
    worstLoss: 0,
    jitterSum: 0,
    jitterWeight: 0,
    worstJitter: 0,
  };
}

/**
 * The reporter that counts: the one with most blocks of those that still tell anything. A device that begins again may
 * report from another SSRC.
 */
export function speakerOf(tracks: readonly ReportTrack[]): ReportTrack | undefined {
  if (tracks.length < 2) return tracks[0];
  const latest = Math.max(...tracks.map(toldAt));
  const speaking = tracks.filter((track) => latest - toldAt(track) < SILENCE);
  return speaking.toSorted((a, b) => b.blocks - a.blocks)[0];
}

/** When a reporter told something that counted; microseconds. */
export function toldAt({ points }: ReportTrack): number {
  return points.at(-1)?.at ?? 0;
}

/** Takes one block (docs/metrics.md, 5). A quirk: it was left out, or a part of it. */
export function takeBlock(
  track: ReportTrack,
  block: ReportBlock,
  sent: SentSoFar,
  micros: number,
): { readonly told?: Told; readonly quirk?: ReportQuirk } {
  // The upper half is the device's own count: only the lower one is the packet's.
  const number = (sent.highest - ((sent.highest - block.highestSequence) & 0xffff)) | 0;
  const last = track.points.at(-1);
  const behind = (sent.highest - number) | 0;
  if (behind > sent.recent && number !== last?.number) return { quirk: 'sequenceRange' };
  const point = { at: micros, number, lost: block.cumulativeLost };
  const loss = takeLoss(track, point, sent);
  if (loss === 'lossJump') return { quirk: 'lossJump' };
  track.blocks += 1;
  const seconds = block.jitter * (sent.unit ?? Number.NaN);
  if (seconds > LONGEST_JITTER_SECONDS) return { told: toldOf(loss, undefined), quirk: 'jitterRange' };
  return { told: toldOf(loss, takeJitter(track, seconds, sent, micros)) };
}

/** Whether a reporter's sequence has stood still for so long that it may be deaf. */
export function isStill(track: ReportTrack, micros: number): boolean {
  return micros - track.movedAt >= SILENCE;
}

/** RTCP of the device came at `micros` without news of the stream. What was sent meanwhile is lost if that goes on. */
export function takeSilence(track: ReportTrack, sent: SentSoFar, micros: number): Told | undefined {
  const last = track.points.at(-1);
  if (last === undefined || track.run?.segment !== sent.segment || !isStill(track, micros)) return undefined;
  const missing = ((sent.highest - last.number) | 0) - track.silent;
  if (missing <= 0) return undefined;
  track.silent += missing;
  track.lost += missing;
  track.of += missing;
  return toldOf(lossOf(missing, missing), undefined);
}

/** Average and maximum of its life; absent where nothing was told. Ratios and seconds. */
export function trackTotals(track: ReportTrack) {
  const loss = track.of > 0 ? Math.min(1, Math.max(0, track.lost / track.of)) : undefined;
  const jitter = track.jitterWeight > 0 ? track.jitterSum / track.jitterWeight : undefined;
  return {
    loss,
    maximumLoss: loss === undefined ? undefined : Math.max(loss, track.worstLoss),
    averageJitter: jitter,
    maximumJitter: jitter === undefined ? undefined : Math.max(jitter, track.worstJitter),
  };
}

function takeLoss(track: ReportTrack, point: Point, sent: SentSoFar): Loss | undefined | 'lossJump' {
  const last = track.points.at(-1);
  const { run } = track;
  const goesOn =
    run !== undefined &&
    last !== undefined &&
    run.segment === sent.segment &&
    ((point.number - last.number) | 0) >= 0 &&
    point.lost >= last.lost - FALLEN;
  if (!goesOn) return beginRun(track, point, sent);
  const moved = (point.number - last.number) | 0;
  if (point.lost - last.lost > moved) return refuse(track, point, sent);
  track.refused = undefined;
  if (moved > 0) track.movedAt = point.at;
  return growRun(track, run, point);
}

/** The first block anchors the run; where the tap saw the stream begin, the run began with its first packet. */
function beginRun(track: ReportTrack, point: Point, sent: SentSoFar): Loss | undefined | 'lossJump' {
  const isFirst = track.run === undefined;
  const before = (point.number - sent.base + 1) | 0;
  const anchored = isFirst && sent.sawBegin && sent.segment === 0 && before >= 0;
  if (anchored && point.lost > before) return refuse(track, point, sent);
  const first = anchored ? { at: sent.firstAt, number: (sent.base - 1) | 0, lost: 0 } : point;
  track.run = { first, segment: sent.segment, lost: 0, of: 0 };
  track.points = [first];
  track.movedAt = point.at;
  track.silent = 0;
  return anchored ? growRun(track, track.run, point) : undefined;
}

/** More lost than sent: the device counts something else from here on, or this block alone is wrong. The next one tells. */
function refuse(track: ReportTrack, point: Point, sent: SentSoFar): Loss | undefined | 'lossJump' {
  const { refused } = track;
  track.refused = point;
  if (refused === undefined) return 'lossJump';
  const moved = (point.number - refused.number) | 0;
  const goesOn = moved >= 0 && point.lost - refused.lost <= moved && point.lost >= refused.lost - FALLEN;
  if (!goesOn) return 'lossJump';
  track.run = { first: refused, segment: sent.segment, lost: 0, of: 0 };
  track.points = [refused];
  track.refused = undefined;
  track.movedAt = point.at;
  track.silent = 0;
  return growRun(track, track.run, point);
}

/** Telescoped and clamped once: a packet that came late after all is no loss any more. */
function growRun(track: ReportTrack, run: Run, point: Point): Loss | undefined {
  const of = (point.number - run.first.number) | 0;
  const lost = clamp(point.lost - run.first.lost, of);
  const grown = { lost: lost - run.lost - track.silent, of: of - run.of - track.silent };
  // What was counted as silence is in the run now.
  if (((point.number - (track.points.at(-1)?.number ?? 0)) | 0) > 0) track.silent = 0;
  else Object.assign(grown, { lost: lost - run.lost, of: of - run.of });
  run.lost = lost;
  run.of = of;
  track.lost += grown.lost;
  track.of += grown.of;
  const worst = windowAt(track.points, point);
  keep(track, point);
  if (worst !== undefined && worst.value > track.worstLoss) track.worstLoss = worst.value;
  if (grown.of === 0 && grown.lost === 0 && worst === undefined) return undefined;
  return lossOf(grown.lost, grown.of, worst);
}

/** The block against the nearest earlier one that is far enough away in time and packets. What lies before that one begins no window any more. */
function windowAt(points: Point[], end: Point): Loss['worst'] {
  const index = points.findLastIndex(
    ({ at, number }) => end.at - at >= WINDOW_MICROS - WINDOW_SLACK && ((end.number - number) | 0) >= WINDOW_PACKETS,
  );
  const begin = points[index];
  if (begin === undefined) return undefined;
  if (index > 0) points.splice(0, index);
  const of = (end.number - begin.number) | 0;
  const value = clamp(end.lost - begin.lost, of) / of;
  return { value, at: end.at / 1e6, windowSeconds: (end.at - begin.at) / 1e6 };
}

function keep(track: ReportTrack, point: Point): void {
  track.points.push(point);
  if (track.points.length > MOST_POINTS) track.points.shift();
}

/** Weighs the time since the report before, at most 10 s; the first one that since the stream's first packet. */
function takeJitter(track: ReportTrack, seconds: number, sent: SentSoFar, micros: number): Spread | undefined {
  const since = track.jitterAt === 0 ? sent.firstAt : track.jitterAt;
  const weight = Math.min(LONGEST_WEIGHT_SECONDS, (micros - since) / 1e6);
  if (!(seconds >= 0) || weight <= 0) return undefined;
  track.jitterAt = micros;
  track.jitterSum += seconds * weight;
  track.jitterWeight += weight;
  track.worstJitter = Math.max(track.worstJitter, seconds);
  return { origin: 'reported', sum: seconds * weight, count: weight, worst: { value: seconds, at: micros / 1e6 } };
}

function lossOf(lost: number, of: number, worst?: Loss['worst']): Loss {
  return { origin: 'reported', lost, of, unit: 'packets', ...(worst === undefined ? {} : { worst }) };
}

function toldOf(loss: Loss | undefined, jitter: Spread | undefined): Told {
  return { ...(loss === undefined ? {} : { loss }), ...(jitter === undefined ? {} : { jitter }) };
}

function clamp(lost: number, of: number): number {
  return Math.min(Math.max(0, lost), Math.max(0, of));
}
