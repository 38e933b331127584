import * as callRecords from './call-records.ts';
import type { FleetOptions } from './fleet-options.ts';
import type { Places } from './fleet-places.ts';
import type { Db } from './schema.ts';
import { callRecordsDueAfterSetBack } from './set-back.ts';
import { sharedAhead, sharedNow, type Time } from './shared-clock.ts';
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
    const claim = (db: Db): Promise<readonly ClaimedTask[]> =>
      callRecords.claimCallRecords(db, { ...ask, limit }, sharedNow(this.#options, ask.now));
    return [...own, ...(await this.#places.shared.ifUp(claim, []))];
  }

  /** Where it lies now: it may have gone over meanwhile, with the lease that it had. */
  async settle(callChainId: string, fence: number, turn: CallRecordTurn): Promise<boolean> {
    const { file, shared } = this.#places;
    const settle = (db: Db, ahead?: Time) => callRecords.settleCallRecord(db, callChainId, fence, turn, ahead);
    const here = await file.run((db) => settle(db));
    // Both may have one of this call, each with a fence of its own.
    if (here === true) return true;
    return (await shared.ifUp((db) => settle(db, sharedAhead(this.#options)), undefined)) ?? false;
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
    const askAgain = (db: Db, ahead?: Time): Promise<boolean> => callRecords.askAgain(db, task, ahead);
    if (await file.run((db) => askAgain(db))) return;
    if (await shared.ifUp((db) => askAgain(db, sharedAhead(this.#options)), false)) return;
    await file.run((db) => callRecords.askCallRecord(db, task));
  }

  /** Here, and there those of calls that our legs were in: the clocks of other hosts are their own. */
  async dueAfterSetBack(now: number): Promise<number> {
    const { file, shared } = this.#places;
    const { owner } = this.#options;
    const there = (db: Db) => callRecordsDueAfterSetBack(db, now, { owner, ahead: sharedAhead(this.#options, now) });
    return (await file.run((db) => callRecordsDueAfterSetBack(db, now))) + (await shared.ifUp(there, 0));
  }

  async nextAt(): Promise<number | undefined> {
    const own = await this.#own.nextCallRecordAt();
    const ask = (db: Db) => callRecords.nextCallRecordAt(db, sharedAhead(this.#options));
    const shared = await this.#places.shared.ifUp(ask, undefined);
    return own === undefined || shared === undefined ? (own ?? shared) : Math.min(own, shared);
  }
}
