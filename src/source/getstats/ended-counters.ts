import type { Stream } from '../../model/interval.ts';
import { type Sampled, type Tracks, tracksOf } from '../../quality/sampled.ts';
import { fell } from '../../quality/sampled-counters.ts';
import { type StreamAbout, textOf } from './identity.ts';
import type { StatsStream } from './map-report.ts';

/** How long after a leg's end another leg may go on with its streams (IVR, then meeting). Seconds. */
const REMEMBERED_SECONDS = 3600;

/** What only grows: packetsLost may fall by itself and proves nothing. */
const COUNTERS = ['packets', 'octets', 'frames'] as const;

type Ended = { readonly endedAt: number; readonly tracks: Tracks };

/** The last counters of the legs that ended within the hour: what they counted is not counted again. */
export class EndedCounters {
  readonly #ended = new Map<string, Ended>();

  /** Keeps the counters of a stream whose leg ended. */
  keep(id: string, stream: Stream, state: Sampled, endedAt: number): void {
    const key = keyOf(id, stream);
    this.#ended.delete(key);
    this.#ended.set(key, { endedAt, tracks: tracksOf(state) });
    for (const [old, { endedAt: before }] of this.#ended) {
      if (endedAt - before <= REMEMBERED_SECONDS) break;
      this.#ended.delete(old);
    }
  }

  /** The counters that a stream goes on from; undefined if it began anew. They are given once. */
  take(sample: StatsStream): Tracks | undefined {
    const key = keyOf(sample.id, sample.about);
    const ended = this.#ended.get(key);
    if (ended === undefined || !goesOn(ended, sample)) return undefined;
    this.#ended.delete(key);
    return ended.tracks;
  }
}

function goesOn({ endedAt, tracks }: Ended, { observed, reported }: StatsStream): boolean {
  const now = observed ?? reported;
  const before = observed === undefined ? tracks.reported : tracks.observed;
  if (now === undefined || before === undefined) return false;
  if (now.at <= before.at || now.at - endedAt > REMEMBERED_SECONDS) return false;
  return COUNTERS.every((name) => !fell(tracks.observed?.counters[name], observed?.counters[name]));
}

function keyOf(id: string, { direction, ssrc, local, remote }: StreamAbout): string {
  return JSON.stringify([direction, id, ssrc, textOf(local), textOf(remote)]);
}
