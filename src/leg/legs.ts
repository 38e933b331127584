import { severity } from '../correlate/severity.ts';
import type { SourceKind } from '../model/channel.ts';
import type { Clock } from '../model/clock.ts';
import type { DeliveryState, Report } from '../model/delivery.ts';
import { OtherlegError } from '../model/error.ts';
import type { ChannelSummary } from '../model/figures.ts';
import type { Series } from '../model/interval.ts';
import type { Leg } from '../model/leg.ts';
import { summarize } from '../quality/summary.ts';
import type { Store } from '../store/store.ts';
import { assignChannels } from './assign.ts';
import { type ControlContext, type LegPatch, newLeg, patched } from './control.ts';
import { encodeCursors } from './cursors.ts';
import { Journal } from './journal.ts';
import type { EndAsk, Ended, Legs, LegView, Measured, Sink, Source } from './leg.ts';
import { withinLife } from './life.ts';
import {
  beginLive,
  closedLeg,
  type LiveLeg,
  livedUntil,
  noteMeasured,
  patchLive,
  resumeLive,
  takePresence,
} from './live-leg.ts';
import { toldChange, toldEnd, toldStart } from './times.ts';
import { Turns } from './turns.ts';

export type LegsParts = {
  readonly store: Store;
  readonly clock: Clock;
  /** Called once with the sinks that the sources then fill, one of its own for each kind. */
  readonly sources: (sinkOf: (kind: SourceKind) => Sink) => readonly Source[];
  readonly context: () => ControlContext;
  /** The body that a leg's figures make, or undefined where none may go out yet. */
  readonly reportOf: (leg: Leg, channels: readonly ChannelSummary[]) => string | undefined;
  /** The same for reading, with whatever identifiers there are. */
  readonly draftOf: (leg: Leg, channels: readonly ChannelSummary[]) => string | undefined;
  readonly slotSeconds: number;
  /** A controlled leg without any sign of life ends after this. Seconds. */
  readonly idleSeconds: number;
  /** A report was queued: whoever delivers may look. */
  readonly onQueued: () => void;
  readonly log: LegsLog;
};

/** What the room says to operators; keys as in docs. */
export interface LegsLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** The legs that this agent measures, and the way of each from its begin to its report. */
export class LiveLegs implements Legs {
  readonly #parts: LegsParts;
  readonly #journal: Journal;
  readonly #sources: readonly Source[];
  readonly #live = new Map<string, LiveLeg>();
  readonly #turns = new Turns();
  #accepting = true;
  readonly counters = { begun: 0, ended: 0, recovered: 0, unassigned: 0 };

  constructor(parts: LegsParts) {
    this.#parts = parts;
    this.#journal = new Journal(parts.store);
    this.#sources = parts.sources((kind) => ({ measured: (batch) => this.#measured(kind, batch) }));
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

  put(mediaLegId: string, patch: LegPatch): Promise<{ leg: Leg; created: boolean }> {
    return this.#turns.take(mediaLegId, async () => {
      const now = this.#parts.clock.now();
      const startedAt = toldStart(patch.startedAt ?? now, now);
      const at = toldChange(patch.at, now);
      const change = at === undefined ? patch : { ...patch, at };
      const stored = this.#live.get(mediaLegId)?.leg ?? (await this.#parts.store.leg({ mediaLegId }));
      if (stored?.state === 'ended') return { leg: await this.#complete(stored, change, now), created: false };
      if (stored === undefined && !this.#accepting)
        throw new OtherlegError('DRAINING', 'the agent is stopping and takes no new legs');
      const context = this.#parts.context();
      const before = stored ?? newLeg(mediaLegId, startedAt, context);
      const { revision } = await this.#write(before, patched(before, change, now, context));
      // What was measured meanwhile has changed the leg as it was read.
      const current = this.#live.get(mediaLegId)?.leg ?? before;
      const leg = { ...patched(current, change, now, context), revision };
      this.#follow(leg, now);
      if (stored === undefined) this.#begun(leg);
      return { leg: this.#live.get(mediaLegId)?.leg ?? leg, created: stored === undefined };
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

  committed(): Promise<void> {
    return this.#journal.committed();
  }

  end(mediaLegId: string, ask: EndAsk): Promise<Ended> {
    return this.#turns.take(mediaLegId, async () => {
      const live = this.#live.get(mediaLegId);
      if (live === undefined) return this.#endedBefore(mediaLegId);
      const now = this.#parts.clock.now();
      const told = toldEnd(ask.endedAt, live.leg.startedAt, now);
      await Promise.all(this.#sources.map((source) => source.release(mediaLegId, told)));
      try {
        return await this.#close(live, ask.endedAt === undefined ? livedUntil(live, told) : told, ask);
      } catch (error) {
        await this.#followAgain(live);
        throw error;
      }
    });
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
    const idle = [...this.#live.values()].filter((live) => now - live.heardAt >= this.#parts.idleSeconds);
    for (const { leg, heardAt } of idle) {
      await this.end(leg.mediaLegId, { endedAt: Math.max(heardAt, leg.startedAt), reason: 'idle' });
    }
  }

  /** New legs are refused from now on; those there are may still be told of and ended. */
  refuseNew(): void {
    this.#accepting = false;
  }

  /** Ends every live leg, as when the agent stops for good. */
  async endAll(reason: string): Promise<void> {
    await Promise.all([...this.#live.keys()].map((mediaLegId) => this.end(mediaLegId, { reason })));
  }

  /** Writes what is measured; live legs are taken up again by the next run. */
  async stop(): Promise<void> {
    const now = this.#parts.clock.now();
    for (const live of this.#live.values()) this.#journal.addPresence(takePresence(live, now));
    await this.#journal.flush();
  }

  #measured(kind: SourceKind, { cursor, ...batch }: Measured): void {
    const live = this.#live.get(batch.mediaLegId);
    if (live === undefined) return;
    noteMeasured(live, batch, this.#parts.clock.now());
    if (cursor) live.cursors.set(kind, cursor);
    this.#journal.add({ ...batch, ...(cursor && { cursor: encodeCursors(live.cursors) }) });
  }

  /** The end could not be written: the leg goes on as if nobody had asked, with what its sources had told. */
  async #followAgain(live: LiveLeg): Promise<void> {
    const { mediaLegId } = live.leg;
    const stored = await this.#parts.store
      .series(mediaLegId)
      .catch(() => ({ mediaLegId, streams: [], intervals: [], presence: [] }));
    this.#resume(live, this.#journal.over(stored));
  }

  #resume({ leg, cursors }: LiveLeg, series: Series): void {
    for (const source of this.#sourcesOf(leg)) {
      const cursor = cursors.get(source.kind);
      source.follow(leg, { series, ...(cursor && { cursor }) });
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

  #follow(leg: Leg, now: number): void {
    const live = this.#live.get(leg.mediaLegId);
    if (live === undefined) {
      this.#live.set(leg.mediaLegId, beginLive(leg, this.#parts.slotSeconds, now));
    } else {
      patchLive(live, leg, now);
    }
    for (const source of this.#sourcesOf(leg)) source.follow(leg);
  }

  #begun(leg: Leg): void {
    this.counters.begun += 1;
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

  async #close(live: LiveLeg, endedAt: number, ask: EndAsk): Promise<Ended> {
    this.#journal.addPresence(takePresence(live, endedAt));
    await this.#journal.flush();
    const { leg, channels } = await this.#summed(closedLeg(live, endedAt, ask.reason ?? 'ended'));
    const body = this.#parts.reportOf(leg, channels);
    const worst = severity(channels)?.severity;
    const delivery = owedState(ask, channels, body);
    const closed = { ...leg, delivery, ...(worst === undefined ? {} : { severity: worst }) };
    const report = delivery.state === 'queued' && body !== undefined ? this.#report(closed, body) : undefined;
    const state = await this.#parts.store.endLeg(closed, report === undefined ? {} : { report });
    this.#live.delete(leg.mediaLegId);
    this.#endedNow(closed, state);
    const shown = body ?? this.#parts.draftOf(closed, channels);
    return { mediaLegId: leg.mediaLegId, ...(shown === undefined ? {} : { body: shown }), delivery: state };
  }

  #endedNow(leg: Leg, delivery: DeliveryState): void {
    this.counters.ended += 1;
    if (delivery.state === 'queued') this.#parts.onQueued();
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

  /** A patch after the end: late identifiers or the right tenant make the report go out, or go out again. */
  async #complete(before: Leg, patch: LegPatch, now: number): Promise<Leg> {
    const leg = patched(before, patch, now, this.#parts.context());
    if (leg.endedAt !== undefined && leg.startedAt > leg.endedAt) toldEnd(leg.endedAt, leg.startedAt, now);
    const body = mayGoOut(before, leg) ? await this.#bodyOf(leg) : undefined;
    if (body === undefined) return this.#write(before, leg);
    // Leg and report in one transaction: after a crash in between nobody would ask for the report again.
    const delivery = await this.#parts.store.completeLeg(leg, this.#report(leg, body));
    if (delivery.state === 'queued') this.#parts.onQueued();
    return { ...leg, delivery };
  }

  async #bodyOf(leg: Leg): Promise<string | undefined> {
    const { channels } = await this.#summed(leg);
    return this.#parts.reportOf(leg, channels);
  }

  #report(leg: Leg, body: string): Report {
    const { mediaLegId, tenantId = '', control } = leg;
    return { mediaLegId, tenantId, callChainId: control.callChainId ?? '', body, createdAt: this.#parts.clock.now() };
  }

  async #summed(leg: Leg): Promise<LegView> {
    const series = await this.#parts.store.series(leg.mediaLegId);
    const { assignment, channels } = assignChannels(leg, series.streams);
    const life = { from: leg.startedAt, to: leg.endedAt ?? this.#until(leg.mediaLegId) };
    const counted = withinLife(series, channels, life);
    return { leg, channels: summarize({ series: counted, assignment, channels }), series: counted, assignment };
  }
}

const unknownLeg = (mediaLegId: string): OtherlegError =>
  new OtherlegError('LEG_UNKNOWN', `no leg ${mediaLegId}`, { hint: 'begin it with PUT /v1/legs/{mediaLegId}' });

const endedLeg = (mediaLegId: string): OtherlegError =>
  new OtherlegError('LEG_ENDED', `leg ${mediaLegId} has ended`, {
    hint: 'a new call is a new leg with a mediaLegId of its own',
  });

const identityChanged = (a: Leg, b: Leg): boolean =>
  a.control.callChainId !== b.control.callChainId ||
  a.control.participantId !== b.control.participantId ||
  a.tenantId !== b.tenantId;

/** A report that waits goes out as soon as it can; one that went or was refused, only for another call or tenant. */
function mayGoOut(before: Leg, after: Leg): boolean {
  const { state, reason } = before.delivery;
  if (reason === 'discarded' || reason === 'nothing-measured' || state === 'delivered') return false;
  return state === 'waiting' || identityChanged(before, after);
}

function owedState(ask: EndAsk, channels: readonly ChannelSummary[], body: string | undefined): DeliveryState {
  if (ask.report === false) return { state: 'none', reason: 'discarded' };
  if (channels.length === 0) return { state: 'none', reason: 'nothing-measured' };
  return { state: body === undefined ? 'waiting' : 'queued' };
}
