import { Kysely } from 'kysely';
import type { Claimed, Delivery, DeliveryState, Outcome, Report, ReportQuery } from '../model/delivery.ts';
import { OtherlegError } from '../model/error.ts';
import type { Series } from '../model/interval.ts';
import type { Leg, LegQuery, Page } from '../model/leg.ts';
import * as deliveries from './deliveries.ts';
import { nodeSqliteDialect } from './dialect.ts';
import * as endings from './endings.ts';
import { storeFailure } from './failure.ts';
import { GroupCommit } from './group-commit.ts';
import { listLegs } from './leg-list.ts';
import { findLeg, listLive, putLeg, toLeg } from './legs.ts';
import * as outbox from './outbox.ts';
import type { Db, Tables } from './schema.ts';
import { appendMeasured, readCursor, readSeries } from './series.ts';
import { openSqliteFile } from './sqlite-file.ts';
import type { ClaimAsk, LiveLeg, MeasuredBatch, Store } from './store.ts';

export type SqliteOptions = {
  /** Of the file; its directory must exist. `:memory:` keeps nothing. */
  readonly path: string;
  /** The name of this agent: whose live legs and leases are its own after a restart. */
  readonly owner: string;
  /** Seconds since the epoch. */
  readonly now: () => number;
};

/** The store of one agent in one SQLite file, which it has for itself from `open` to `close`. */
export function sqliteStore(options: SqliteOptions): Store {
  return new SqliteStore(options);
}

class SqliteStore implements Store {
  readonly #options: SqliteOptions;
  #db: Db | undefined;
  #commits: GroupCommit | undefined;

  constructor(options: SqliteOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    if (this.#db) return;
    try {
      this.#db = new Kysely<Tables>({ dialect: nodeSqliteDialect(openSqliteFile(this.#options.path)) });
      this.#commits = new GroupCommit(this.#db);
      await this.check();
      await this.#run((db) => outbox.voidLeases(db, this.#options.owner));
    } catch (error) {
      await this.close();
      throw storeFailure(error, this.#options.path);
    }
  }

  async close(): Promise<void> {
    const db = this.#db;
    const commits = this.#commits;
    this.#db = undefined;
    this.#commits = undefined;
    await commits?.idle();
    await db?.destroy();
  }

  check(): Promise<void> {
    const row = { id: 1, owner: this.#options.owner, at: this.#options.now() };
    return this.#run(async (db) => {
      const insert = db.insertInto('agent').values(row);
      await insert.onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute();
    });
  }

  putLeg(leg: Leg, revision: number): Promise<boolean> {
    return this.#run((db) => putLeg(db, leg, revision));
  }

  appendIntervals(batch: MeasuredBatch): Promise<void> {
    return this.#run((db) => appendMeasured(db, batch));
  }

  endLeg(leg: Leg, owed: endings.Owed): Promise<DeliveryState> {
    return this.#run((db) => endings.endLeg(db, leg, owed, this.#options.now()));
  }

  completeLeg(leg: Leg, report: Report): Promise<DeliveryState> {
    return this.#run((db) => endings.completeLeg(db, leg, report, this.#options.now()));
  }

  liveLegs(owner: string): Promise<readonly LiveLeg[]> {
    return this.#run(async (db) => {
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
    return this.#run(async (db) => {
      const row = await findLeg(db, ref);
      return row && toLeg(row);
    });
  }

  legs(query: LegQuery): Promise<Page<Leg>> {
    return this.#run((db) => listLegs(db, query));
  }

  series(mediaLegId: string): Promise<Series> {
    return this.#run((db) => readSeries(db, mediaLegId));
  }

  claimReports(ask: ClaimAsk): Promise<readonly Claimed[]> {
    return this.#run((db) => outbox.claimReports(db, ask));
  }

  settleReport(mediaLegId: string, fence: number, outcome: Outcome): Promise<boolean> {
    return this.#run((db) => outbox.settleReport(db, mediaLegId, fence, outcome));
  }

  nextDueAt(): Promise<number | undefined> {
    return this.#run((db) => outbox.nextDueAt(db));
  }

  report(mediaLegId: string): Promise<Report | undefined> {
    return this.#run((db) => deliveries.findReport(db, mediaLegId));
  }

  reports(query: ReportQuery): Promise<Page<Delivery>> {
    return this.#run((db) => deliveries.listReports(db, query));
  }

  attempts(mediaLegId: string): Promise<readonly Outcome[]> {
    return this.#run((db) => deliveries.listAttempts(db, mediaLegId));
  }

  requeueReport(mediaLegId: string, now: number): Promise<boolean> {
    return this.#run((db) => deliveries.requeueReport(db, mediaLegId, now));
  }

  dropReport(mediaLegId: string, now: number): Promise<boolean> {
    return this.#run((db) => deliveries.dropReport(db, mediaLegId, now));
  }

  dropWaiting(before: number, now: number): Promise<number> {
    return this.#run((db) => endings.dropWaiting(db, before, now));
  }

  packEnded(since: number, limit: number): Promise<number> {
    return this.#run((db) => endings.packEnded(db, since, limit));
  }

  purge(before: number, limit: number): Promise<number> {
    return this.#run((db) => endings.purge(db, before, limit));
  }

  /** One transaction as far as `work` can tell: it resolves after the commit, and the commit returns when it is on disk. */
  async #run<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    if (!this.#commits) throw new OtherlegError('STORE_FAILED', `the store ${this.#options.path} is not open`);
    try {
      return await this.#commits.run(work);
    } catch (error) {
      throw storeFailure(error, this.#options.path);
    }
  }
}
