import type { Claimed, Delivery, DeliveryState, Outcome, Report, ReportQuery } from '../model/delivery.ts';
import { OtherlegError } from '../model/error.ts';
import type { Series } from '../model/interval.ts';
import type { Leg, LegQuery, Page } from '../model/leg.ts';
import type { LostLeg } from './copies.ts';
import * as deliveries from './deliveries.ts';
import * as endings from './endings.ts';
import type { Engine } from './engine.ts';
import { FleetCallRecords } from './fleet-call-records.ts';
import { type EndedLost, FleetCopies } from './fleet-copies.ts';
import { FleetHandovers } from './fleet-handovers.ts';
import { heldOf, instanceOf, isHanded, legIn, newer, notACopy } from './fleet-legs.ts';
import { FleetMirror } from './fleet-mirror.ts';
import { FleetOutbox } from './fleet-outbox.ts';
import { canonical } from './identifiers.ts';
import { listLegs } from './leg-list.ts';
import { countEnded, findLeg, putLeg } from './legs.ts';
import { type MaskAsk, maskDelivered } from './masking.ts';
import { mergedPage } from './merged-page.ts';
import { type PostgresOptions, postgresEngine } from './postgres-engine.ts';
import { SharedFailure } from './postgres-failure.ts';
import type { Quarantined } from './quarantine.ts';
import type { Db } from './schema.ts';
import { readPacked, readSeries } from './series.ts';
import { dueAfterSetBack } from './set-back.ts';
import { SharedDatabase } from './shared-database.ts';
import { SqlStore, type SqlStoreOptions } from './sql-store.ts';
import { sqliteEngine } from './sqlite-engine.ts';
import type {
  CallRecordTask,
  CallRecordTurn,
  ClaimAsk,
  ClaimedTask,
  LiveLeg,
  MeasuredBatch,
  Owed,
  Store,
  StoredRecord,
  WaitEnd,
} from './store.ts';

/** What a fleet's store says to operators. */
export interface FleetLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export type FleetOptions = SqlStoreOptions & {
  /** The agent's own file. */
  readonly path: string;
  readonly shared: PostgresOptions;
  readonly log: FleetLog;
  /** An own file that is damaged is refused and left where it is. */
  readonly leaveDamaged?: boolean;
  /** Hears of an own file that was damaged and moved aside. */
  readonly onQuarantine?: (quarantined: Quarantined) => void;
  /** How long a dead agent's reports wait for it. Seconds; 30 if absent. Renew it three times as often. */
  readonly leaseSeconds?: number;
  /** The clock of leases: that of the shared database if absent. `now`: ours. */
  readonly leaseClock?: (db: Db, now: number) => Promise<number>;
};

type Change<Result> = {
  readonly change: (db: Db) => Promise<Result>;
  readonly unknown: (db: Db) => Promise<Result>;
  readonly asking?: boolean;
};

/** How this agent stands to its fleet. `backlog`: ended legs that lie on this host alone, `leaseUntil`: epoch seconds, by our clock. */
export type FleetStanding = {
  readonly counters: FleetCounters;
  readonly isShared: boolean;
  readonly backlog: number;
  readonly leaseUntil?: number;
};

/** What happened since the start. `takenOver`: reports of agents that were gone; `lateOutcomes`: told after their lease. */
export type FleetCounters = {
  readonly handedOver: number;
  readonly takenOver: number;
  readonly lateOutcomes: number;
  readonly outages: number;
  /** Live legs of agents that were gone, ended here; live legs of ours that another had ended. */
  readonly legsTakenOver: number;
  readonly legsLost: number;
};

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
  readonly #mirror: FleetMirror;
  readonly #copies: FleetCopies;
  readonly #outbox: FleetOutbox;
  readonly #handovers: FleetHandovers;
  readonly #callRecords: FleetCallRecords;
  #outages = 0;
  /** Since when the shared database can be used, by the monotonic clock, milliseconds. */
  #upSince: number | undefined;
  #leaseUntil: number | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#file = sqliteEngine(options.path, options);
    this.#own = new SqlStore(this.#file, options);
    this.#shared = new SharedDatabase({
      engine: postgresEngine(options.shared),
      leaseSeconds: options.leaseSeconds ?? LEASE_SECONDS,
      pause: PAUSE,
      onJoined: (there) => this.#outbox.tellOutcomes(there),
      onChange: (up, reason) => this.#changed(up, reason),
    });
    this.#mirror = new FleetMirror(this.#file, this.#shared);
    const places = { file: this.#file, shared: this.#shared };
    this.#copies = new FleetCopies(places, options);
    this.#outbox = new FleetOutbox(this.#own, places, options);
    this.#handovers = new FleetHandovers(places, options);
    this.#callRecords = new FleetCallRecords(this.#own, places, options);
  }

  get counters(): FleetCounters {
    const { counters } = this.#outbox;
    return { handedOver: this.#handovers.count, ...counters, outages: this.#outages, ...this.#copies.counters };
  }

  async standing(): Promise<FleetStanding> {
    const backlog = await this.#file.run(countEnded);
    const until = this.#leaseUntil;
    const isShared = this.outage === undefined;
    return { counters: this.counters, isShared, backlog, ...(until === undefined ? {} : { leaseUntil: until }) };
  }

  /** Why the shared database cannot be used now; undefined while it can. */
  get outage(): string | undefined {
    return this.#shared.down?.message;
  }

  async open(): Promise<void> {
    await this.#own.open();
    const { owner } = this.#options;
    const instance = await this.#file.run(instanceOf);
    try {
      await this.#shared.join({ owner, instance });
      this.#upSince = performance.now();
      this.#leaseUntil = this.#options.now() + (this.#options.leaseSeconds ?? LEASE_SECONDS);
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
    if (this.#shared.down === undefined) this.#leaseUntil = now + (this.#options.leaseSeconds ?? LEASE_SECONDS);
  }

  /** Copies live legs, so that they can be read from every agent. */
  async mirror(): Promise<void> {
    try {
      await this.#mirror.copy(this.#options.owner, this.#options.now());
    } catch (error) {
      if (this.#shared.down === undefined) throw error;
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
    const settled = 2000 * (this.#options.leaseSeconds ?? LEASE_SECONDS);
    if (this.#upSince === undefined || performance.now() - this.#upSince < settled) return [];
    return this.#copies.lost(graceSeconds);
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
    return this.#where(leg.mediaLegId, { change: put, unknown: put, asking: revision > 0 });
  }

  appendIntervals(batch: MeasuredBatch): Promise<void> {
    return this.#own.appendIntervals(batch);
  }

  endLeg(leg: Leg, owed: endings.Owed): Promise<DeliveryState> {
    const end = (db: Db): Promise<DeliveryState> => endings.endLeg(db, leg, owed, this.#options.now());
    return this.#where(leg.mediaLegId, { change: end, unknown: end, asking: false });
  }

  completeLeg(leg: Leg, report: Report, callRecord?: CallRecordTask): Promise<DeliveryState> {
    const owed = { report, callRecord };
    const complete = (db: Db): Promise<DeliveryState> => endings.completeLeg(db, leg, owed, this.#options.now());
    return this.#where(leg.mediaLegId, { change: complete, unknown: complete });
  }

  endWait(leg: Leg, owed: WaitEnd): Promise<DeliveryState> {
    const end = (db: Db): Promise<DeliveryState> => endings.endWait(db, leg, owed, this.#options.now());
    return this.#where(leg.mediaLegId, { change: end, unknown: end });
  }

  beginWait(leg: Leg, reason: string): Promise<DeliveryState> {
    const begin = (db: Db): Promise<DeliveryState> => endings.beginWait(db, leg, reason, this.#options.now());
    return this.#where(leg.mediaLegId, { change: begin, unknown: async () => leg.delivery });
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
    if ('mediaLegId' in ref) return this.#read(ref.mediaLegId, (db) => legIn(db, ref), undefined);
    const own = await this.#own.leg(ref);
    if (own?.state === 'live') return own;
    const other = await this.#shared.soon((db) => legIn(db, ref), undefined);
    return other !== undefined && (own === undefined || newer(other, own)) ? other : own;
  }

  async legs(query: LegQuery): Promise<Page<Leg>> {
    const own = await this.#own.legs(query);
    const other = await this.#shared.soon((db) => listLegs(db, query), { items: [] });
    const worst = query.sort === 'worst';
    return mergedPage(own, other, await this.#file.run((db) => heldOf(db, other.items)), {
      limit: query.limit,
      id: ({ mediaLegId }) => mediaLegId,
      place: ({ severity = -1, startedAt, mediaLegId }) => [...(worst ? [severity] : []), startedAt, mediaLegId],
    });
  }

  packed(mediaLegId: string): Promise<Uint8Array | undefined> {
    return this.#read(mediaLegId, (db) => readPacked(db, mediaLegId), undefined);
  }

  series(mediaLegId: string): Promise<Series> {
    return this.#read(mediaLegId, (db) => readSeries(db, mediaLegId), {
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
    const { owner } = this.#options;
    const here = await this.#own.dueAfterSetBack(now);
    return here + (await this.#shared.ifUp((db) => dueAfterSetBack(db, now, owner), 0));
  }

  nextDueAt(): Promise<number | undefined> {
    return this.#outbox.nextDueAt();
  }

  report(mediaLegId: string): Promise<Report | undefined> {
    return this.#read(mediaLegId, (db) => deliveries.findReport(db, mediaLegId), undefined);
  }

  async reports(query: ReportQuery): Promise<Page<Delivery>> {
    const own = await this.#own.reports(query);
    const other = await this.#shared.soon((db) => deliveries.listReports(db, query), { items: [] });
    return mergedPage(own, other, await this.#file.run((db) => heldOf(db, other.items)), {
      limit: query.limit,
      id: ({ mediaLegId }) => mediaLegId,
      place: ({ createdAt, mediaLegId }) => [createdAt, mediaLegId],
    });
  }

  attempts(mediaLegId: string): Promise<readonly Outcome[]> {
    return this.#read(mediaLegId, (db) => deliveries.listAttempts(db, mediaLegId), []);
  }

  requeueReport(mediaLegId: string, now: number): Promise<boolean> {
    const requeue = (db: Db): Promise<boolean> => deliveries.requeueReport(db, mediaLegId, now);
    return this.#where(mediaLegId, { change: requeue, unknown: async () => false });
  }

  dropReport(mediaLegId: string, now: number): Promise<boolean> {
    const drop = (db: Db): Promise<boolean> => deliveries.dropReport(db, mediaLegId, now);
    return this.#where(mediaLegId, { change: drop, unknown: async () => false });
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

  /**
   * Changes a leg where it lies; `unknown`, in the file, where neither place knows it. A leg that did not go from here is
   * asked for in the shared database, unless `asking` is false, and then the change has to wait until that answers.
   */
  async #where<Result>(mediaLegId: string, work: Change<Result>): Promise<Result> {
    const own = await this.#file.run(async (db) => {
      const row = await findLeg(db, { mediaLegId });
      if (row?.handing === 1) throw this.#onItsWay(mediaLegId);
      if (row !== undefined) return { result: await work.change(db) };
      if (await isHanded(db, mediaLegId)) return 'handed';
      return work.asking === false ? { result: await work.unknown(db) } : 'unknown';
    });
    if (typeof own === 'object') return own.result;
    const shared = await this.#shared.run(async (db) => {
      if ((await findLeg(db, { mediaLegId })) === undefined) return undefined;
      await notACopy(db, mediaLegId);
      return { result: await work.change(db) };
    });
    return shared === undefined ? this.#file.run(work.unknown) : shared.result;
  }

  /**
   * Reads of a leg where it lies. While the shared database is away, what went there cannot be had; of what never did,
   * this host knows that it does not know it.
   */
  async #read<Result>(mediaLegId: string, read: (db: Db) => Promise<Result>, unknown: Result): Promise<Result> {
    const own = await this.#file.run(async (db) => {
      if (await findLeg(db, { mediaLegId })) return { result: await read(db) };
      return (await isHanded(db, mediaLegId)) ? 'handed' : undefined;
    });
    if (own === 'handed') return this.#shared.run(read);
    return own === undefined ? this.#shared.soon(read, unknown) : own.result;
  }

  #changed(up: boolean, reason: OtherlegError | undefined): void {
    this.#upSince = up ? performance.now() : undefined;
    const { log } = this.#options;
    if (up) log.info({ op: 'fleet' }, 'the shared store is back');
    else this.#outages += 1;
    if (!up)
      log.warn(
        { op: 'fleet', reason: reason?.message, hint: reason?.hint },
        'the shared store is away; all goes on here',
      );
  }

  #onItsWay(mediaLegId: string): OtherlegError {
    return new OtherlegError('STORE_FAILED', `leg ${mediaLegId} is on its way into the shared store`, {
      hint: this.outage ?? 'ask again in a second',
    });
  }
}
