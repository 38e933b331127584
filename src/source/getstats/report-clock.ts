import { fell } from '../../quality/sampled-counters.ts';
import { type FollowedLeg, type FollowedStream, newestAt, streamKey } from './followed-leg.ts';
import type { MappedReport, StatsStream } from './map-report.ts';

/** How the gateway's clock is related to the leg's own time, as the reports of one leg show it. */
export type ReportClock = {
  /** What is added to the times of a report. Seconds; 0 for a clock that is right. */
  offset: number;
  /** How often the gateway's clock stepped since the leg was followed. */
  steps: number;
};

/** What a right clock may be ahead. Seconds. */
export const AHEAD_SECONDS = 2;
/** What a report may be older than the one before without proving that the clock stepped. Seconds. */
const BEHIND_SECONDS = 5;

/**
 * The report with its times on the leg's own (the gateway's clock may be set with the agent's, or not). Reports come late, many
 * at once, even twice, so times that can be are left as they are: after the leg's begin, not before what was told already, not
 * ahead of `now`. Others show that the gateway's clock is wrong or stepped; such a report counts as taken now, and those that
 * follow are moved as much as it was.
 */
export function onOurClock(leg: FollowedLeg, report: MappedReport, now: number): MappedReport {
  const { clock, startedAt, samplingInterval } = leg;
  const known = report.streams.flatMap((sample) => {
    const followed = leg.streams.get(streamKey(sample.about.direction, sample.id));
    return followed === undefined ? [] : [{ followed, sample }];
  });
  const newest = known.reduce((at, { followed }) => Math.max(at, newestAt(followed)), Number.NEGATIVE_INFINITY);
  const earliest = Math.max(startedAt - 2 * samplingInterval, newest - BEHIND_SECONDS);
  const canBe = (offset: number) => report.at + offset >= earliest && report.at + offset <= now + AHEAD_SECONDS;
  const isOld =
    report.at + clock.offset < earliest && known.some(({ followed, sample }) => isEarlier(sample, followed));
  const offset = [clock.offset, 0].find(canBe) ?? (isOld ? clock.offset : now - report.at);
  if (known.length > 0 && Math.abs(offset - clock.offset) > BEHIND_SECONDS) clock.steps += 1;
  clock.offset = offset;
  return moved(report, offset);
}

/** Counters that were smaller then: an old report that comes late, not a clock that went back. */
function isEarlier({ observed, reported }: StatsStream, { state }: FollowedStream): boolean {
  return (
    fell(state.observed?.counters.packets, observed?.counters.packets) ||
    fell(state.reported?.received, reported?.received)
  );
}

/** Nothing in a report is newer than the report. */
function moved(report: MappedReport, offset: number): MappedReport {
  const move = <T extends { readonly at: number }>(one: T): T => ({
    ...one,
    at: offset + (one.at > report.at + AHEAD_SECONDS ? report.at : one.at),
  });
  const streams = report.streams.map((stream) => ({
    ...stream,
    ...(stream.observed && { observed: move(stream.observed) }),
    ...(stream.reported && { reported: move(stream.reported) }),
    ...(stream.roundTrip && { roundTrip: move(stream.roundTrip) }),
  }));
  return { ...report, at: report.at + offset, streams, pairs: report.pairs.map(move) };
}
