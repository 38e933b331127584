import type { Direction } from '../../model/channel.ts';
import { LegCounts } from './leg-counts.ts';
import type { Claimant } from './live-claims.ts';
import type { LegKeys } from './live-keys.ts';
import { type LegPlan, planOf } from './live-plan.ts';
import type { LiveStream } from './live-stream.ts';
import type { FollowedLeg, LegSight } from './messages.ts';

/** Streams of a leg that are over and may yet be gone on from. */
const MOST_OVER = 64;
/** A device that says goodbye on all its streams and stays silent is gone. Seconds. */
const SILENT_AFTER_BYE = 1;
/** Streams without a packet for longer are no part of a goodbye. Seconds. */
const RECENT = 10;

/** A leg that is followed: its plan, its streams, and what is seen of it. */
export class LiveLeg implements Claimant {
  readonly mediaLegId: string;
  followed: FollowedLeg;
  plan: LegPlan;
  /** Epoch seconds. */
  startedAt: number;
  endedAt: number | undefined;
  /** It has begun: streams are its own. */
  isBegun = false;
  readonly streams = new Map<string, LiveStream>();
  readonly counts = new LegCounts();
  /** What opens its SRTCP. */
  keys: LegKeys | undefined;
  encryptedRtcp = 0;
  /** Of the device: RTCP that cannot be read, and reports that can. */
  readonly deviceRtcp = { unread: 0, reports: 0 };
  /** When each SSRC of the device said goodbye, epoch seconds. */
  readonly #byes = new Map<number, number>();
  #saidBye = false;
  /** Slots in which something was told of it, after the last one that is known to be told or empty. Epoch seconds. */
  readonly slots = new Set<number>();
  watchedTo = 0;

  constructor(followed: FollowedLeg) {
    this.mediaLegId = followed.mediaLegId;
    this.followed = followed;
    this.startedAt = followed.startedAt;
    this.plan = planOf(followed);
  }

  /** The device's reports are there and cannot be read. */
  get isDeaf(): boolean {
    return this.deviceRtcp.unread > 0 && this.deviceRtcp.reports === 0;
  }

  replan(followed: FollowedLeg): void {
    this.followed = followed;
    this.startedAt = followed.startedAt;
    this.plan = planOf(followed, this.plan);
  }

  /** The clock was set back: slots come again. */
  forgetSlots(watchedTo: number): void {
    this.slots.clear();
    this.watchedTo = watchedTo;
  }

  has(streamId: string): boolean {
    return this.streams.has(streamId);
  }

  take(stream: LiveStream): void {
    this.streams.set(stream.measured.streamId, stream);
    const over = [...this.streams.values()].filter(({ isOver }) => isOver);
    for (const old of over.slice(0, Math.max(0, over.length - MOST_OVER))) this.streams.delete(old.measured.streamId);
  }

  /** The stream that one goes on from: of the same socket and medium, and silent since before it began (a changed SSRC). */
  before(stream: LiveStream, lastOf: (stream: LiveStream) => number): string | undefined {
    const { measured, direction } = stream;
    let found: LiveStream | undefined;
    for (const other of this.streams.values()) {
      const { measured: earlier } = other;
      if (other === stream || other.direction !== direction || lastOf(other) > measured.firstAt) continue;
      const [near, own] =
        direction === 'inbound' ? [earlier.destination, measured.destination] : [earlier.source, measured.source];
      if (near.port !== own.port || near.address !== own.address || earlier.clockRate !== measured.clockRate) continue;
      if (found === undefined || lastOf(found) < lastOf(other)) found = other;
    }
    return found?.measured.streamId;
  }

  /** Somebody says that these SSRCs (unsigned) are over. */
  goodbye(direction: Direction, ssrcs: readonly number[], at: number): void {
    if (direction === 'inbound') for (const ssrc of ssrcs.slice(0, MOST_OVER)) this.#byes.set(ssrc, at);
    while (this.#byes.size > MOST_OVER) this.#byes.delete(this.#byes.keys().next().value ?? 0);
  }

  /** When the device said goodbye on all its streams, once: nothing of it came since. `lastOf`: of a stream's last packet. */
  leftAt(now: number, lastOf: (stream: LiveStream) => number): number | undefined {
    if (this.#saidBye || this.#byes.size === 0) return undefined;
    const at = Math.max(...this.#byes.values());
    if (now - at < SILENT_AFTER_BYE) return undefined;
    const own = [...this.streams.values()].filter((one) => one.direction === 'inbound' && lastOf(one) > at - RECENT);
    const isGone = own.length > 0 && own.every((one) => (this.#byes.get(one.measured.ssrc) ?? 0) >= lastOf(one) - 0.1);
    if (!isGone) return undefined;
    this.#saidBye = true;
    return at;
  }

  sight(): LegSight {
    const live = [...this.streams.values()].filter(({ isOver }) => !isOver);
    const encrypted = live.some(({ measured, line }) => measured.encrypted === true || line?.encrypted === true);
    return {
      mediaLegId: this.mediaLegId,
      ...this.counts.sums(),
      streams: live.length,
      clocksKnown: live.filter(({ measured }) => measured.clockRate !== undefined).length,
      encryptedRtcp: this.encryptedRtcp,
      srtp: encrypted,
    };
  }
}
