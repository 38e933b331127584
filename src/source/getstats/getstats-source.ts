import type { Resume, Sink, Source } from '../../leg/leg.ts';
import type { SourceKind } from '../../model/channel.ts';
import type { Leg } from '../../model/leg.ts';
import type { RtcStatsReport } from '../../model/rtc-stats.ts';
import type { Quirks } from '../../quality/sampled.ts';
import { applyCursor, encodeCursor } from './cursor.ts';
import { EndedCounters } from './ended-counters.ts';
import { type FollowedLeg, gather } from './followed-leg.ts';
import { mapReport } from './map-report.ts';

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
  readonly #ended = new EndedCounters();

  constructor(sink: Sink, timing: StatsTiming) {
    this.kind = timing.kind;
    this.#sink = sink;
    this.#timing = timing;
  }

  follow(leg: Leg, resume?: Resume): void {
    const followed = this.#legs.get(leg.mediaLegId);
    if (followed === undefined) this.#legs.set(leg.mediaLegId, this.#begin(leg, resume));
    else followed.startedAt = leg.startedAt;
  }

  /** Everything measured was told with the report that told it; the last counters are kept for a leg that goes on with them. */
  async release(mediaLegId: string, endedAt: number): Promise<void> {
    const leg = this.#legs.get(mediaLegId);
    this.#legs.delete(mediaLegId);
    for (const { id, stream, state } of leg?.streams.values() ?? []) this.#ended.keep(id, stream, state, endedAt);
  }

  /** Measures one report of a leg. A leg that is not followed, and a report that is not newer, take nothing. */
  push(mediaLegId: string, report: RtcStatsReport): Taken {
    const leg = this.#legs.get(mediaLegId);
    const mapped = mapReport(report);
    if (leg === undefined) return { entries: 0, ignored: mapped.rtpEntries };
    const { taken, streams, intervals } = gather(leg, mapped, (sample) => this.#ended.take(sample));
    this.#sink.measured({ mediaLegId, streams, intervals, cursor: encodeCursor(leg) });
    return { entries: taken, ignored: mapped.rtpEntries - taken };
  }

  /** What the statistics of a leg told that cannot be, by kind; empty for a leg that is not followed. */
  quirks(mediaLegId: string): Quirks {
    const sum: Quirks = {};
    for (const { state } of this.#legs.get(mediaLegId)?.streams.values() ?? []) {
      // Sound: the keys of quirks are its own.
      for (const quirk of Object.keys(state.quirks) as (keyof Quirks)[]) {
        sum[quirk] = (sum[quirk] ?? 0) + (state.quirks[quirk] ?? 0);
      }
    }
    return sum;
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
      isResumed: own.length > 0,
      streams: new Map(),
      pairs: new Map(),
      names: new Set(own.map((stream) => stream.streamId)),
    };
    if (resume?.cursor !== undefined) applyCursor(followed, resume.cursor, series);
    return followed;
  }
}
