import type { Claimed, Outcome } from '../model/delivery.ts';
import type { Engine } from './engine.ts';
import type { FleetOptions } from './fleet-options.ts';
import type { Places } from './fleet-places.ts';
import { findLeg } from './legs.ts';
import * as outbox from './outbox.ts';
import { forgetOutcomes, keepOutcome, keptOutcomes } from './outcomes.ts';
import { PATIENCE, within } from './patience.ts';
import { SharedFailure } from './postgres-failure.ts';
import type { Db } from './schema.ts';
import { sharedAhead, sharedNow, type Time } from './shared-clock.ts';
import type { ClaimAsk, Store } from './store.ts';

/** What is owed to Graph, in the agent's own file and, of all agents, in the shared database. */
export class FleetOutbox {
  readonly #own: Pick<Store, 'claimReports' | 'nextDueAt'>;
  readonly #places: Places;
  readonly #options: FleetOptions;
  /** Whether outcomes may lie in the file that the shared database does not know. */
  #kept = true;
  /** Reports in the shared database that are being claimed, and those that were claimed when nobody waited for them any more. */
  #claiming: Promise<void> | undefined;
  readonly #taken: outbox.Taken[] = [];
  readonly counters = { takenOver: 0, lateOutcomes: 0 };

  constructor(own: Pick<Store, 'claimReports' | 'nextDueAt'>, places: Places, options: FleetOptions) {
    this.#own = own;
    this.#places = places;
    this.#options = options;
  }

  /** From the own file first, which is there always: what was claimed there waits for the shared database for a moment only. */
  async claimReports(ask: ClaimAsk): Promise<readonly Claimed[]> {
    const own = await this.#own.claimReports(ask);
    const limit = ask.limit - own.length;
    if (limit <= 0) return own;
    const taken = await this.#claimShared({ ...ask, limit }).catch((error: unknown) => {
      // What is claimed has to be sent; the failure shows at the next claim, which finds nothing here.
      if (own.length === 0) throw error;
      return [];
    });
    this.#countTaken(taken, ask.owner);
    return [...own, ...taken.map(({ claimed }) => claimed)];
  }

  /**
   * A report that was claimed in the file lies there until it is settled. Of one in the shared database the outcome is kept
   * in the file while that is away or too slow, so that it is not posted again.
   */
  async settleReport(mediaLegId: string, fence: number, outcome: Outcome): Promise<boolean> {
    const { file, shared } = this.#places;
    const settle = (db: Db, ahead?: Time) => outbox.settleReport(db, mediaLegId, fence, outcome, ahead);
    const here = await file.run(async (db) => {
      return (await findLeg(db, { mediaLegId })) && { settled: await settle(db) };
    });
    if (here !== undefined) return here.settled;
    try {
      return await shared.run((db) => settle(db, sharedAhead(this.#options)));
    } catch (error) {
      if (!(error instanceof SharedFailure) || error.fault === 'data') throw error;
      this.#kept = true;
      await file.run((db) => keepOutcome(db, { mediaLegId, fence, outcome }));
      return true;
    }
  }

  async nextDueAt(): Promise<number | undefined> {
    const { owner, now } = this.#options;
    const own = await this.#own.nextDueAt();
    if (this.#claiming !== undefined || this.#taken.length > 0) return Math.min(own ?? now(), now());
    const ask = (db: Db) => outbox.nextDueAt(db, owner, sharedAhead(this.#options));
    const shared = await this.#places.shared.soon(ask, undefined);
    return own === undefined || shared === undefined ? (own ?? shared) : Math.min(own, shared);
  }

  /** Tells the shared database what could not be told it. */
  async tellOutcomes(there: Pick<Engine, 'run'>): Promise<void> {
    if (!this.#kept) return;
    this.#kept = false;
    try {
      const kept = await this.#places.file.run(keptOutcomes);
      for (const each of kept) {
        const settled = await there.run((db) =>
          outbox.settleReport(db, each.mediaLegId, each.fence, each.outcome, sharedAhead(this.#options)),
        );
        if (!settled) this.#late(each.mediaLegId, each.outcome);
        await this.#places.file.run((db) => forgetOutcomes(db, [each]));
      }
    } catch (error) {
      this.#kept = true;
      throw error;
    }
  }

  /** What comes too late to be waited for is had by the next claim. */
  async #claimShared(ask: ClaimAsk): Promise<readonly outbox.Taken[]> {
    if (this.#taken.length === 0) {
      this.#claiming ??= this.#take(ask).finally(() => {
        this.#claiming = undefined;
      });
      await within(PATIENCE, this.#claiming, undefined);
    }
    return this.#taken.splice(0, ask.limit);
  }

  async #take(ask: ClaimAsk): Promise<void> {
    const { shared } = this.#places;
    const claim = (db: Db) => outbox.claimReports(db, ask, sharedNow(this.#options, ask.now));
    try {
      await this.tellOutcomes(shared);
      this.#taken.push(...(await shared.ifUp(claim, [])));
    } catch (error) {
      if (!shared.excuses(error)) throw error;
    }
  }

  #late(mediaLegId: string, { kind }: Outcome): void {
    this.counters.lateOutcomes += 1;
    this.#options.log.warn({ op: 'outcome', leg: mediaLegId, kind }, 'an outcome came after its lease had ended');
  }

  #countTaken(taken: readonly outbox.Taken[], owner: string): void {
    for (const [from, of] of Map.groupBy(taken, ({ legOwner }) => legOwner)) {
      if (from === owner) continue;
      this.counters.takenOver += of.length;
      const fields = { op: 'takeover', from, reports: of.length };
      this.#options.log.info(fields, 'reports of an agent that is gone taken over');
    }
  }
}
