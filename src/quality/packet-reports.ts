import type { Loss, Spread } from '../model/interval.ts';
import type { ReportBlock } from '../packet/rtcp-report.ts';
import { newPoint, newPoints, type Point, pointAt } from './packet-points.ts';
import type { SentSoFar } from './packet-sent.ts';
import { double, int } from './packet-words.ts';
import { RecordPool } from './record-pool.ts';

/** What cannot be, and is left out. */
export type ReportQuirk = 'jitterRange' | 'lossJump' | 'sequenceRange';

/** What reporters say of streams. All blocks of one reporter about one stream are a track: a record. */
export type ReportTracks = {
  readonly tracks: RecordPool;
  /** Of runs, by time: what a later window can begin at. */
  readonly points: RecordPool;
  /** By track: a block that said more was lost than can be. If the next one goes on from it, a run begins there. */
  readonly refused: Map<number, Point>;
};

/** Its reporter's SSRC, signed; blocks that counted. */
const REPORTER = 1;
const BLOCKS = 2;
/** The segment of our stream that the run is of, where it began, and what was given out of it so far. */
const SEGMENT = 3;
const FIRST_NUMBER = 4;
const FIRST_LOST = 5;
const RUN_LOST = 6;
const RUN_OF = 7;
/** What was counted as lost because the sequence did not move. */
const SILENT = 8;
/** First and last of the run's points, and how many they are: 0 before the first run. */
const FIRST_POINT = 9;
const LAST_POINT = 10;
const POINTS = 11;
/** When the sequence last moved, and when jitter was told. */
const MOVED_AT = 12;
const JITTER_AT = 14;
/** Sums over its life. */
const LOST = 16;
const OF = 18;
const WORST_LOSS = 20;
const JITTER_SUM = 22;
const JITTER_WEIGHT = 24;
const WORST_JITTER = 26;
/** Sequence of the last block that was left out. */
const REFUSED_NUMBER = 28;
const TRACK_WORDS = 30;

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

/** Nobody reports yet. */
export function newTracks(): ReportTracks {
  return { tracks: new RecordPool(TRACK_WORDS), points: newPoints(), refused: new Map() };
}

/** A track without blocks. */
export function newTrack({ tracks }: ReportTracks, reporter: number): number {
  const track = tracks.add();
  tracks.words[track + REPORTER] = reporter;
  return track;
}

/** Forgets a track. */
export function removeTrack({ tracks, points, refused }: ReportTracks, track: number): void {
  points.releaseAll(int(tracks.words, track + FIRST_POINT));
  refused.delete(track);
  tracks.release(track);
}

/** The track of a reporter in a list of them, by its first; 0: none. */
export function trackOf({ tracks }: ReportTracks, first: number, reporter: number): number {
  return tracks.find(first, REPORTER, reporter | 0);
}

/** Who reports, unsigned. */
export function reporterOf({ tracks }: ReportTracks, track: number): number {
  return int(tracks.words, track + REPORTER) >>> 0;
}

/** How many blocks counted. */
export function blocksOf({ tracks }: ReportTracks, track: number): number {
  return int(tracks.words, track + BLOCKS);
}

/**
 * The reporter that counts: the one with most blocks of those that still tell anything. A device that begins again may
 * report from another SSRC. 0: nobody reports.
 */
export function speakerOf(all: ReportTracks, first: number): number {
  const { words } = all.tracks;
  if (first === 0 || int(words, first) === 0) return first;
  let latest = 0;
  for (let track = first; track !== 0; track = int(words, track)) latest = Math.max(latest, toldAt(all, track));
  let speaker = 0;
  for (let track = first; track !== 0; track = int(words, track)) {
    const isSpeaking = latest - toldAt(all, track) < SILENCE;
    if (isSpeaking && (speaker === 0 || blocksOf(all, track) > blocksOf(all, speaker))) speaker = track;
  }
  return speaker;
}

/** When a reporter told something that counted; microseconds. */
export function toldAt(all: ReportTracks, track: number): number {
  return lastPoint(all, track)?.at ?? 0;
}

/** Takes one block (docs/metrics.md, 5). A quirk: it was left out, or a part of it. */
export function takeBlock(
  all: ReportTracks,
  track: number,
  block: ReportBlock,
  sent: SentSoFar,
  micros: number,
): { readonly told?: Told; readonly quirk?: ReportQuirk } {
  const last = lastPoint(all, track);
  // The upper half is the device's own count: only the lower one is the packet's.
  const behind = (sent.highest - block.highestSequence) & 0xffff;
  const number = (sent.highest - behind) | 0;
  if (behind > sent.recent && number !== last?.number) return unbelieved(all, track, block, micros, 'sequenceRange');
  const point = { at: micros, number, lost: block.cumulativeLost };
  const loss = takeLoss(all, track, last, point, sent);
  if (loss === 'lossJump') return unbelieved(all, track, block, micros, loss);
  all.tracks.words[track + BLOCKS] = blocksOf(all, track) + 1;
  const seconds = block.jitter * (sent.unit ?? Number.NaN);
  if (seconds > LONGEST_JITTER_SECONDS) return { told: toldOf(loss, undefined), quirk: 'jitterRange' };
  return { told: toldOf(loss, takeJitter(all, track, seconds, sent, micros)) };
}

/** A block that is left out. Whoever goes on with other numbers is not deaf: what we send meanwhile is not lost for that. */
function unbelieved({ tracks }: ReportTracks, track: number, block: ReportBlock, micros: number, quirk: ReportQuirk) {
  const { words, doubles } = tracks;
  if (words[track + REFUSED_NUMBER] !== (block.highestSequence | 0)) doubles[(track + MOVED_AT) >> 1] = micros;
  words[track + REFUSED_NUMBER] = block.highestSequence;
  return { quirk };
}

/** Whether a reporter's sequence has stood still for so long that it may be deaf. */
export function isStill({ tracks }: ReportTracks, track: number, micros: number): boolean {
  return micros - double(tracks.doubles, track + MOVED_AT) >= SILENCE;
}

/** RTCP of the device came at `micros` without news of the stream. What was sent meanwhile is lost if that goes on. */
export function takeSilence(all: ReportTracks, track: number, sent: SentSoFar, micros: number): Told | undefined {
  const { words } = all.tracks;
  const last = lastPoint(all, track);
  if (last === undefined || words[track + SEGMENT] !== sent.segment || !isStill(all, track, micros)) return undefined;
  const silent = int(words, track + SILENT);
  const missing = ((sent.highest - last.number) | 0) - silent;
  if (missing <= 0) return undefined;
  words[track + SILENT] = silent + missing;
  add(all, track, LOST, missing);
  add(all, track, OF, missing);
  return toldOf(lossOf(missing, missing), undefined);
}

/** Average and maximum of its life; absent where nothing was told. Ratios and seconds; the sums in packets. */
export function trackTotals({ tracks: { doubles } }: ReportTracks, track: number) {
  const lost = double(doubles, track + LOST);
  const of = double(doubles, track + OF);
  const weight = double(doubles, track + JITTER_WEIGHT);
  const loss = of > 0 ? Math.min(1, Math.max(0, lost / of)) : undefined;
  const jitter = weight > 0 ? double(doubles, track + JITTER_SUM) / weight : undefined;
  return {
    loss,
    maximumLoss: loss === undefined ? undefined : Math.max(loss, double(doubles, track + WORST_LOSS)),
    averageJitter: jitter,
    maximumJitter: jitter === undefined ? undefined : Math.max(jitter, double(doubles, track + WORST_JITTER)),
  };
}

/** What was lost of how many packets over its life, as sums. */
export function lostOf({ tracks: { doubles } }: ReportTracks, track: number): readonly [lost: number, of: number] {
  return [double(doubles, track + LOST), double(doubles, track + OF)];
}

function takeLoss(
  all: ReportTracks,
  track: number,
  last: Point | undefined,
  point: Point,
  sent: SentSoFar,
): Loss | undefined | 'lossJump' {
  const goesOn =
    last !== undefined &&
    all.tracks.words[track + SEGMENT] === sent.segment &&
    ((point.number - last.number) | 0) >= 0 &&
    point.lost >= last.lost - FALLEN;
  if (!goesOn) return firstOfRun(all, track, last === undefined, point, sent);
  const moved = (point.number - last.number) | 0;
  if (point.lost - last.lost > moved) return refuse(all, track, point, sent);
  all.refused.delete(track);
  if (moved > 0) all.tracks.doubles[(track + MOVED_AT) >> 1] = point.at;
  return growRun(all, track, point);
}

/** The first block anchors the run; where the tap saw the stream begin, the run began with its first packet. */
function firstOfRun(
  all: ReportTracks,
  track: number,
  isFirst: boolean,
  point: Point,
  sent: SentSoFar,
): Loss | undefined | 'lossJump' {
  const before = (point.number - sent.base + 1) | 0;
  const anchored = isFirst && sent.sawBegin && sent.segment === 0 && before >= 0;
  if (anchored && point.lost > before) return refuse(all, track, point, sent);
  const first = anchored ? { at: sent.firstAt, number: (sent.base - 1) | 0, lost: 0 } : point;
  beginRun(all, track, first, sent, point.at);
  return anchored ? growRun(all, track, point) : undefined;
}

function beginRun(all: ReportTracks, track: number, first: Point, sent: SentSoFar, at: number): void {
  const { words, doubles } = all.tracks;
  words[track + SEGMENT] = sent.segment;
  words[track + FIRST_NUMBER] = first.number;
  words[track + FIRST_LOST] = first.lost;
  words[track + RUN_LOST] = 0;
  words[track + RUN_OF] = 0;
  words[track + SILENT] = 0;
  doubles[(track + MOVED_AT) >> 1] = at;
  while (int(words, track + POINTS) > 0) dropPoint(all, track);
  addPoint(all, track, first);
}

/** More lost than sent: the device counts something else from here on, or this block alone is wrong. The next one tells. */
function refuse(all: ReportTracks, track: number, point: Point, sent: SentSoFar): Loss | undefined | 'lossJump' {
  const refused = all.refused.get(track);
  all.refused.set(track, point);
  if (refused === undefined) return 'lossJump';
  const moved = (point.number - refused.number) | 0;
  const goesOn = moved >= 0 && point.lost - refused.lost <= moved && point.lost >= refused.lost - FALLEN;
  if (!goesOn) return 'lossJump';
  beginRun(all, track, refused, sent, point.at);
  all.refused.delete(track);
  return growRun(all, track, point);
}

/** Telescoped and clamped once: a packet that came late after all is no loss any more. */
function growRun(all: ReportTracks, track: number, point: Point): Loss | undefined {
  const { words, doubles } = all.tracks;
  const of = (point.number - int(words, track + FIRST_NUMBER)) | 0;
  const lost = clamp(point.lost - int(words, track + FIRST_LOST), of);
  const grown = { lost: lost - int(words, track + RUN_LOST), of: of - int(words, track + RUN_OF) };
  // What was counted as silence is in the run now.
  if (((point.number - (lastPoint(all, track)?.number ?? 0)) | 0) > 0) {
    const silent = int(words, track + SILENT);
    grown.lost -= silent;
    grown.of -= silent;
    words[track + SILENT] = 0;
  }
  words[track + RUN_LOST] = lost;
  words[track + RUN_OF] = of;
  add(all, track, LOST, grown.lost);
  add(all, track, OF, grown.of);
  const worst = windowAt(all, track, point);
  addPoint(all, track, point);
  if (worst !== undefined && worst.value > double(doubles, track + WORST_LOSS))
    doubles[(track + WORST_LOSS) >> 1] = worst.value;
  if (grown.of === 0 && grown.lost === 0 && worst === undefined) return undefined;
  return lossOf(grown.lost, grown.of, worst);
}

/** The block against the nearest earlier one that is far enough away in time and packets. What lies before that one begins no window any more. */
function windowAt(all: ReportTracks, track: number, end: Point): Loss['worst'] {
  const { points, tracks } = all;
  let begin = 0;
  for (let at = int(tracks.words, track + FIRST_POINT); at !== 0; at = int(points.words, at)) {
    const { at: since, number } = pointAt(points, at);
    const isFar = end.at - since >= WINDOW_MICROS - WINDOW_SLACK;
    if (isFar && ((end.number - number) | 0) >= WINDOW_PACKETS) begin = at;
  }
  if (begin === 0) return undefined;
  while (tracks.words[track + FIRST_POINT] !== begin) dropPoint(all, track);
  const first = pointAt(points, begin);
  const of = (end.number - first.number) | 0;
  const value = clamp(end.lost - first.lost, of) / of;
  return { value, at: end.at / 1e6, windowSeconds: (end.at - first.at) / 1e6 };
}

/** The latest block of the run; undefined before the first run. */
function lastPoint(all: ReportTracks, track: number): Point | undefined {
  const { words } = all.tracks;
  return int(words, track + POINTS) === 0 ? undefined : pointAt(all.points, int(words, track + LAST_POINT));
}

function addPoint(all: ReportTracks, track: number, point: Point): void {
  const { points } = all;
  const { words } = all.tracks;
  const added = newPoint(points, point);
  const count = int(words, track + POINTS);
  if (count === 0) words[track + FIRST_POINT] = added;
  else points.words[int(words, track + LAST_POINT)] = added;
  words[track + LAST_POINT] = added;
  words[track + POINTS] = count + 1;
  if (count >= MOST_POINTS) dropPoint(all, track);
}

function dropPoint({ points, tracks: { words } }: ReportTracks, track: number): void {
  const first = int(words, track + FIRST_POINT);
  words[track + FIRST_POINT] = int(points.words, first);
  words[track + POINTS] = int(words, track + POINTS) - 1;
  points.release(first);
}

/** Weighs the time since the report before, at most 10 s; the first one that since the stream's first packet. */
function takeJitter(
  all: ReportTracks,
  track: number,
  seconds: number,
  sent: SentSoFar,
  micros: number,
): Spread | undefined {
  const { doubles } = all.tracks;
  const before = double(doubles, track + JITTER_AT);
  const weight = Math.min(LONGEST_WEIGHT_SECONDS, (micros - (before === 0 ? sent.firstAt : before)) / 1e6);
  if (!(seconds >= 0) || weight <= 0) return undefined;
  doubles[(track + JITTER_AT) >> 1] = micros;
  add(all, track, JITTER_SUM, seconds * weight);
  add(all, track, JITTER_WEIGHT, weight);
  doubles[(track + WORST_JITTER) >> 1] = Math.max(double(doubles, track + WORST_JITTER), seconds);
  return { origin: 'reported', sum: seconds * weight, count: weight, worst: { value: seconds, at: micros / 1e6 } };
}

function add({ tracks: { doubles } }: ReportTracks, track: number, member: number, more: number): void {
  doubles[(track + member) >> 1] = double(doubles, track + member) + more;
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
