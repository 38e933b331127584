import { severity } from '../correlate/severity.ts';
import type { SourceKind } from '../model/channel.ts';
import type { Clock } from '../model/clock.ts';
import type { DeliveryState, Report } from '../model/delivery.ts';
import { OtherlegError } from '../model/error.ts';
import type { ChannelSummary } from '../model/figures.ts';
import type { Leg } from '../model/leg.ts';
import { summarize } from '../quality/summary.ts';
import type { Store } from '../store/store.ts';
import { assignChannels } from './assign.ts';
import { type ControlContext, type LegPatch, newLeg, patched } from './control.ts';
import { encodeCursors } from './cursors.ts';
import { Journal } from './journal.ts';
import type { EndAsk, Ended, Legs, LegView, Measured, Sink, Source } from './leg.ts';
import { assigned, beginLive, closedLeg, type LiveLeg, noteMeasured, resumeLive, takePresence } from './live-leg.ts';
import { toldEnd, toldStart } from './times.ts';
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
      for (const source of this.#sourcesOf(live.leg)) {
        const cursor = live.cursors.get(source.kind);
        source.follow(live.leg, { series: stored.series, ...(cursor && { cursor }) });
      }
      this.counters.recovered += 1;
    }
    return this.#live.size;
  }

  put(mediaLegId: string, patch: LegPatch): Promise<{ leg: Leg; created: boolean }> {
    return this.#turns.take(mediaLegId, async () => {
      const now = this.#parts.clock.now();
      const startedAt = toldStart(patch.startedAt ?? now, now);
      const stored = this.#live.get(mediaLegId)?.leg ?? (await this.#parts.store.leg({ mediaLegId }));
      if (stored?.state === 'ended') return { leg: await this.#complete(stored, patch, now), created: false };
      const context = this.#parts.context();
      const before = stored ?? newLeg(mediaLegId, startedAt, context);
      const leg = await this.#write(before, patched(before, patch, now, context));
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
      const endedAt = toldEnd(ask.endedAt, live.leg.startedAt, this.#parts.clock.now());
      await Promise.all(this.#sources.map((source) => source.release(mediaLegId, endedAt)));
      return this.#close(live, endedAt, ask);
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

  #sourcesOf(leg: Leg): readonly Source[] {
    const wanted = leg.control.sources ?? leg.device.sources;
    return wanted === undefined ? this.#sources : this.#sources.filter(({ kind }) => wanted.includes(kind));
  }

  #follow(leg: Leg, now: number): void {
    const live = this.#live.get(leg.mediaLegId);
    if (live === undefined) {
      this.#live.set(leg.mediaLegId, beginLive(leg, this.#parts.slotSeconds, now));
    } else {
      live.leg = leg;
      live.heardAt = now;
      live.dirtyFrom = Math.min(live.dirtyFrom, leg.startedAt);
      assigned(live);
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
    const leg = await this.#write(before, patched(before, patch, now, this.#parts.context()));
    if (!identityChanged(before, leg) || leg.delivery.reason === 'discarded') return leg;
    const { channels } = await this.#summed(leg);
    const body = this.#parts.reportOf(leg, channels);
    if (body === undefined) return leg;
    const delivery = await this.#parts.store.completeLeg(leg, this.#report(leg, body));
    if (delivery.state === 'queued') this.#parts.onQueued();
    return { ...leg, delivery };
  }

  #report(leg: Leg, body: string): Report {
    const { mediaLegId, tenantId = '', control } = leg;
    return { mediaLegId, tenantId, callChainId: control.callChainId ?? '', body, createdAt: this.#parts.clock.now() };
  }

  async #summed(leg: Leg): Promise<LegView> {
    const series = await this.#parts.store.series(leg.mediaLegId);
    const { assignment, channels } = assignChannels(leg, series.streams);
    return { leg, channels: summarize({ series, assignment, channels }), series, assignment };
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

function owedState(ask: EndAsk, channels: readonly ChannelSummary[], body: string | undefined): DeliveryState {
  if (ask.report === false) return { state: 'none', reason: 'discarded' };
  if (channels.length === 0) return { state: 'none', reason: 'nothing-measured' };
  return { state: body === undefined ? 'waiting' : 'queued' };
}
