import type { SourceKind } from '../model/channel.ts';
import { OtherlegError } from '../model/error.ts';
import type { Series } from '../model/interval.ts';
import type { Leg, LegOnWire } from '../model/leg.ts';
import { type LegPatch, newLeg, patched } from './control.ts';
import { encodeCursors } from './cursors.ts';
import { countEnd, noEnds } from './end-counts.ts';
import { IntervalCounts } from './interval-counts.ts';
import { Journal } from './journal.ts';
import { KeyRing, type KeysTold, keyProblems } from './key-ring.ts';
import { latePatch } from './late-patch.ts';
import type { EndAsk, Ended, Legs, LegView, Measured, Put } from './leg.ts';
import { legEnd, tellEnd } from './leg-end.ts';
import { LegSources } from './leg-sources.ts';
import type { LegsParts } from './legs-parts.ts';
import {
  beginLive,
  closedLeg,
  goOn,
  heard,
  type LiveLeg,
  livedUntil,
  nameless,
  noteMeasured,
  patchLive,
  resumeLive,
  takePresence,
  wasSetBack,
} from './live-leg.ts';
import { type EndedLost, endLost, type LostLeg } from './lost-leg.ts';
import { MuteLegs } from './mute-legs.ts';
import { toldBy } from './on-wire.ts';
import { ownTime, pastOf, type ToldEnd, timeOf, toldEndOf, toldPatch } from './own-time.ts';
import { isMute, patienceWith } from './patience.ts';
import { endedLeg, unknownLeg } from './refusals.ts';
import { summed } from './summed.ts';
import { type Imported, takeImport } from './take-import.ts';
import { Turns } from './turns.ts';
import { written } from './written.ts';

/** What was measured of a leg, until `at` (its own time, epoch seconds). */
export type Before = Pick<Leg, 'ownTime'> & { readonly series: Series; readonly at: number };

/** `isReplaced`: its names are another leg's from now on. */
type Ending = EndAsk & ToldEnd & { readonly isReplaced?: true };

type Also = { readonly wire?: LegOnWire; readonly before?: Before };

/** The legs that this agent measures, and the way of each from its begin to its report. */
export class LiveLegs implements Legs {
  readonly #parts: LegsParts;
  readonly #journal: Journal;
  readonly #sources: LegSources;
  readonly #keys: KeyRing;
  readonly #live = new Map<string, LiveLeg>();
  readonly #turns = new Turns();
  readonly mute = new MuteLegs(this.#live, (mediaLegId) => this.endSilent(mediaLegId, 'no-media'));
  #accepting = true;
  readonly counters = { begun: 0, ended: 0, recovered: 0 };
  readonly ends = noEnds();
  readonly intervals: IntervalCounts;

  constructor(parts: LegsParts) {
    this.#parts = parts;
    this.#journal = new Journal(parts.store);
    this.#keys = parts.keys ?? new KeyRing();
    this.intervals = new IntervalCounts(parts.slotSeconds);
    this.#sources = new LegSources(parts.sources((kind) => ({ measured: (batch) => this.#told(kind, batch) })));
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** Takes up the legs that were live when this agent last ran. */
  async recover(): Promise<number> {
    for (const stored of await this.#parts.store.liveLegs(this.#parts.context().owner)) {
      const live = resumeLive(stored, this.#parts.slotSeconds);
      this.#live.set(stored.leg.mediaLegId, live);
      const isMoved = wasSetBack(live, this.#parts.clock.now());
      live.heardAt = this.#now(live.leg);
      this.#sources.resume(live, stored.series);
      if (isMoved) await this.#keepTime(live);
      this.counters.recovered += 1;
    }
    return this.#live.size;
  }

  /** The legs that are live here, as they stand. */
  *all(): IterableIterator<Leg> {
    for (const { leg } of this.#live.values()) yield leg;
  }

  /**
   * Begins or changes a leg. `wire`: not the control API tells, but the wire's own signalling; `before`: what was measured
   * of it under another id.
   */
  put(mediaLegId: string, patch: LegPatch, also: Also = {}): Promise<Put> {
    return this.#turns.take(mediaLegId, async () => {
      const stored = this.#live.get(mediaLegId)?.leg ?? (await this.#parts.store.leg({ mediaLegId }));
      const { now, startedAt, change } = toldPatch(stored, patch, this.#parts.clock.now(), also.before);
      if (stored?.state === 'ended') return { leg: await latePatch(this.#parts, stored, change, now), created: false };
      if (stored === undefined && !this.#accepting)
        throw new OtherlegError('DRAINING', 'the agent is stopping and takes no new legs');
      const context = this.#parts.context();
      const keys = keysTold(patch);
      const unusable = keyProblems(keys);
      const before = stored ?? { ...newLeg(mediaLegId, startedAt, context), ...timeOf(also.before) };
      const after = (leg: Leg): Leg => patched(toldBy(leg, change, also.wire), change, now, context);
      const { revision } = await written(this.#parts.store, before, after(before));
      // What was measured meanwhile has changed the leg as it was read.
      const leg = { ...after(this.#live.get(mediaLegId)?.leg ?? before), revision };
      if (unusable.length > 0) this.#parts.log.warn({ leg: mediaLegId, unusable }, 'keys that cannot be used');
      this.#keys.put(mediaLegId, keys);
      this.#follow(leg, now, also.before);
      const followed = this.#live.get(mediaLegId)?.leg ?? leg;
      if (stored === undefined) this.#begun(followed);
      else this.#parts.watch?.changed(followed);
      return { leg: followed, created: stored === undefined };
    });
  }

  async live(mediaLegId: string): Promise<Leg> {
    const live = this.#live.get(mediaLegId);
    if (live === undefined) {
      const stored = await this.#parts.store.leg({ mediaLegId });
      throw stored === undefined ? unknownLeg(mediaLegId) : endedLeg(mediaLegId);
    }
    live.heardAt = this.#now(live.leg);
    return live.leg;
  }

  /** Media or reports of a leg were seen at a time (epoch seconds), although there may be nothing to measure in them. */
  heard(mediaLegId: string, at: number): void {
    const live = this.#live.get(mediaLegId);
    if (live !== undefined) heard(live, pastOf(live.leg, at, this.#parts.clock.now()));
  }

  committed(): Promise<void> {
    return this.#journal.committed();
  }

  end(mediaLegId: string, ask: Ending): Promise<Ended> {
    return this.#turns.take(mediaLegId, async () => {
      const live = this.#live.get(mediaLegId);
      if (live === undefined) return this.#endedBefore(mediaLegId);
      const told = toldEndOf(live.leg, ask, this.#parts.clock.now());
      live.isReleased = true;
      await this.#sources.release(mediaLegId, told);
      try {
        return await this.#close(live, ask.endedAt === undefined ? livedUntil(live, told) : told, ask);
      } catch (error) {
        await this.#followAgain(live, told);
        throw error;
      }
    });
  }

  /** What Webex measured of an ended leg that waits for it, or that nothing of it will come: its report can go out. */
  imported(mediaLegId: string, quality: Imported | undefined): Promise<Leg | undefined> {
    return this.#turns.take(mediaLegId, () => takeImport(this.#parts, mediaLegId, quality));
  }

  /** Ends a live leg of an agent that is gone; see `endLost`. */
  endLost(lost: LostLeg, end: (ended: EndedLost) => Promise<boolean>): Promise<boolean> {
    return endLost(this.#parts, lost, end);
  }

  async view(mediaLegId: string): Promise<LegView> {
    const { leg, to } = await this.standing(mediaLegId);
    return summed(leg, await this.#parts.store.series(leg.mediaLegId), to);
  }

  /** What `view` is made of, beside the series, which is on disk up to `to` (the leg's own time, epoch seconds). */
  async standing(mediaLegId: string): Promise<{ readonly leg: Leg; readonly to: number }> {
    const live = this.#live.get(mediaLegId);
    if (live !== undefined) {
      this.#journal.addPresence(takePresence(live, this.#now(live.leg)));
      await this.#journal.flush();
    }
    const leg = live?.leg ?? (await this.#parts.store.leg({ mediaLegId }));
    if (leg === undefined) throw unknownLeg(mediaLegId);
    return { leg, to: leg.endedAt ?? this.#until(mediaLegId) };
  }

  /** The body as it went or waits to go out; of a leg without one, as it would be now. */
  async body(mediaLegId: string): Promise<string | undefined> {
    const owed = await this.#parts.store.report(mediaLegId);
    if (owed !== undefined) return owed.body;
    const { leg, channels } = await this.view(mediaLegId);
    return this.#parts.draftOf(leg, channels);
  }

  /** Closes the slot that is over: presence of every live leg goes to disk, idle legs end. */
  async tick(): Promise<void> {
    await this.stop();
    const silence = ({ leg, heardAt }: LiveLeg): number => this.#now(leg) - heardAt;
    const idle = [...this.#live.values()].filter((live) => silence(live) >= patienceWith(live, this.#parts));
    for (const live of idle) await this.endSilent(live.leg.mediaLegId, isMute(live) ? 'no-media' : 'idle');
  }

  /** Writes what the sources have told by now. */
  async write(): Promise<void> {
    await this.#journal.flush();
  }

  /** The clock was set forward (or back, below 0) by so many seconds: each leg goes on by its own time, at once. */
  async clockSet(seconds: number): Promise<void> {
    for (const live of this.#live.values()) {
      goOn(live, seconds, this.#parts.clock.now());
      if (!live.isReleased) this.#sources.follow(live.leg);
    }
    await Promise.allSettled([...this.#live.values()].map((live) => this.#keepTime(live)));
  }

  /** What the next run takes up, too. */
  #keepTime(live: LiveLeg): Promise<void> {
    return this.#turns.take(live.leg.mediaLegId, async () => {
      if (!this.#live.has(live.leg.mediaLegId)) return;
      const { revision } = await written(this.#parts.store, live.leg, live.leg);
      live.leg = { ...live.leg, revision };
    });
  }

  #now(leg: Pick<Leg, 'ownTime'>): number {
    return ownTime(leg, this.#parts.clock.now());
  }

  /** Ends a live leg when it was last heard of: nobody tells when it was over. */
  async endSilent(mediaLegId: string, reason: string): Promise<void> {
    const live = this.#live.get(mediaLegId);
    if (live === undefined) return;
    const endedAt = Math.max(live.heardAt, live.leg.startedAt);
    const nothing = reason === 'no-media' ? { report: false } : {};
    await this.end(mediaLegId, { endedAt, isOwn: true, reason, ...nothing });
  }

  /** Ends a live leg that another takes the place of, and answers what was measured of it until then. */
  async retire(mediaLegId: string): Promise<Before> {
    const time = timeOf(this.#live.get(mediaLegId)?.leg);
    const at = this.#now(time);
    await this.end(mediaLegId, { endedAt: at, isOwn: true, reason: 'replaced', report: false, isReplaced: true });
    return { ...time, series: await this.#parts.store.series(mediaLegId), at };
  }

  /** New legs are refused from now on; those there are may still be told of and ended. */
  refuseNew(): void {
    this.#accepting = false;
  }

  /** Ends every live leg, as when the agent stops for good; how many could not be ended. */
  async endAll(reason: string): Promise<number> {
    const ends = await Promise.allSettled([...this.#live.keys()].map((id) => this.end(id, { reason })));
    return ends.filter(({ status }) => status === 'rejected').length;
  }

  /** Writes what is measured; live legs are taken up again by the next run. */
  async stop(): Promise<void> {
    for (const live of this.#live.values()) this.#journal.addPresence(takePresence(live, this.#now(live.leg)));
    await this.#journal.flush();
  }

  /** Counted are the sources' own words alone: what a leg takes over from another was counted there. */
  #told(kind: SourceKind, batch: Measured): void {
    this.#measured(kind, batch);
    const live = this.#live.get(batch.mediaLegId);
    if (live !== undefined) this.intervals.take(live, kind, batch, live.leg.ownTime?.offset);
  }

  #measured(kind: SourceKind, { cursor, ...batch }: Measured): void {
    const live = this.#live.get(batch.mediaLegId);
    if (live === undefined) return;
    noteMeasured(live, batch, this.#now(live.leg));
    this.#parts.watch?.measured(live, batch);
    if (cursor) live.cursors.set(kind, cursor);
    this.#journal.add({ ...batch, ...(cursor && { cursor: encodeCursors(live.cursors) }) });
  }

  /** The end could not be written: the leg goes on as if nobody had asked, with what its sources had told. */
  async #followAgain(live: LiveLeg, at: number): Promise<void> {
    const { mediaLegId } = live.leg;
    const stored = await this.#parts.store
      .series(mediaLegId)
      .catch(() => ({ mediaLegId, streams: [], intervals: [], presence: [] }));
    live.isReleased = false;
    this.#sources.resume(live, this.#journal.over(stored), at);
  }

  #until(mediaLegId: string): number {
    const live = this.#live.get(mediaLegId);
    return live === undefined ? this.#parts.clock.now() : livedUntil(live, this.#now(live.leg));
  }

  #follow(leg: Leg, now: number, before?: Before): void {
    const live = this.#live.get(leg.mediaLegId) ?? beginLive(leg, this.#parts.slotSeconds, now);
    if (this.#live.has(leg.mediaLegId)) patchLive(live, leg, now);
    else this.#live.set(leg.mediaLegId, live);
    if (before !== undefined) {
      this.#measured('capture', before.series);
      this.#sources.resume(live, before.series, before.at);
    } else this.#sources.follow(leg);
  }

  #begun(leg: Leg): void {
    this.counters.begun += 1;
    this.#parts.watch?.began(leg);
    const { mediaLegId, control, device } = leg;
    this.#parts.log.info({ leg: mediaLegId, call: control.callChainId, device: device.name }, 'leg began');
  }

  async #close(live: LiveLeg, endedAt: number, ask: Ending): Promise<Ended> {
    this.#journal.addPresence(takePresence(live, endedAt));
    await this.#journal.flush();
    const over = closedLeg(live, endedAt, ask.reason ?? 'ended');
    const view = await this.#summed(ask.isReplaced ? nameless(over) : over);
    const { leg, owed, shown } = legEnd(this.#parts, view, ask);
    const delivery = await this.#parts.store.endLeg(leg, owed);
    this.#live.delete(leg.mediaLegId);
    this.intervals.end(live, leg.mediaLegId);
    this.#keys.forget(leg.mediaLegId);
    this.counters.ended += 1;
    countEnd(this.ends, leg.endReason);
    tellEnd(this.#parts, leg, delivery);
    return { mediaLegId: leg.mediaLegId, ...(shown === undefined ? {} : { body: shown }), delivery };
  }

  async #endedBefore(mediaLegId: string): Promise<Ended> {
    const leg = await this.#parts.store.leg({ mediaLegId });
    if (leg === undefined) throw unknownLeg(mediaLegId);
    const body = await this.body(mediaLegId);
    return { mediaLegId, ...(body === undefined ? {} : { body }), delivery: leg.delivery };
  }

  async #summed(leg: Leg): Promise<LegView> {
    const series = await this.#parts.store.series(leg.mediaLegId);
    return summed(leg, series, leg.endedAt ?? this.#until(leg.mediaLegId));
  }
}

const keysTold = ({ sdp, keys }: LegPatch): KeysTold => ({ ...(sdp && { sdp }), ...(keys && { channels: keys }) });
