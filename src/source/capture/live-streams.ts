import type { MeasuredInterval, MeasuredStream } from '../../meter/measured.ts';
import type { Meter } from '../../meter/meter.ts';
import type { Path } from '../../meter/options.ts';
import type { Direction } from '../../model/channel.ts';
import type { Interval, Stream } from '../../model/interval.ts';
import { slotOf } from '../../quality/interval.ts';
import { ControlPaths } from './control-paths.ts';
import { LeftSockets } from './left-sockets.ts';
import { type Claim, Claims } from './live-claims.ts';
import type { LiveLeg } from './live-leg.ts';
import { type Candidate, mayMatch, RANK } from './live-match.ts';
import { endOf, intervalTold, isMedia, type LiveStream, newLiveStream, streamTold } from './live-stream.ts';
import type { FollowedLeg } from './messages.ts';
import { Unclaimed } from './unclaimed.ts';

/** What is told of a leg. */
export type Told = { readonly streams: Stream[]; readonly intervals: Interval[] };

/** Slots in which nothing came are told so long after their end: by then those with packets are told. Seconds. */
const LATE = 5;
/** Slots without anything that are told at once; a clock that leaps makes no more. */
const MOST_EMPTY = 24;

/** Which leg has which stream, from a stream's begin to its end; a leg's streams never become another's. */
export class LiveStreams {
  readonly #meter: Meter;
  readonly #slotSeconds: number;
  readonly #claims = new Claims<LiveLeg>();
  readonly #legs = new Set<LiveLeg>();
  /** All that run, and those that are over and may yet be claimed. */
  readonly #streams = new Map<string, LiveStream>();
  readonly #unclaimed = new Unclaimed();
  /** What no leg had in time. */
  readonly unassigned: { readonly packets: number } = this.#unclaimed;
  readonly #control: ControlPaths;
  readonly #left = new LeftSockets();
  #told = new Map<LiveLeg, Told>();
  /** Some leg has been seen in both directions: what is not there then is not sent. */
  #seesBothWays = false;

  constructor(meter: Meter, slotSeconds: number) {
    this.#meter = meter;
    this.#slotSeconds = slotSeconds;
    this.#control = new ControlPaths((stream) => this.claimOf(stream));
  }

  /** Streams that run and belong to no leg. */
  get unclaimed(): number {
    let count = 0;
    for (const { leg, isOver } of this.#streams.values()) if (leg === undefined && !isOver) count += 1;
    return count;
  }

  isClaimed(streamId: string): boolean {
    return this.#streams.get(streamId)?.leg !== undefined;
  }

  claimOf(stream: Candidate): Claim<LiveLeg> | undefined {
    return this.#claims.of(stream);
  }

  /** The leg whose RTCP goes this way. */
  ofControl(path: Path): { readonly leg: LiveLeg; readonly direction: Direction } | undefined {
    return this.#control.of(path);
  }

  mediaPathOf(rtcp: Path): Path | undefined {
    return this.#control.mediaPathOf(rtcp);
  }

  /** A leg begins; packets from `micros` on are its own. Streams that run already are split there. */
  begin(leg: LiveLeg, micros: number): void {
    leg.isBegun = true;
    leg.watchedTo = slotOf(leg.startedAt, this.#slotSeconds) - this.#slotSeconds;
    this.#legs.add(leg);
    this.#enter(leg);
    const isExact = micros <= Math.round(leg.startedAt * 1e6);
    this.#split(leg, (stream, rank) => (stream.leg === undefined ? isExact : rank >= stream.rank), micros);
    this.#claimFor(leg);
    this.#askAgain(leg);
  }

  /** A leg is known otherwise than before. What it has it keeps; what it has a better claim to than others it gets from `micros` on. */
  replan(leg: LiveLeg, followed: FollowedLeg, micros: number): void {
    if (leg.isBegun) this.#leave(leg);
    leg.replan(followed);
    if (!leg.isBegun) return;
    this.#enter(leg);
    this.#split(leg, (stream, rank) => stream.leg !== undefined && stream.leg !== leg && rank > stream.rank, micros);
    this.#claimFor(leg);
    for (const stream of this.#streams.values()) {
      if (stream.leg === leg) stream.line = this.#claims.of(stream.measured)?.line ?? stream.line;
    }
    this.#askAgain(leg);
  }

  /** What the packets of its streams mean may have been told. */
  #askAgain(leg: LiveLeg): void {
    this.#meter.signalled({ sockets: [], ssrcs: [...leg.streams.values()].map(({ measured }) => measured.ssrc) });
  }

  /**
   * The leg's call ended at `micros`: what comes after is kept as nobody's. That the leg is over too is told seconds later,
   * and a slot is not cut to the packet any more by then.
   */
  suspend(leg: LiveLeg, micros: number): void {
    if (!leg.isBegun || leg.farewell !== undefined) return;
    this.poll();
    leg.farewell = { at: micros / 1e6, slots: [] };
    this.#cut(leg, micros);
  }

  /** The leg went on after its call's end, until `endedAt` at least (epoch seconds): what came since is its own. */
  resume(leg: LiveLeg, endedAt = Number.POSITIVE_INFINITY): void {
    const { slots } = leg.farewell ?? {};
    if (slots === undefined) return;
    leg.farewell = undefined;
    for (const { stream, interval } of slots) this.#put(leg, intervalTold(interval, stream, leg));
    this.#claimFor(leg, endedAt);
  }

  /** A leg is over: its streams end at `micros`, and what they go on with is not its own. */
  end(leg: LiveLeg, micros: number): void {
    if (!leg.isBegun) return;
    this.resume(leg, leg.endedAt);
    this.#leaveTo(leg, micros);
    this.#leave(leg);
    this.#cut(leg, micros);
    // What two legs might have had is the other's from now on, and not before.
    this.#split(undefined, (stream, rank) => stream.leg === undefined && rank <= RANK.localPort, micros);
    if (leg.endedAt !== undefined) this.#watch(leg, leg.endedAt + this.#slotSeconds + LATE);
    this.#legs.delete(leg);
  }

  /** What runs where only this leg could have it is no other leg's of the same device, only because that one is left. */
  #leaveTo(leg: LiveLeg, micros: number): void {
    for (const { measured, isOver } of this.#streams.values()) {
      if (isOver || !mayMatch(leg.plan, measured)) continue;
      const claim = this.#claims.of(measured);
      if (claim?.leg === leg) this.#left.add(claim, measured, micros / 1e6);
    }
  }

  /** Ends a leg's streams; it has no claim to what they go on with. */
  #cut(leg: LiveLeg, micros: number): void {
    const own = [...this.#streams].filter(([, stream]) => stream.leg === leg && !stream.isOver);
    this.#meter.split(
      own.map(([streamId]) => streamId),
      micros,
    );
    this.poll();
    // Those that had no packet since they were split are told of by nobody.
    for (const [, stream] of own) if (!stream.isOver) this.#unown(stream);
  }

  /** Every stream goes on as another one. */
  splitAll(micros: number): void {
    const running = [...this.#streams].filter(([, { isOver }]) => !isOver);
    this.#meter.split(
      running.map(([streamId]) => streamId),
      micros,
    );
    this.poll();
    for (const leg of this.#legs) this.resume(leg);
  }

  /** The clock was set back from `until` to `micros`: slots come again, of other streams. What is to be told until then. */
  setBack(micros: number, until: number): ReadonlyMap<LiveLeg, Told> {
    this.splitAll(micros);
    const told = this.news(until);
    for (const leg of this.#legs) leg.forgetSlots(slotOf(micros / 1e6, this.#slotSeconds) - this.#slotSeconds);
    return told;
  }

  /** Gives it the streams of nobody that it has a claim to and that began before (epoch seconds), with what was kept of them. */
  #claimFor(leg: LiveLeg, before = Number.POSITIVE_INFINITY): void {
    for (const stream of this.#streams.values()) {
      const { leg: taken, measured } = stream;
      if (taken === undefined && measured.firstAt < before && mayMatch(leg.plan, measured)) this.#claim(stream);
    }
  }

  /** Packets of a leg's streams since it was counted last go into its counts of this second. */
  count(leg: LiveLeg): void {
    leg.counts.next();
    for (const [streamId, stream] of leg.streams) {
      if (stream.isOver) continue;
      const packets = this.#meter.packetsOf(streamId);
      leg.counts.now[stream.direction === 'inbound' ? 'rtpIn' : 'rtpOut'] += packets - stream.counted;
      if (packets > stream.counted) leg.passed(this.lastOf(stream));
      stream.counted = packets;
    }
  }

  /** When the last packet of a stream came, epoch seconds. */
  lastOf({ measured }: LiveStream): number {
    return this.#meter.lastAtOf(measured.streamId) ?? measured.lastAt;
  }

  /** What is to be told since this was asked last. */
  news(micros: number): ReadonlyMap<LiveLeg, Told> {
    this.poll();
    for (const leg of this.#legs) if (leg.farewell === undefined) this.#watch(leg, micros / 1e6);
    this.#unclaimed.forget(this.#streams, micros / 1e6);
    for (const [leg, { streams, intervals }] of this.#told) this.#describe(leg, streams, intervals);
    const told = this.#told;
    this.#told = new Map();
    return told;
  }

  /** Takes what the meter has. */
  poll(): void {
    const { begun, changed, ended, intervals } = this.#meter.takeLive();
    // What ends makes room for what it goes on as.
    for (const { streamId } of ended) this.#streams.get(streamId)?.leg?.owned.end(streamId);
    for (const measured of begun) this.#take(measured);
    for (const measured of [...changed, ...ended])
      (this.#streams.get(measured.streamId) ?? this.#take(measured)).measured = measured;
    for (const interval of intervals) this.#route(interval);
    for (const { streamId } of ended) this.#over(streamId);
  }

  #take(measured: MeasuredStream): LiveStream {
    const stream = newLiveStream(measured);
    this.#streams.set(measured.streamId, stream);
    this.#claim(stream);
    return stream;
  }

  #claim(stream: LiveStream): void {
    if (this.#isSurplus(stream)) return;
    const claim = this.#claims.of(stream.measured);
    // What was over before the leg began is none of its.
    if (claim === undefined || claim.leg.farewell !== undefined) return;
    if (stream.isOver && stream.measured.lastAt < claim.leg.startedAt) return;
    const { leg, direction, line, rank } = claim;
    if (this.#left.isOver(claim, stream.measured)) return;
    if (!stream.isOver && leg.owned.refuses(direction)) {
      stream.surplusOf = leg;
      this.#unclaimed.take(stream);
      return;
    }
    Object.assign(stream, { leg, direction, line, rank, before: undefined });
    leg.owned.take(stream);
    this.#control.forget();
    this.#seesBothWays ||= leg.owned.goesBothWays;
    for (const interval of this.#unclaimed.take(stream)) {
      if (endOf(interval) > leg.startedAt) this.#route(interval);
    }
    if (stream.isOver) this.#streams.delete(stream.measured.streamId);
  }

  #isSurplus({ surplusOf }: LiveStream): boolean {
    return surplusOf !== undefined && this.#legs.has(surplusOf);
  }

  #route(interval: MeasuredInterval): void {
    const stream = this.#streams.get(interval.streamId);
    if (stream === undefined || this.#isSurplus(stream)) return;
    const { leg } = stream;
    if (leg === undefined) this.#unclaimed.keep(stream, interval);
    else if (!isMedia(stream)) return;
    else if (leg.farewell !== undefined && endOf(interval) > leg.farewell.at)
      leg.farewell.slots.push({ stream, interval });
    else this.#put(leg, intervalTold(interval, stream, leg));
  }

  #put(leg: LiveLeg, interval: Interval): void {
    const told = this.#told.get(leg) ?? { streams: [], intervals: [] };
    this.#told.set(leg, told);
    told.intervals.push(interval);
    if (interval.startedAt > leg.watchedTo) leg.slots.add(interval.startedAt);
  }

  #over(streamId: string): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    stream.isOver = true;
    stream.leg?.owned.end(streamId);
    if (stream.leg !== undefined || stream.kept.size === 0) this.#streams.delete(streamId);
  }

  /** A slot in which nothing came of the whole leg is told by one of its streams: it was looked for. */
  #watch(leg: LiveLeg, now: number): void {
    const due = slotOf(now - this.#slotSeconds - LATE, this.#slotSeconds);
    let witness: LiveStream | undefined;
    leg.watchedTo = Math.max(leg.watchedTo, due - MOST_EMPTY * this.#slotSeconds);
    while (leg.watchedTo < due) {
      leg.watchedTo += this.#slotSeconds;
      if (leg.slots.delete(leg.watchedTo)) continue;
      witness ??= [...leg.streams.values()].findLast((stream) => isMedia(stream) && stream.measured.packets > 0);
      if (witness === undefined) continue;
      const empty = this.#empty(leg, witness, leg.watchedTo);
      if (empty.coveredSeconds > 0) this.#put(leg, empty);
    }
  }

  #empty(leg: LiveLeg, witness: LiveStream, startedAt: number): Interval {
    const { coveredSeconds, taint } = this.#meter.coverageOf(startedAt);
    const { streamId } = witness.measured;
    const slot = { streamId, startedAt, seconds: this.#slotSeconds, coveredSeconds };
    const observed = { ...slot, packets: 0, octets: 0, frames: 0, ...(taint && { taint }) };
    return intervalTold({ streamId, observed }, witness, leg);
  }

  /** The streams that intervals are of, where they are not known as they are now. */
  #describe(leg: LiveLeg, streams: Stream[], intervals: readonly Interval[]): void {
    for (const streamId of new Set(intervals.map((interval) => interval.streamId))) {
      const stream = leg.streams.get(streamId);
      if (stream === undefined) continue;
      const told = streamTold(stream, leg, { complete: this.#seesBothWays, lastOf: (one) => this.lastOf(one) });
      const text = JSON.stringify(told);
      if (stream.told !== text) streams.push(told);
      stream.told = text;
    }
  }

  /** Splits the streams that a leg, or any, has a claim to. */
  #split(leg: LiveLeg | undefined, wanted: (stream: LiveStream, rank: number) => boolean, micros: number): void {
    const split: string[] = [];
    for (const [streamId, stream] of this.#streams) {
      if (stream.isOver || (leg !== undefined && !mayMatch(leg.plan, stream.measured))) continue;
      const claim = this.#claims.of(stream.measured);
      if (claim !== undefined && (leg ?? claim.leg) === claim.leg && wanted(stream, claim.rank)) split.push(streamId);
    }
    this.#meter.split(split, micros);
    this.poll();
    for (const streamId of split) {
      const stream = this.#streams.get(streamId);
      if (stream !== undefined && !stream.isOver) this.#unown(stream);
    }
  }

  /** A stream that had no packet of its leg's yet is nobody's again. */
  #unown(stream: LiveStream): void {
    stream.leg?.owned.delete(stream);
    stream.leg = undefined;
    this.#claim(stream);
  }

  #enter(leg: LiveLeg): void {
    this.#claims.add(leg);
    this.#control.add(leg);
  }

  #leave(leg: LiveLeg): void {
    this.#claims.delete(leg);
    this.#control.delete(leg);
  }
}
