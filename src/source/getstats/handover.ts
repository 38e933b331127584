import type { Stream } from '../../model/interval.ts';
import type { LegControl } from '../../model/leg.ts';
import { beginSampled, type Tracks, tracksOf } from '../../quality/sampled.ts';
import { fell } from '../../quality/sampled-counters.ts';
import { type FollowedLeg, type FollowedStream, newestAt, streamKey } from './followed-leg.ts';
import { type StreamAbout, textOf } from './identity.ts';
import type { StatsStream } from './map-report.ts';
import { AHEAD_SECONDS } from './report-clock.ts';

/** How long after a leg's end another leg may go on with its streams (IVR, then meeting). Seconds. */
const REMEMBERED_SECONDS = 3600;

/** What only grows: packetsLost may fall by itself and proves nothing. */
const COUNTERS = ['packets', 'octets', 'frames'] as const;

/** The legs that ended within the hour, with the last counters of their streams. */
export class EndedLegs {
  readonly #legs = new Map<string, FollowedLeg>();

  /** Keeps a leg that ended; of its streams the counters only. */
  keep(leg: FollowedLeg, endedAt: number): void {
    const last = (one: FollowedStream) => ({ ...one, state: beginSampled(one.state.about, tracksOf(one.state)) });
    const streams = new Map([...leg.streams].map(([key, one]) => [key, last(one)]));
    this.#legs.set(leg.mediaLegId, { ...leg, endedAt, streams, pairs: new Map(), names: new Set() });
    for (const [id, { endedAt: before = endedAt }] of this.#legs) {
      if (endedAt - before <= REMEMBERED_SECONDS) break;
      this.#legs.delete(id);
    }
  }

  [Symbol.iterator](): Iterator<FollowedLeg> {
    return this.#legs.values();
  }
}

/**
 * The counters that a stream new in `leg` goes on from, if one of the other legs measured it before. That leg counts it no
 * further: two writers may begin the next leg before they end this one.
 */
export function takeOver(leg: FollowedLeg, sample: StatsStream, others: Iterable<FollowedLeg>): Tracks | undefined {
  const key = streamKey(sample.about.direction, sample.id);
  let newest: { readonly from: FollowedLeg; readonly followed: FollowedStream } | undefined;
  for (const from of others) {
    const followed = from.streams.get(key);
    if (followed === undefined || !goesOn(leg, sample, from, followed)) continue;
    if (newest === undefined || newestAt(followed) > newestAt(newest.followed)) newest = { from, followed };
  }
  if (newest === undefined) return undefined;
  newest.from.streams.set(key, { ...newest.followed, isHandedOver: true });
  return tracksOf(newest.followed.state);
}

function goesOn(leg: FollowedLeg, sample: StatsStream, from: FollowedLeg, followed: FollowedStream): boolean {
  const { observed, reported } = sample;
  const { state, stream } = followed;
  const now = observed ?? reported;
  const before = observed === undefined ? state.reported : state.observed;
  if (followed.isHandedOver || now === undefined || before === undefined || now.at < before.at) return false;
  if (from.endedAt !== undefined && now.at - from.endedAt > REMEMBERED_SECONDS) return false;
  const grown = COUNTERS.every((name) => !fell(state.observed?.counters[name], observed?.counters[name]));
  if (!grown || fell(state.reported?.received, reported?.received)) return false;
  return leg.startedAt >= before.at - overlapOf(leg, sample.about, from, stream);
}

/**
 * How far a leg's samples may reach into the life of the leg that goes on with its stream, as two writers tell of them.
 * Seconds; −∞ where nothing proves that the streams are one: a gateway may call those of all its calls "a-in" and 1.
 */
function overlapOf(leg: FollowedLeg, about: StreamAbout, from: FollowedLeg, stream: Stream): number {
  if (stream.ssrc !== about.ssrc) return Number.NEGATIVE_INFINITY;
  if (isEqual(pathOf(stream), pathOf(about))) return 2 * leg.samplingInterval;
  const isOne = about.ssrc !== undefined && isEqual(from.device, leg.device);
  return isOne ? AHEAD_SECONDS : Number.NEGATIVE_INFINITY;
}

function pathOf({ local, remote }: StreamAbout): string | undefined {
  return local && remote && `${textOf(local)} ${textOf(remote)}`;
}

/** A device on its gateway. An address may be that of a session border controller: it needs a gateway that is known. */
export function deviceOf({ gateway, deviceUri, deviceAddress }: LegControl): string | undefined {
  const isKnown = deviceUri || (deviceAddress && gateway);
  return isKnown ? JSON.stringify([gateway, deviceUri || deviceAddress]) : undefined;
}

function isEqual(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && before === now;
}
