import type { SourceKind } from '../model/channel.ts';
import type { DeliveryState } from '../model/delivery.ts';
import { OtherlegError } from '../model/error.ts';
import type { Series } from '../model/interval.ts';
import type { Leg, LegOnWire } from '../model/leg.ts';
import { WEBEX_IMPORT, wantsImport } from './awaited-import.ts';
import { type LegPatch, newLeg, patched } from './control.ts';
import { encodeCursors } from './cursors.ts';
import { countEnd, noEnds } from './end-counts.ts';
import { IntervalCounts } from './interval-counts.ts';
import { Journal } from './journal.ts';
import { judgedEnd } from './judged-end.ts';
import { KeyRing, type KeysTold, keyProblems } from './key-ring.ts';
import { lateImport } from './late-import.ts';
import type { EndAsk, Ended, Legs, LegView, Measured, Put, Source } from './leg.ts';
import type { LegsParts } from './legs-parts.ts';
import {
  beginLive,
  closedLeg,
  heard,
  type LiveLeg,
  livedUntil,
  moveOn,
  nameless,
  noteMeasured,
  patchLive,
  resumeLive,
  takePresence,
} from './live-leg.ts';
import { type EndedLost, endLost, type LostLeg } from './lost-leg.ts';
import { toldBy } from './on-wire.ts';
import { mayGoOut, owedState, recordOwed, reportOf } from './owed.ts';
import { isMute, patienceWith } from './patience.ts';
import { endedLeg, unknownLeg } from './refusals.ts';
import { summed } from './summed.ts';
import { type Imported, takeImport } from './take-import.ts';
import { toldChange, toldEnd, toldStart } from './times.ts';
import { Turns } from './turns.ts';

/** What was measured of a leg, until `at` (epoch seconds). */
export type Before = { readonly series: Series; readonly at: number };

/** `isReplaced`: its names are another leg's from now on. */
type Ending = EndAsk & { readonly isReplaced?: true };

type Also = { readonly wire?: LegOnWire; readonly before?: Before };

/** The legs that this agent measures, and the way of each from its begin to its report. */
export class LiveLegs implements Legs {
  readonly #parts: LegsParts;
  readonly #journal: Journal;
  readonly #sources: readonly Source[];
  readonly #keys: KeyRing;
  readonly #live = new Map<string, LiveLeg>();
  readonly #turns = new Turns();
  readonly #dropping = new Set<string>();
  #accepting = true;
  readonly counters = { begun: 0, ended: 0, recovered: 0, unassigned: 0 };
  readonly ends = noEnds();
  readonly intervals: IntervalCounts;

  constructor(parts: LegsParts) {
    this.#parts = parts;
    this.#journal = new Journal(parts.store);
    this.#keys = parts.keys ?? new KeyRing();
    this.intervals = new IntervalCounts(parts.slotSeconds);
    this.#sources = parts.sources((kind) => ({ measured: (batch) => this.#told(kind, batch) }));
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** Takes up the legs that were live when this agent last ran. */
  async recover(): Promise<number> {
    for (const stored of await this.#parts.store.liveLegs(this.#parts.context().owner)) {
      const live = resumeLive(stored, this.#parts.slotSeconds);
      live.heardAt = this.#parts.clock.now();
      this.#live.set(stored.leg.mediaLegId, live);
      this.#resume(live, stored.series);
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
      const now = this.#parts.clock.now();
      const startedAt = toldStart(patch.startedAt ?? now, now);
      const at = toldChange(patch.at, now);
      const change = at === undefined ? patch : { ...patch, at };
      const stored = this.#live.get(mediaLegId)?.leg ?? (await this.#parts.store.leg({ mediaLegId }));
      if (stored?.state === 'ended') return { leg: await this.#completed(stored, change, now), created: false };
      if (stored === undefined && !this.#accepting)
        throw new OtherlegError('DRAINING', 'the agent is stopping and takes no new legs');
      const context = this.#parts.context();
      const keys = keysTold(patch);
      const unusable = keyProblems(keys);
      const before = stored ?? newLeg(mediaLegId, startedAt, context);
      const after = (leg: Leg): Leg => patched(toldBy(leg, change, also.wire), change, now, context);
      const { revision } = await this.#write(before, after(before));
      // What was measured meanwhile has changed the leg as it was read.
      const leg = { ...after(this.#live.get(mediaLegId)?.leg ?? before), revision };
      if (unusable.length > 0) this.#parts.log.warn({ leg: mediaLegId, unusable }, 'keys that cannot be used');
      this.#keys.put(mediaLegId, keys);
      this.#follow(leg, now, also.before);
      const told = this.#live.get(mediaLegId)?.leg ?? leg;
      if (stored === undefined) this.#begun(told);
      else this.#parts.watch?.changed(told);
      return { leg: told, created: stored === undefined };
    });
  }

  async live(mediaLegId: string): Promise<Leg> {
    const live = this.#live.get(mediaLegId);
    if (live === undefined) {
      const stored = await this.#parts.store.leg({ mediaLegId });
      throw stored === undefined ? unknownLeg(mediaLegId) : endedLeg(mediaLegId);
    }
    live.heardAt = this.#parts.clock.now();
    return live.leg;
  }

  /** Media or reports of a leg were seen at a time (epoch seconds), although there may be nothing to measure in them. */
  heard(mediaLegId: string, at: number): void {
    const live = this.#live.get(mediaLegId);
    if (live !== undefined) heard(live, Math.min(at, this.#parts.clock.now()));
  }

  committed(): Promise<void> {
    return this.#journal.committed();
  }

  end(mediaLegId: string, ask: Ending): Promise<Ended> {
    return this.#turns.take(mediaLegId, async () => {
      const live = this.#live.get(mediaLegId);
      if (live === undefined) return this.#endedBefore(mediaLegId);
      const now = this.#parts.clock.now();
      const told = toldEnd(ask.endedAt, live.leg.startedAt, now);
      await Promise.all(this.#sources.map((source) => source.release(mediaLegId, told)));
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
    const live = this.#live.get(mediaLegId);
    if (live !== undefined) {
      this.#journal.addPresence(takePresence(live, this.#parts.clock.now()));
      await this.#journal.flush();
    }
    const leg = live?.leg ?? (await this.#parts.store.leg({ mediaLegId }));
    if (leg === undefined) throw unknownLeg(mediaLegId);
    return this.#summed(leg);
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
    const now = this.#parts.clock.now();
    for (const live of this.#live.values()) this.#journal.addPresence(takePresence(live, now));
    await this.#journal.flush();
    const idle = [...this.#live.values()].filter((live) => now - live.heardAt >= patienceWith(live, this.#parts));
    for (const live of idle) await this.endSilent(live.leg.mediaLegId, isMute(live) ? 'no-media' : 'idle');
  }

  /** Writes what the sources have told by now. */
  async write(): Promise<void> {
    await this.#journal.flush();
  }

  /** How many legs are live that nobody controls and of which no packet was seen. */
  get muteCount(): number {
    return [...this.#live.values()].filter(isMute).length;
  }

  /** Ends the one of them that began first; false if there is none. */
  async endMute(): Promise<boolean> {
    for (const live of this.#live.values()) {
      const { mediaLegId } = live.leg;
      if (!isMute(live) || this.#dropping.has(mediaLegId)) continue;
      this.#dropping.add(mediaLegId);
      await this.endSilent(mediaLegId, 'no-media').finally(() => this.#dropping.delete(mediaLegId));
      return true;
    }
    return false;
  }

  /** The clock was set forward (or back, below 0) by so many seconds: nobody was silent, and no channel lasted, for that time. */
  async clockSet(seconds: number): Promise<void> {
    const now = this.#parts.clock.now();
    for (const live of this.#live.values()) moveOn(live, seconds, now);
    if (seconds <= 0) return;
    await Promise.allSettled([...this.#live.values()].map((live) => this.#keepChannels(live)));
  }

  /** What the next run takes up, too. */
  #keepChannels(live: LiveLeg): Promise<void> {
    return this.#turns.take(live.leg.mediaLegId, async () => {
      if (!this.#live.has(live.leg.mediaLegId)) return;
      const { revision } = await this.#write(live.leg, live.leg);
      live.leg = { ...live.leg, revision };
    });
  }

  /** Ends a live leg when it was last heard of: nobody tells when it was over. */
  async endSilent(mediaLegId: string, reason: string): Promise<void> {
    const live = this.#live.get(mediaLegId);
    if (live === undefined) return;
    const endedAt = Math.max(live.heardAt, live.leg.startedAt);
    // Of a leg that began before the clock was set back nobody can say when it was last heard of.
    const known = endedAt <= this.#parts.clock.now();
    const nothing = reason === 'no-media' ? { report: false } : {};
    await this.end(mediaLegId, { ...(known && { endedAt }), reason, ...nothing });
  }

  /** Ends a live leg that another takes the place of, and answers what was measured of it until then. */
  async retire(mediaLegId: string): Promise<Before> {
    const at = this.#parts.clock.now();
    await this.end(mediaLegId, { endedAt: at, reason: 'replaced', report: false, isReplaced: true });
    return { series: await this.#parts.store.series(mediaLegId), at };
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
    const now = this.#parts.clock.now();
    for (const live of this.#live.values()) this.#journal.addPresence(takePresence(live, now));
    await this.#journal.flush();
  }

  /** Counted are the sources' own words alone: what a leg takes over from another was counted there. */
  #told(kind: SourceKind, batch: Measured): void {
    this.#measured(kind, batch);
    const live = this.#live.get(batch.mediaLegId);
    if (live !== undefined) this.intervals.take(live, kind, batch);
  }

  #measured(kind: SourceKind, { cursor, ...batch }: Measured): void {
    const live = this.#live.get(batch.mediaLegId);
    if (live === undefined) return;
    noteMeasured(live, batch, this.#parts.clock.now());
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
    this.#resume(live, this.#journal.over(stored), at);
  }

  #resume({ leg, cursors }: LiveLeg, series: Series, at?: number): void {
    for (const source of this.#sourcesOf(leg)) {
      const cursor = cursors.get(source.kind);
      source.follow(leg, { series, ...(cursor && { cursor }), ...(at === undefined ? {} : { at }) });
    }
  }

  #until(mediaLegId: string): number {
    const now = this.#parts.clock.now();
    const live = this.#live.get(mediaLegId);
    return live === undefined ? now : livedUntil(live, now);
  }

  #sourcesOf(leg: Leg): readonly Source[] {
    const wanted = leg.control.sources ?? leg.device.sources;
    return wanted === undefined ? this.#sources : this.#sources.filter(({ kind }) => wanted.includes(kind));
  }

  #follow(leg: Leg, now: number, before?: Before): void {
    const live = this.#live.get(leg.mediaLegId) ?? beginLive(leg, this.#parts.slotSeconds, now);
    if (this.#live.has(leg.mediaLegId)) patchLive(live, leg, now);
    else this.#live.set(leg.mediaLegId, live);
    if (before !== undefined) {
      this.#measured('capture', before.series);
      this.#resume(live, before.series, before.at);
    } else for (const source of this.#sourcesOf(leg)) source.follow(leg);
  }

  #begun(leg: Leg): void {
    this.counters.begun += 1;
    this.#parts.watch?.began(leg);
    const { mediaLegId, control, device } = leg;
    this.#parts.log.info({ leg: mediaLegId, call: control.callChainId, device: device.name }, 'leg began');
  }

  /** Writes under the revision that was read; the store is this agent's own, so a conflict is another writer's. */
  async #write(before: Leg, after: Leg): Promise<Leg> {
    if (await this.#parts.store.putLeg(after, before.revision)) return { ...after, revision: before.revision + 1 };
    throw new OtherlegError('STORE_FAILED', `leg ${after.mediaLegId} was changed by somebody else meanwhile`, {
      hint: 'send the request again',
    });
  }

  async #close(live: LiveLeg, endedAt: number, ask: Ending): Promise<Ended> {
    this.#journal.addPresence(takePresence(live, endedAt));
    await this.#journal.flush();
    const over = closedLeg(live, endedAt, ask.reason ?? 'ended');
    const view = await this.#summed(ask.isReplaced ? nameless(over) : over);
    const { leg, channels } = view;
    const body = this.#parts.reportOf(leg, channels);
    const awaitsImport = this.#parts.imports !== undefined && wantsImport(leg);
    const delivery = owedState({ ...ask, awaitsImport }, channels, body);
    const closed = { ...judgedEnd(view, this.#parts), delivery };
    const report =
      delivery.state === 'queued' && body !== undefined ? reportOf(closed, body, this.#parts.clock.now()) : undefined;
    const state = await this.#parts.store.endLeg(closed, {
      ...(report && { report }),
      ...recordOwed(closed, this.#parts),
    });
    this.#live.delete(leg.mediaLegId);
    this.intervals.end(live, leg.mediaLegId);
    this.#keys.forget(leg.mediaLegId);
    this.#endedNow(closed, state);
    const shown = body ?? this.#parts.draftOf(closed, channels);
    return { mediaLegId: leg.mediaLegId, ...(shown === undefined ? {} : { body: shown }), delivery: state };
  }

  #endedNow(leg: Leg, delivery: DeliveryState): void {
    this.counters.ended += 1;
    countEnd(this.ends, leg.endReason);
    this.#parts.watch?.ended({ ...leg, delivery });
    if (delivery.state === 'queued') this.#parts.onQueued();
    if (delivery.reason === WEBEX_IMPORT) this.#parts.imports?.onAwaited(leg);
    this.#parts.callRecords?.onOwed();
    const seconds = Math.round((leg.endedAt ?? leg.startedAt) - leg.startedAt);
    const fields = { leg: leg.mediaLegId, call: leg.control.callChainId, reason: leg.endReason, seconds };
    this.#parts.log.info({ ...fields, severity: leg.severity, delivery: delivery.state }, 'leg ended');
  }

  async #endedBefore(mediaLegId: string): Promise<Ended> {
    const leg = await this.#parts.store.leg({ mediaLegId });
    if (leg === undefined) throw unknownLeg(mediaLegId);
    const body = await this.body(mediaLegId);
    return { mediaLegId, ...(body === undefined ? {} : { body }), delivery: leg.delivery };
  }

  async #completed(before: Leg, patch: LegPatch, now: number): Promise<Leg> {
    const leg = await this.#complete(before, patch, now);
    this.#parts.watch?.changed(leg);
    return leg;
  }

  /** A patch after the end: late identifiers or the right tenant make the report go out, or go out again. */
  async #complete(before: Leg, patch: LegPatch, now: number): Promise<Leg> {
    const leg = patched(before, patch, now, this.#parts.context());
    if (leg.endedAt !== undefined && leg.startedAt > leg.endedAt) toldEnd(leg.endedAt, leg.startedAt, now);
    const awaited = await lateImport(this.#parts, before, leg);
    if (awaited !== undefined) return awaited;
    const body = mayGoOut(before, leg) ? await this.#bodyOf(leg) : undefined;
    if (body === undefined) return this.#write(before, leg);
    // Leg and report in one transaction: after a crash in between nobody would ask for the report again.
    const { callRecord } = recordOwed(leg, this.#parts);
    const delivery = await this.#parts.store.completeLeg(leg, reportOf(leg, body, now), callRecord);
    this.#parts.callRecords?.onOwed();
    if (delivery.state === 'queued') this.#parts.onQueued();
    return { ...leg, delivery };
  }

  async #bodyOf(leg: Leg): Promise<string | undefined> {
    const { channels } = await this.#summed(leg);
    return this.#parts.reportOf(leg, channels);
  }

  async #summed(leg: Leg): Promise<LegView> {
    const series = await this.#parts.store.series(leg.mediaLegId);
    return summed(leg, series, leg.endedAt ?? this.#until(leg.mediaLegId));
  }
}

const keysTold = ({ sdp, keys }: LegPatch): KeysTold => ({ ...(sdp && { sdp }), ...(keys && { channels: keys }) });
