import { sharedClock } from './agents.ts';
import * as callRecords from './call-records.ts';
import type { FleetOptions } from './fleet-options.ts';
import type { Places } from './fleet-places.ts';
import type { Db } from './schema.ts';
import { callRecordsDueAfterSetBack } from './set-back.ts';
import type { CallRecordTask, CallRecordTurn, ClaimAsk, ClaimedTask, Store, StoredRecord } from './store.ts';

type Own = Pick<Store, 'claimCallRecords' | 'callRecord' | 'nextCallRecordAt'>;

/**
 * The call records that a fleet reads: they follow their leg from the agent's own file into the shared database, from where
 * any agent reads them. One that is read twice does no harm.
 */
export class FleetCallRecords {
  readonly #own: Own;
  readonly #places: Places;
  readonly #options: FleetOptions;

  constructor(own: Own, places: Places, options: FleetOptions) {
    this.#own = own;
    this.#places = places;
    this.#options = options;
  }

  async claim(ask: ClaimAsk): Promise<readonly ClaimedTask[]> {
    const own = await this.#own.claimCallRecords(ask);
    const limit = ask.limit - own.length;
    if (limit <= 0) return own;
    const claim = async (db: Db): Promise<readonly ClaimedTask[]> =>
      callRecords.claimCallRecords(db, { ...ask, limit }, await this.#leaseNow(db, ask.now));
    return [...own, ...(await this.#places.shared.ifUp(claim, []))];
  }

  /** Where it lies now: it may have gone over meanwhile, with the lease that it had. */
  async settle(callChainId: string, fence: number, turn: CallRecordTurn): Promise<boolean> {
    const { file, shared } = this.#places;
    const settle = (db: Db) => callRecords.settleCallRecord(db, callChainId, fence, turn);
    const here = await file.run(settle);
    // Both may have one of this call, each with a fence of its own.
    if (here === true) return true;
    return (await shared.ifUp(settle, undefined)) ?? false;
  }

  /** Of two the one with a record, the newer version first. */
  async find(callChainId: string): Promise<StoredRecord | undefined> {
    const own = await this.#own.callRecord(callChainId);
    const other = await this.#places.shared.soon((db) => callRecords.findCallRecord(db, callChainId), undefined);
    if (own === undefined || other === undefined) return own ?? other;
    return (other.record?.version ?? -1) > (own.record?.version ?? -1) ? other : own;
  }

  /** Where it lies; one that lies nowhere, here. */
  async ask(task: CallRecordTask): Promise<void> {
    const { file, shared } = this.#places;
    const askAgain = (db: Db): Promise<boolean> => callRecords.askAgain(db, task);
    if (await file.run(askAgain)) return;
    if (await shared.ifUp(askAgain, false)) return;
    await file.run((db) => callRecords.askCallRecord(db, task));
  }

  /** Here, and there those of calls that our legs were in: the clocks of other hosts are their own. */
  async dueAfterSetBack(now: number): Promise<number> {
    const { file, shared } = this.#places;
    const here = await file.run((db) => callRecordsDueAfterSetBack(db, now));
    return here + (await shared.ifUp((db) => callRecordsDueAfterSetBack(db, now, this.#options.owner), 0));
  }

  async nextAt(): Promise<number | undefined> {
    const { now } = this.#options;
    const own = await this.#own.nextCallRecordAt();
    const shared = await this.#places.shared.ifUp(
      async (db) => callRecords.nextCallRecordAt(db, (await this.#leaseNow(db, now())) - now()),
      undefined,
    );
    return own === undefined || shared === undefined ? (own ?? shared) : Math.min(own, shared);
  }

  #leaseNow(db: Db, now: number): Promise<number> {
    return sharedClock(db, now, this.#options);
  }
}
