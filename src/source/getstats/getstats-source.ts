import type { Resume, Sink, Source } from '../../leg/leg.ts';
import type { SourceKind } from '../../model/channel.ts';
import type { Leg } from '../../model/leg.ts';
import type { RtcStatsReport } from '../../model/rtc-stats.ts';
import type { Quirks } from '../../quality/sampled.ts';
import { applyCursor, encodeCursor } from './cursor.ts';
import { type FollowedLeg, gather } from './followed-leg.ts';
import { deviceOf, EndedLegs, takeOver } from './handover.ts';
import { mapReport } from './map-report.ts';
import { onOurClock } from './report-clock.ts';

/** Seconds. `samplingInterval`: how often reports are expected. */
export type StatsTiming = {
  readonly slotSeconds: number;
  readonly samplingInterval: number;
  readonly kind: 'getstats' | 'webrtc';
};

/** How many entries of RTP streams told something new, and how many did not. */
export type Taken = { readonly entries: number; readonly ignored: number };

/** Measures legs by W3C statistics that somebody pushes: the gateway, or the agent's own peer connection. */
export class GetStatsSource implements Source {
  readonly kind: SourceKind;
  readonly #sink: Sink;
  readonly #timing: StatsTiming;
  readonly #legs = new Map<string, FollowedLeg>();
  readonly #ended = new EndedLegs();

  constructor(sink: Sink, timing: StatsTiming) {
    this.kind = timing.kind;
    this.#sink = sink;
    this.#timing = timing;
  }

  follow(leg: Leg, resume?: Resume): void {
    const followed = this.#legs.get(leg.mediaLegId);
    if (followed === undefined) {
      this.#legs.set(leg.mediaLegId, this.#begin(leg, resume));
      return;
    }
    followed.startedAt = leg.startedAt;
    followed.ownOffset = leg.ownTime?.offset ?? 0;
    followed.device = deviceOf(leg.control);
  }

  /** Everything measured was told with the report that told it; the last counters are kept for a leg that goes on with them. */
  async release(mediaLegId: string, endedAt: number): Promise<void> {
    const leg = this.#legs.get(mediaLegId);
    this.#legs.delete(mediaLegId);
    if (leg !== undefined) this.#ended.keep(leg, endedAt);
  }

  /**
   * Measures one report of a leg; undefined if the leg is not followed. A report that is not newer takes nothing. `now` is when
   * it came by the agent's clock, epoch seconds: where it is given, times are put on the leg's own, whatever clock they are of.
   */
  push(mediaLegId: string, report: RtcStatsReport, now?: number): Taken | undefined {
    const leg = this.#legs.get(mediaLegId);
    if (leg === undefined) return undefined;
    const told = mapReport(report);
    const mapped = now === undefined ? told : onOurClock(leg, told, now + leg.ownOffset);
    const { taken, streams, intervals } = gather(leg, mapped, (sample) => takeOver(leg, sample, this.#others(leg)));
    this.#sink.measured({ mediaLegId, streams, intervals, cursor: encodeCursor(leg) });
    return { entries: taken, ignored: mapped.rtpEntries - taken };
  }

  /** What the statistics of a leg told that cannot be, by kind; empty for a leg that is not followed. */
  quirks(mediaLegId: string): Quirks {
    const leg = this.#legs.get(mediaLegId);
    const sum: Quirks = leg?.clock.steps ? { clockStep: leg.clock.steps } : {};
    for (const { state } of leg?.streams.values() ?? []) {
      // Sound: the keys of quirks are its own.
      for (const quirk of Object.keys(state.quirks) as (keyof Quirks)[]) {
        sum[quirk] = (sum[quirk] ?? 0) + (state.quirks[quirk] ?? 0);
      }
    }
    return sum;
  }

  *#others(leg: FollowedLeg): Iterable<FollowedLeg> {
    for (const other of this.#legs.values()) if (other !== leg) yield other;
    yield* this.#ended;
  }

  #begin(leg: Leg, resume: Resume | undefined): FollowedLeg {
    const series = resume?.series ?? { mediaLegId: leg.mediaLegId, streams: [], intervals: [], presence: [] };
    const own = series.streams.filter((stream) => stream.source === this.kind);
    const followed: FollowedLeg = {
      mediaLegId: leg.mediaLegId,
      source: this.kind,
      slotSeconds: this.#timing.slotSeconds,
      samplingInterval: this.#timing.samplingInterval,
      startedAt: leg.startedAt,
      ownOffset: leg.ownTime?.offset ?? 0,
      device: deviceOf(leg.control),
      clock: { offset: 0, steps: 0 },
      isResumed: own.length > 0,
      streams: new Map(),
      pairs: new Map(),
      names: new Set(own.map((stream) => stream.streamId)),
    };
    if (resume?.cursor !== undefined) applyCursor(followed, resume.cursor, series);
    return followed;
  }
}
