import type { Direction } from '../../model/channel.ts';
import type { RtcpPacket } from '../../packet/rtcp.ts';
import { LegCounts } from './leg-counts.ts';
import { LegStreams } from './leg-streams.ts';
import type { Claimant } from './live-claims.ts';
import type { LegKeys } from './live-keys.ts';
import { type LegPlan, planOf } from './live-plan.ts';
import type { LiveInterval, LiveStream } from './live-stream.ts';
import type { FollowedLeg, LegSight } from './messages.ts';

/** SSRCs whose goodbye is remembered. */
const MOST_BYES = 64;
/** A device that says goodbye on all its streams and stays silent is gone. Seconds. */
const SILENT_AFTER_BYE = 1;
/** Streams without a packet for longer are no part of a goodbye. Seconds. */
const RECENT = 10;

/** Its call said goodbye: what comes after `at` (epoch seconds) is nobody's, and the slots that reach beyond wait. */
export type Farewell = { readonly at: number; readonly slots: LiveInterval[] };

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
  readonly owned = new LegStreams();
  readonly counts = new LegCounts();
  /** Present from its call's BYE until somebody says that it ends, or nobody did for long. */
  farewell: Farewell | undefined;
  /** When its last RTP or RTCP came, epoch seconds. */
  lastAt: number | undefined;
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

  /** By name. */
  get streams(): ReadonlyMap<string, LiveStream> {
    return this.owned.all;
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

  /** Whether it is the leg of a call, by its own id or by one that somebody told of it. */
  isNamed(name: string): boolean {
    return this.mediaLegId === name || this.followed.control.aliases?.includes(name) === true;
  }

  /** A packet of it came then, epoch seconds. */
  passed(at: number): void {
    if (at > (this.lastAt ?? Number.NEGATIVE_INFINITY)) this.lastAt = at;
  }

  has(streamId: string): boolean {
    return this.streams.has(streamId);
  }

  /** RTCP of it in the clear. Some send APP and BYE so among encrypted reports: only reports tell that they can be read. */
  heard(direction: Direction, packets: readonly RtcpPacket[], at: number): void {
    for (const packet of packets) {
      if (packet.kind === 'bye') this.goodbye(direction, packet.ssrcs, at);
      if (direction === 'inbound' && (packet.kind === 'sr' || packet.kind === 'rr')) this.deviceRtcp.reports += 1;
    }
  }

  /** RTCP of it that cannot be read. */
  heardUnread(direction: Direction): void {
    this.encryptedRtcp += 1;
    if (direction === 'inbound') this.deviceRtcp.unread += 1;
  }

  /** Somebody says that these SSRCs (unsigned) are over. */
  goodbye(direction: Direction, ssrcs: readonly number[], at: number): void {
    if (direction === 'inbound') for (const ssrc of ssrcs.slice(0, MOST_BYES)) this.#byes.set(ssrc, at);
    while (this.#byes.size > MOST_BYES) this.#byes.delete(this.#byes.keys().next().value ?? 0);
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
      ...(this.owned.surplus === 0 ? {} : { surplusStreams: this.owned.surplus }),
      clocksKnown: live.filter(({ measured }) => measured.clockRate !== undefined).length,
      encryptedRtcp: this.encryptedRtcp,
      srtp: encrypted,
      ...(this.lastAt === undefined ? {} : { lastAt: this.lastAt }),
    };
  }
}
