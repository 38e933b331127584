import type { Direction, SourceKind } from '../../model/channel.ts';
import type { Interval, Stream } from '../../model/interval.ts';
import { slotOf } from '../../quality/interval.ts';
import {
  beginSampled,
  continueSampled,
  LONGEST_GAP_SECONDS,
  type Sampled,
  type SampledAbout,
  type Tracks,
  takeIntervals,
} from '../../quality/sampled.ts';
import { takeObserved } from '../../quality/sampled-observed.ts';
import { takeReported } from '../../quality/sampled-reported.ts';
import { putStun, takeRoundTrip } from '../../quality/sampled-round-trip.ts';
import { type Beginning, rebased, zeroPoint } from '../../quality/sampled-start.ts';
import { freshName, isAnother, isNews } from './identity.ts';
import type { MappedReport, StatsStream } from './map-report.ts';
import type { ReportClock } from './report-clock.ts';
import type { PairReading } from './samples.ts';

/** One stream of a leg: by which id the reports tell of it, what it is, and how it is measured. */
export type FollowedStream = {
  readonly id: string;
  readonly stream: Stream;
  readonly state: Sampled;
  /** Another leg goes on with it: here it is not counted any more. */
  readonly isHandedOver?: true;
};

/** A leg whose statistics are read. Times in epoch seconds, the leg's own. */
export type FollowedLeg = {
  readonly mediaLegId: string;
  readonly source: SourceKind;
  readonly slotSeconds: number;
  readonly samplingInterval: number;
  startedAt: number;
  /** What is added to the agent's clock to have the leg's own time, seconds. */
  ownOffset: number;
  readonly endedAt?: number;
  /** Its device on its gateway, where both are known well enough to tell them from others. */
  device: string | undefined;
  /** Measured before, by an agent whose counters are lost: nothing counts from the leg's begin. */
  readonly isResumed: boolean;
  readonly clock: ReportClock;
  /** When the leg's last report was taken, and the last one older than that: a gateway may push each stream by itself. */
  previousAt?: number;
  olderAt?: number;
  readonly streams: Map<string, FollowedStream>;
  readonly pairs: Map<string, PairReading>;
  /** Every streamId that the leg ever had. */
  readonly names: Set<string>;
};

/** What one report added. `taken`: entries of RTP streams that told something new. */
export type Gathered = {
  readonly taken: number;
  readonly streams: readonly Stream[];
  readonly intervals: readonly Interval[];
};

/** The counters that a stream goes on from, if another leg measured it before. */
export type Before = (sample: StatsStream) => Tracks | undefined;

/** Far more than any gateway has; a leg with more is being fed nonsense. */
const MOST_STREAMS = 1000;

/** Measures one report of a leg. */
export function gather(leg: FollowedLeg, report: MappedReport, before: Before): Gathered {
  const { previousAt = report.at } = leg;
  if (report.at - previousAt > LONGEST_GAP_SECONDS) return { taken: 0, streams: [], intervals: [] };
  const beginning = beginningOf(leg, report.at);
  const roundTrips = movedPairs(leg, report.pairs, beginning);
  const keys = new Set(report.streams.map(keyOf));
  const streams: Stream[] = [];
  const intervals: Interval[] = [];
  let taken = 0;
  // The agent's own peer connection tells all that came, but nothing of what the gateway sends.
  const tells: Pick<Stream, 'complete'> = report.isComplete && leg.source === 'getstats' ? { complete: true } : {};
  for (const told of report.streams) {
    const sample = { ...told, about: { ...told.about, ...tells } };
    const known = knownStream(leg, sample, keys);
    if (known?.isHandedOver) continue;
    const followed = known === undefined ? begun(leg, sample, before) : goneOn(leg, known, sample);
    if (followed === undefined) continue;
    if (followed.stream !== known?.stream) streams.push(followed.stream);
    taken += measure(followed.state, sample, roundTrips, beginning);
    intervals.push(...takeIntervals(followed.state));
  }
  noteReport(leg, report.at);
  return { taken, streams, intervals };
}

/** The stream of that id; or one of that SSRC whose own id is gone: the gateway named it anew. */
function knownStream(leg: FollowedLeg, sample: StatsStream, told: ReadonlySet<string>): FollowedStream | undefined {
  const known = leg.streams.get(keyOf(sample));
  const { direction, ssrc } = sample.about;
  if (known !== undefined || ssrc === undefined) return known;
  for (const [key, followed] of leg.streams) {
    const { stream } = followed;
    if (stream.ssrc === ssrc && stream.direction === direction && !told.has(key)) {
      if (!followed.isHandedOver) leg.streams.delete(key);
      return followed;
    }
  }
  return undefined;
}

/** A stream seen for the first time. */
function begun(leg: FollowedLeg, sample: StatsStream, before: Before): FollowedStream | undefined {
  if (leg.streams.size >= MOST_STREAMS) return undefined;
  const stream = named(leg, sample, {});
  const at = sample.observed?.at ?? sample.reported?.at ?? leg.startedAt;
  const tracks = before(sample);
  const base = tracks === undefined ? {} : rebased(tracks, leg.startedAt, at);
  const state = beginSampled(aboutOf(leg, stream), base, slotOf(leg.startedAt, leg.slotSeconds));
  return follow(leg, sample, stream, state);
}

/** A stream seen before, as it is now: under its own name, or, when it became another one, under a new one. */
function goneOn(leg: FollowedLeg, known: FollowedStream, sample: StatsStream): FollowedStream {
  if (isAnother(known.stream, sample.about)) {
    const stream = named(leg, sample, { ...known.stream, continues: known.stream.streamId });
    return follow(leg, sample, stream, continueSampled(known.state, aboutOf(leg, stream)));
  }
  const stream = isNews(known.stream, sample.about) ? { ...known.stream, ...sample.about } : known.stream;
  return follow(leg, sample, stream, known.state);
}

function follow(leg: FollowedLeg, sample: StatsStream, stream: Stream, state: Sampled): FollowedStream {
  const followed = { id: sample.id, stream, state };
  leg.streams.set(keyOf(sample), followed);
  return followed;
}

function named(leg: FollowedLeg, { id, about }: StatsStream, before: Partial<Stream>): Stream {
  const { mediaLegId, source } = leg;
  const streamId = freshName([mediaLegId, source, about.direction, about.ssrc ?? id], leg.names);
  leg.names.add(streamId);
  return { ...before, ...about, streamId, mediaLegId, source };
}

function aboutOf({ slotSeconds }: FollowedLeg, { streamId, direction, kind }: Stream): SampledAbout {
  return { streamId, direction, ...(kind === undefined ? {} : { kind }), slotSeconds };
}

/** How many entries told something new. Our own counters come first: reports are set against what was sent. */
function measure(
  state: Sampled,
  { observed, reported, roundTrip, pairId }: StatsStream,
  roundTrips: ReadonlyMap<string, PairReading>,
  beginning: Beginning,
): number {
  const took = [
    observed !== undefined && takeObserved(state, observed, zeroPoint(beginning, observed.at)),
    reported !== undefined && takeReported(state, reported, zeroPoint(beginning, reported.at)),
    roundTrip !== undefined && takeRoundTrip(state, roundTrip, state.observed?.zeroAt),
  ];
  const stun = roundTrips.get(pairId ?? '');
  if (stun !== undefined) putStun(state, stun.at, stun.current);
  return took.filter((isNew) => isNew).length;
}

/** The pairs whose round trip was measured again since the last report. */
function movedPairs(
  leg: FollowedLeg,
  readings: readonly PairReading[],
  beginning: Beginning,
): ReadonlyMap<string, PairReading> {
  const moved = new Map<string, PairReading>();
  for (const now of readings) {
    const before = leg.pairs.get(now.pairId);
    if (before === undefined ? zeroPoint(beginning, now.at) !== undefined : hasMoved(before, now)) {
      moved.set(now.pairId, now);
    }
    leg.pairs.set(now.pairId, now);
  }
  return moved;
}

function hasMoved(before: PairReading, now: PairReading): boolean {
  const counted = now.responses ?? now.total;
  return counted === undefined ? now.at > before.at : now.responses !== before.responses || now.total !== before.total;
}

function beginningOf(leg: FollowedLeg, at: number): Beginning {
  const { startedAt, samplingInterval, isResumed, source } = leg;
  const previousAt = isNewest(leg, at) ? leg.previousAt : leg.olderAt;
  // The agent's own peer connection begins after the leg, and an empty report says when.
  const isLater = isResumed || (source === 'webrtc' && previousAt !== undefined);
  const legStartedAt = isLater ? Number.NEGATIVE_INFINITY : startedAt;
  return { legStartedAt, samplingInterval, ...(previousAt === undefined ? {} : { previousAt }) };
}

function noteReport(leg: FollowedLeg, at: number): void {
  if (!isNewest(leg, at)) return;
  if (leg.previousAt !== undefined) leg.olderAt = leg.previousAt;
  leg.previousAt = at;
}

function isNewest({ previousAt }: FollowedLeg, at: number): boolean {
  return previousAt === undefined || at > previousAt;
}

/** When a stream was last told of; epoch seconds. */
export function newestAt({ state }: FollowedStream): number {
  return state.observed?.at ?? state.reported?.at ?? Number.NEGATIVE_INFINITY;
}

function keyOf({ id, about }: StatsStream): string {
  return streamKey(about.direction, id);
}

/** Under which key a stream stands in `streams`. */
export function streamKey(direction: Direction, id: string): string {
  return `${direction} ${id}`;
}
