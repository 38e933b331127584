import type { Claimed, Delivery, DeliveryState, Outcome, Report, ReportQuery } from '../model/delivery.ts';
import type { Series } from '../model/interval.ts';
import type { Leg, LegQuery, Page } from '../model/leg.ts';
import * as callRecords from './call-records.ts';
import { releaseHeld } from './copies.ts';
import * as deliveries from './deliveries.ts';
import * as endings from './endings.ts';
import type { Engine } from './engine.ts';
import { listLegs } from './leg-list.ts';
import { findLeg, listLive, putLeg, toLeg } from './legs.ts';
import { eraseDeleted, type MaskAsk, maskDelivered } from './masking.ts';
import * as outbox from './outbox.ts';
import { countOwed } from './owed.ts';
import { readPiece } from './pieces.ts';
import { appendMeasured, readCursor, readPacked, readSeries } from './series.ts';
import { callRecordsDueAfterSetBack, dueAfterSetBack } from './set-back.ts';
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

export type SqlStoreOptions = {
  /** The name of this agent: whose live legs and leases are its own after a restart. */
  readonly owner: string;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** No other database has a part in it: what was held for one in an earlier life is held no longer. */
  readonly isAlone?: boolean;
};

/** The store over a database of either kind. */
export class SqlStore implements Store {
  readonly #engine: Engine;
  readonly #options: SqlStoreOptions;

  constructor(engine: Engine, options: SqlStoreOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  async open(): Promise<void> {
    await this.#engine.open();
    try {
      await this.check();
      await this.#engine.run(async (db) => {
        await outbox.voidLeases(db, this.#options.owner);
        await callRecords.voidCallRecordLeases(db, this.#options.owner);
        if (this.#options.isAlone) await releaseHeld(db);
      });
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  check(): Promise<void> {
    const { owner, now } = this.#options;
    return this.#engine.run(async (db) => {
      const insert = db.insertInto('agent').values({ id: 1, owner, at: now(), instance: null });
      await insert.onConflict((conflict) => conflict.column('id').doUpdateSet({ owner, at: now() })).execute();
    });
  }

  putLeg(leg: Leg, revision: number): Promise<boolean> {
    return this.#engine.run((db) => putLeg(db, leg, revision));
  }

  appendIntervals(batch: MeasuredBatch): Promise<void> {
    return this.#engine.run((db) => appendMeasured(db, batch));
  }

  endLeg(leg: Leg, owed: endings.Owed): Promise<DeliveryState> {
    return this.#engine.run((db) => endings.endLeg(db, leg, owed, this.#options.now()));
  }

  completeLeg(leg: Leg, report: Report, callRecord?: CallRecordTask): Promise<DeliveryState> {
    const owed = { report, callRecord };
    return this.#engine.run((db) => endings.completeLeg(db, leg, owed, this.#options.now()));
  }

  endWait(leg: Leg, owed: WaitEnd): Promise<DeliveryState> {
    return this.#engine.run((db) => endings.endWait(db, leg, owed, this.#options.now()));
  }

  beginWait(leg: Leg, reason: string): Promise<DeliveryState> {
    return this.#engine.run((db) => endings.beginWait(db, leg, reason, this.#options.now()));
  }

  waitingFor(owner: string, reason: string): Promise<readonly Leg[]> {
    return this.#engine.run((db) => endings.waitingFor(db, owner, reason));
  }

  liveLegs(owner: string): Promise<readonly LiveLeg[]> {
    return this.#engine.run(async (db) => {
      const live: LiveLeg[] = [];
      for (const row of await listLive(db, owner)) {
        const series = await readSeries(db, row.media_leg_id);
        const cursor = await readCursor(db, row.key);
        live.push({ leg: toLeg(row), series, ...(cursor && { cursor }) });
      }
      return live;
    });
  }

  leg(ref: { readonly mediaLegId: string } | { readonly alias: string }): Promise<Leg | undefined> {
    return this.#engine.run(async (db) => {
      const row = await findLeg(db, ref);
      return row && toLeg(row);
    });
  }

  legs(query: LegQuery): Promise<Page<Leg>> {
    return this.#engine.run((db) => listLegs(db, query));
  }

  series(mediaLegId: string): Promise<Series> {
    return this.#engine.run((db) => readSeries(db, mediaLegId));
  }

  packed(mediaLegId: string): Promise<Uint8Array | undefined> {
    return this.#engine.run((db) => readPacked(db, mediaLegId));
  }

  piece(mediaLegId: string, after?: PiecePlace): Promise<SeriesPiece | undefined> {
    return this.#engine.run((db) => readPiece(db, mediaLegId, after));
  }

  claimReports(ask: ClaimAsk): Promise<readonly Claimed[]> {
    return this.#engine.run(async (db) => {
      const taken = await outbox.claimReports(db, ask, ask.now);
      return taken.map(({ claimed }) => claimed);
    });
  }

  settleReport(mediaLegId: string, fence: number, outcome: Outcome): Promise<boolean> {
    // Until it is written a crash makes Graph get the report twice: it goes before a rush of other work.
    return this.#engine.run((db) => outbox.settleReport(db, mediaLegId, fence, outcome), true);
  }

  dueAfterSetBack(now: number): Promise<number> {
    return this.#engine.run((db) => dueAfterSetBack(db, now));
  }

  owed(): Promise<Owed> {
    return this.#engine.run(countOwed);
  }

  nextDueAt(): Promise<number | undefined> {
    return this.#engine.run((db) => outbox.nextDueAt(db, this.#options.owner));
  }

  report(mediaLegId: string): Promise<Report | undefined> {
    return this.#engine.run((db) => deliveries.findReport(db, mediaLegId));
  }

  reports(query: ReportQuery): Promise<Page<Delivery>> {
    return this.#engine.run((db) => deliveries.listReports(db, query));
  }

  attempts(mediaLegId: string): Promise<readonly Outcome[]> {
    return this.#engine.run((db) => deliveries.listAttempts(db, mediaLegId));
  }

  requeueReport(mediaLegId: string, now: number): Promise<boolean> {
    return this.#engine.run((db) => deliveries.requeueReport(db, mediaLegId, now));
  }

  dropReport(mediaLegId: string, now: number): Promise<boolean> {
    return this.#engine.run((db) => deliveries.dropReport(db, mediaLegId, now));
  }

  dropWaiting(before: number, now: number): Promise<number> {
    return this.#engine.run((db) => endings.dropWaiting(db, before, now));
  }

  claimCallRecords(ask: ClaimAsk): Promise<readonly ClaimedTask[]> {
    return this.#engine.run((db) => callRecords.claimCallRecords(db, ask, ask.now));
  }

  async settleCallRecord(callChainId: string, fence: number, turn: CallRecordTurn): Promise<boolean> {
    return (await this.#engine.run((db) => callRecords.settleCallRecord(db, callChainId, fence, turn))) ?? false;
  }

  callRecord(callChainId: string): Promise<StoredRecord | undefined> {
    return this.#engine.run((db) => callRecords.findCallRecord(db, callChainId));
  }

  callRecordsDueAfterSetBack(now: number): Promise<number> {
    return this.#engine.run((db) => callRecordsDueAfterSetBack(db, now));
  }

  async askCallRecord(task: CallRecordTask): Promise<void> {
    await this.#engine.run((db) => callRecords.askCallRecord(db, task));
  }

  nextCallRecordAt(): Promise<number | undefined> {
    return this.#engine.run((db) => callRecords.nextCallRecordAt(db));
  }

  eraseDeleted(): Promise<void> {
    return this.#engine.run(eraseDeleted);
  }

  async maskDelivered(ask: MaskAsk): Promise<number> {
    const masked = await this.#engine.run((db) => maskDelivered(db, ask));
    if (masked > 0) await this.#engine.emptyLog?.();
    return masked;
  }

  packEnded(since: number, limit: number): Promise<number> {
    return this.#engine.run((db) => endings.packEnded(db, since, limit));
  }

  purge(before: number, limit: number): Promise<number> {
    return this.#engine.run((db) => endings.purge(db, before, limit));
  }
}
