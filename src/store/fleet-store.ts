import type { Claimed, Delivery, DeliveryState, Outcome, Report, ReportQuery } from '../model/delivery.ts';
import type { Series } from '../model/interval.ts';
import type { Leg, LegQuery, Page } from '../model/leg.ts';
import type { LostLeg } from './copies.ts';
import * as deliveries from './deliveries.ts';
import * as endings from './endings.ts';
import { type Engine, isPostgres } from './engine.ts';
import { FleetCallRecords } from './fleet-call-records.ts';
import { type EndedLost, FleetCopies } from './fleet-copies.ts';
import { FleetHandovers } from './fleet-handovers.ts';
import { instanceOf, legIn, newer } from './fleet-legs.ts';
import { FleetMirror } from './fleet-mirror.ts';
import type { FleetOptions } from './fleet-options.ts';
import { FleetOutbox } from './fleet-outbox.ts';
import { FleetPlaces } from './fleet-places.ts';
import { FleetContact, type FleetCounters, type FleetStanding } from './fleet-standing.ts';
import { thisHost } from './host.ts';
import { canonical } from './identifiers.ts';
import { listLegs } from './leg-list.ts';
import { countEnded, putLeg } from './legs.ts';
import { type MaskAsk, maskDelivered } from './masking.ts';
import { readPiece } from './pieces.ts';
import { postgresEngine } from './postgres-engine.ts';
import { SharedFailure } from './postgres-failure.ts';
import type { Db } from './schema.ts';
import { readPacked, readSeries } from './series.ts';
import { dueAfterSetBack } from './set-back.ts';
import { plus, sharedAhead, type Time } from './shared-clock.ts';
import { SharedDatabase } from './shared-database.ts';
import { SqlStore } from './sql-store.ts';
import { sqliteEngine } from './sqlite-engine.ts';
import type {
  CallRecordTask,
  CallRecordTurn,
  ClaimAsk,
  ClaimedTask,
  LiveLeg,
  MeasuredBatch,
  Owed,
  PiecePlace,
  SeriesPiece,
  Store,
  StoredRecord,
  WaitEnd,
} from './store.ts';

const LEASE_SECONDS = 30;
const PAUSE = { first: 1, longest: 15 } as const;

/**
 * The store of one agent of a fleet. What is promised lies in the agent's own file; what has ended goes on into the
 * database that the fleet shares, from where any agent delivers it once its own is gone. While that database is away all goes
 * on here. handover-run.ts says why a report is never in both.
 */
export class FleetStore implements Store {
  readonly #options: FleetOptions;
  readonly #file: Engine;
  readonly #own: SqlStore;
  readonly #shared: SharedDatabase;
  readonly #places: FleetPlaces;
  readonly #mirror: FleetMirror;
  readonly #copies: FleetCopies;
  readonly #outbox: FleetOutbox;
  readonly #handovers: FleetHandovers;
  readonly #callRecords: FleetCallRecords;
  readonly #contact: FleetContact;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#file = sqliteEngine(options.path, options);
    this.#own = new SqlStore(this.#file, options);
    const { leaseSeconds = LEASE_SECONDS } = options;
    this.#contact = new FleetContact(options.log, leaseSeconds);
    this.#shared = new SharedDatabase({
      engine: postgresEngine(options.shared),
      leaseSeconds,
      pause: PAUSE,
      onJoined: (there) => this.#outbox.tellOutcomes(there),
      onChange: (up, reason) => this.#contact.changed(up, reason),
      onSlow: ({ message: reason, hint }) =>
        options.log.warn({ op: 'fleet', reason, hint }, 'the shared store is slow; all goes on here'),
    });
    this.#mirror = new FleetMirror(this.#file, this.#shared);
    const places = new FleetPlaces({ file: this.#file, shared: this.#shared });
    this.#places = places;
    this.#copies = new FleetCopies(places, options);
    this.#outbox = new FleetOutbox(this.#own, places, options);
    this.#handovers = new FleetHandovers(places, options);
    this.#callRecords = new FleetCallRecords(this.#own, places, options);
  }

  get counters(): FleetCounters {
    const { counters } = this.#outbox;
    return { handedOver: this.#handovers.count, ...counters, outages: this.#contact.outages, ...this.#copies.counters };
  }

  async standing(): Promise<FleetStanding> {
    const backlog = await this.#file.run(countEnded);
    const until = this.#contact.leaseUntil;
    const isShared = this.outage === undefined;
    return { counters: this.counters, isShared, backlog, ...(until === undefined ? {} : { leaseUntil: until }) };
  }

  /** Why the shared database cannot be used now; undefined while it can. */
  get outage(): string | undefined {
    return this.#shared.down?.message;
  }

  async open(): Promise<void> {
    await this.#own.open();
    const { owner, host = thisHost() } = this.#options;
    const instance = await this.#file.run(instanceOf);
    try {
      await this.#shared.join({ owner, instance, host });
      this.#contact.joined(this.#options.now());
    } catch (error) {
      if (!(error instanceof SharedFailure)) {
        await this.close();
        throw error;
      }
    }
  }

  async close(): Promise<void> {
    await this.#handovers.idle();
    await this.#shared.close();
    await this.#own.close();
  }

  /** Of this host's disk alone: without the shared database all goes on. */
  check(): Promise<void> {
    return this.#own.check();
  }

  /** Says that this agent lives. A job of its own, every third of the lease. */
  async renew(): Promise<void> {
    const now = this.#options.now();
    await this.#shared.renew();
    if (this.#shared.down === undefined) this.#contact.renewed(now);
  }

  /** Copies live legs, so that they can be read from every agent. */
  async mirror(): Promise<void> {
    try {
      await this.#mirror.copy(this.#options.owner, this.#options.now());
    } catch (error) {
      if (!this.#shared.excuses(error)) throw error;
    }
  }

  /** Hands over what has ended and is packed, until there is no more of it; how many. None while the database is away. */
  handOver(): Promise<number> {
    return this.#handovers.run();
  }

  /**
   * Live legs of agents that have said nothing for `graceSeconds`. None until the shared database has been there for two
   * leases: after an outage all agents were silent.
   */
  async lostLegs(graceSeconds: number): Promise<readonly LostLeg[]> {
    return this.#contact.isSettled() ? this.#copies.lost(graceSeconds) : [];
  }

  /** Ends one of them in place of its agent; what it owes can then be claimed. False: it came back, or another was first. */
  endLost(ended: EndedLost, graceSeconds: number): Promise<boolean> {
    return this.#copies.end(ended, graceSeconds);
  }

  /** Reports that are owed from this host's disk. */
  async owedHere(query: ReportQuery): Promise<Page<Delivery>> {
    return this.#own.reports(query);
  }

  owed(): Promise<Owed> {
    return this.#own.owed();
  }

  putLeg(leg: Leg, revision: number): Promise<boolean> {
    const put = (db: Db): Promise<boolean> => putLeg(db, leg, revision);
    // A new leg is this host's: nobody asks the shared database, for which its gateway would have to wait.
    return this.#places.change(leg.mediaLegId, { change: put, unknown: put, asking: revision > 0 });
  }

  appendIntervals(batch: MeasuredBatch): Promise<void> {
    return this.#own.appendIntervals(batch);
  }

  endLeg(leg: Leg, owed: endings.Owed): Promise<DeliveryState> {
    const end = (db: Db): Promise<DeliveryState> => endings.endLeg(db, leg, owed, this.#options.now());
    return this.#places.change(leg.mediaLegId, { change: end, unknown: end, asking: false });
  }

  completeLeg(leg: Leg, report: Report, callRecord?: CallRecordTask): Promise<DeliveryState> {
    const owed = { report, callRecord };
    const complete = (db: Db) => endings.completeLeg(db, leg, owed, this.#options.now(), this.#ahead(db));
    return this.#places.change(leg.mediaLegId, { change: complete, unknown: complete });
  }

  endWait(leg: Leg, owed: WaitEnd): Promise<DeliveryState> {
    const end = (db: Db) => endings.endWait(db, leg, owed, this.#options.now(), this.#ahead(db));
    return this.#places.change(leg.mediaLegId, { change: end, unknown: end });
  }

  beginWait(leg: Leg, reason: string): Promise<DeliveryState> {
    const begin = (db: Db): Promise<DeliveryState> => endings.beginWait(db, leg, reason, this.#options.now());
    return this.#places.change(leg.mediaLegId, { change: begin, unknown: async () => leg.delivery });
  }

  async waitingFor(owner: string, reason: string): Promise<readonly Leg[]> {
    const here = await this.#own.waitingFor(owner, reason);
    const there = await this.#shared.ifUp((db) => endings.waitingFor(db, owner, reason), []);
    return [...here, ...there];
  }

  liveLegs(owner: string): Promise<readonly LiveLeg[]> {
    return this.#own.liveLegs(owner);
  }

  async leg(ref: { readonly mediaLegId: string } | { readonly alias: string }): Promise<Leg | undefined> {
    if ('mediaLegId' in ref) return this.#places.read(ref.mediaLegId, (db) => legIn(db, ref), undefined);
    const own = await this.#own.leg(ref);
    if (own?.state === 'live') return own;
    const other = await this.#shared.soon((db) => legIn(db, ref), undefined);
    return other !== undefined && (own === undefined || newer(other, own)) ? other : own;
  }

  async legs(query: LegQuery): Promise<Page<Leg>> {
    const own = await this.#own.legs(query);
    const worst = query.sort === 'worst';
    return this.#places.page(own, (db) => listLegs(db, query), {
      limit: query.limit,
      place: ({ severity = -1, startedAt, mediaLegId }) => [...(worst ? [severity] : []), startedAt, mediaLegId],
    });
  }

  packed(mediaLegId: string): Promise<Uint8Array | undefined> {
    return this.#places.read(mediaLegId, (db) => readPacked(db, mediaLegId), undefined);
  }

  piece(mediaLegId: string, after?: PiecePlace): Promise<SeriesPiece | undefined> {
    return this.#places.read(mediaLegId, (db) => readPiece(db, mediaLegId, after), undefined);
  }

  series(mediaLegId: string): Promise<Series> {
    return this.#places.read(mediaLegId, (db) => readSeries(db, mediaLegId), {
      mediaLegId: canonical(mediaLegId),
      streams: [],
      intervals: [],
      presence: [],
    });
  }

  async claimReports(ask: ClaimAsk): Promise<readonly Claimed[]> {
    await this.#copies.close();
    return this.#outbox.claimReports(ask);
  }

  settleReport(mediaLegId: string, fence: number, outcome: Outcome): Promise<boolean> {
    return this.#outbox.settleReport(mediaLegId, fence, outcome);
  }

  async dueAfterSetBack(now: number): Promise<number> {
    const there = (db: Db) => dueAfterSetBack(db, now, { owner: this.#options.owner, ahead: this.#ahead(db, now) });
    return (await this.#own.dueAfterSetBack(now)) + (await this.#shared.ifUp(there, 0));
  }

  nextDueAt(): Promise<number | undefined> {
    return this.#outbox.nextDueAt();
  }

  report(mediaLegId: string): Promise<Report | undefined> {
    return this.#places.read(mediaLegId, (db) => deliveries.findReport(db, mediaLegId), undefined);
  }

  async reports(query: ReportQuery): Promise<Page<Delivery>> {
    const own = await this.#own.reports(query);
    return this.#places.page(own, (db) => deliveries.listReports(db, query), {
      limit: query.limit,
      place: ({ createdAt, mediaLegId }) => [createdAt, mediaLegId],
    });
  }

  attempts(mediaLegId: string): Promise<readonly Outcome[]> {
    return this.#places.read(mediaLegId, (db) => deliveries.listAttempts(db, mediaLegId), []);
  }

  requeueReport(mediaLegId: string, now: number): Promise<boolean> {
    const requeue = (db: Db) => deliveries.requeueReport(db, mediaLegId, plus(this.#ahead(db, now), now));
    return this.#places.change(mediaLegId, { change: requeue, unknown: async () => false });
  }

  dropReport(mediaLegId: string, now: number): Promise<boolean> {
    const drop = (db: Db): Promise<boolean> => deliveries.dropReport(db, mediaLegId, now);
    return this.#places.change(mediaLegId, { change: drop, unknown: async () => false });
  }

  async dropWaiting(before: number, now: number): Promise<number> {
    const here = await this.#own.dropWaiting(before, now);
    return here + (await this.#shared.ifUp((db) => endings.dropWaiting(db, before, now), 0));
  }

  claimCallRecords(ask: ClaimAsk): Promise<readonly ClaimedTask[]> {
    return this.#callRecords.claim(ask);
  }

  settleCallRecord(callChainId: string, fence: number, turn: CallRecordTurn): Promise<boolean> {
    return this.#callRecords.settle(callChainId, fence, turn);
  }

  callRecord(callChainId: string): Promise<StoredRecord | undefined> {
    return this.#callRecords.find(callChainId);
  }

  callRecordsDueAfterSetBack(now: number): Promise<number> {
    return this.#callRecords.dueAfterSetBack(now);
  }

  askCallRecord(task: CallRecordTask): Promise<void> {
    return this.#callRecords.ask(task);
  }

  nextCallRecordAt(): Promise<number | undefined> {
    return this.#callRecords.nextAt();
  }

  eraseDeleted(): Promise<void> {
    return this.#own.eraseDeleted();
  }

  async maskDelivered(ask: MaskAsk): Promise<number> {
    const here = await this.#own.maskDelivered(ask);
    return here + (await this.#shared.ifUp((db) => maskDelivered(db, ask), 0));
  }

  packEnded(since: number, limit: number): Promise<number> {
    return this.#own.packEnded(since, limit);
  }

  async purge(before: number, limit: number): Promise<number> {
    const here = await this.#own.purge(before, limit);
    return here === limit ? here : here + (await this.#shared.ifUp((db) => endings.purge(db, before, limit - here), 0));
  }

  /** By how much the clock by which all is due where `db` is is ahead of ours. Seconds. */
  #ahead(db: Db, now?: number): Time {
    return isPostgres(db) ? sharedAhead(this.#options, now) : 0;
  }
}
