import type { CallRecordResult, CallRecords } from '../graph/graph.ts';
import type { CallRecord } from '../model/call-record.ts';
import type { Clock } from '../model/clock.ts';
import type { ClaimedTask, Store } from '../store/store.ts';
import { FORBIDDEN_FOR, forbidden, turnAfter } from './call-record-turn.ts';
import type { DeliveryLogger } from './delivery.ts';
import { Holds } from './holds.ts';
import { Rounds } from './rounds.ts';

export type CallRecordParts = {
  readonly store: Pick<
    Store,
    'claimCallRecords' | 'settleCallRecord' | 'nextCallRecordAt' | 'callRecordsDueAfterSetBack'
  >;
  readonly graph: CallRecords;
  readonly clock: Clock;
  /** 0 ≤ random < 1. */
  readonly random: () => number;
  readonly logger: DeliveryLogger;
  /** What of a record may be kept. */
  readonly keep: (record: CallRecord, callChainId: string) => Promise<CallRecord>;
  /** A record, or that there is none, is on disk. */
  readonly onSettled: (callChainId: string) => Promise<void>;
};

export type CallRecordOptions = {
  /** The agent, by whom records are leased. */
  readonly owner: string;
  /** First try after the leg's end, which the task has in it, and first wait after a 404. Seconds. */
  readonly delay: number;
};

/** What happened since the start. */
export type CallRecordCounters = {
  readonly attempts: number;
  readonly read: number;
  readonly missing: number;
  readonly forbidden: number;
  readonly kept: number;
};

/** Records at a time: Graph lets ten in twenty seconds of one call, and far more in all. */
const CONCURRENCY = 4;
/** Longer than a record of many pages takes. Seconds. */
const LEASE_SECONDS = 600;
/** How soon to look again when what is due cannot be had. Seconds. */
const LOOK_AGAIN = 2;

/** Reads Graph's own records of calls when they are due, and again later for what has come in since. */
export class CallRecordReader {
  readonly #parts: CallRecordParts;
  readonly #options: CallRecordOptions;
  readonly #holds = new Holds();
  readonly #rounds: Rounds;
  /** Tenants that do not let us, until when: one of their records is asked for a day, the others are told so at once. */
  readonly #forbidden = new Map<string, number>();
  readonly #counters = { attempts: 0, read: 0, missing: 0, forbidden: 0, kept: 0 };

  constructor(parts: CallRecordParts, options: CallRecordOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#rounds = new Rounds({
      clock: parts.clock,
      look: (now) => this.#look(now),
      setBack: (_, now) => this.#setBack(now),
      failed: (error) => this.#storeFailed(error),
    });
  }

  get counters(): CallRecordCounters {
    return { ...this.#counters };
  }

  start(): void {
    this.#rounds.start();
  }

  /** Something may be due. */
  wake(): void {
    this.#rounds.wake();
  }

  /** Somebody says that this tenant lets us now: it is not left alone for what it said before. */
  forgive(tenantId: string): void {
    this.#forbidden.delete(tenantId);
  }

  /** Cuts off what is under way; it is due again at the next start. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  async #look(now: number): Promise<number | undefined> {
    const { store } = this.#parts;
    const limit = CONCURRENCY - this.#rounds.underWay;
    if (limit <= 0) return undefined;
    const heldTenants = this.#holds.tenants(now);
    const ask = { owner: this.#options.owner, now, limit, leaseSeconds: LEASE_SECONDS, heldTenants };
    const claimed = await store.claimCallRecords(ask);
    for (const task of claimed) this.#launch(task);
    // The end of each looks again.
    if (claimed.length === limit) return undefined;
    const due = await store.nextCallRecordAt();
    return due === undefined || due > now ? due : now + LOOK_AGAIN;
  }

  async #setBack(now: number): Promise<void> {
    const { store, logger } = this.#parts;
    this.#holds.clear();
    this.#forbidden.clear();
    const due = (await store.callRecordsDueAfterSetBack?.(now)) ?? 0;
    if (due > 0) logger.warn({ op: 'call-records', records: due }, 'the clock was set back: they are due now');
  }

  #launch(task: ClaimedTask): void {
    this.#rounds.launch(this.#read(task).catch((error: unknown) => this.#storeFailed(error)));
  }

  async #read(task: ClaimedTask): Promise<void> {
    const { clock, graph, store, random, keep, onSettled } = this.#parts;
    const { callChainId, tenantId } = task;
    if ((this.#forbidden.get(tenantId) ?? 0) > clock.now()) {
      await store.settleCallRecord(callChainId, task.fence, forbidden(task, clock.now()));
      return onSettled(callChainId);
    }
    this.#counters.attempts += 1;
    const result = await graph.callRecord(callChainId, tenantId, this.#rounds.signal);
    // The lease ends with the next start, and the record is due then as it was.
    if (this.#rounds.signal.aborted && result.kind === 'keep') return;
    const at = clock.now();
    const record = result.kind === 'found' ? await keep(result.record, callChainId) : undefined;
    const turn = turnAfter({ task, result, at, random: random(), delay: this.#options.delay }, record);
    this.#note(task, result, at);
    if (!(await store.settleCallRecord(callChainId, task.fence, turn))) return;
    this.#tell(task, result, turn.state, turn.dueAt);
    if (turn.state !== 'waiting') await onSettled(callChainId);
  }

  #note({ tenantId }: ClaimedTask, result: CallRecordResult, at: number): void {
    if (result.kind === 'forbidden') this.#forbidden.set(tenantId, at + FORBIDDEN_FOR);
    if (result.kind === 'found') this.#forbidden.delete(tenantId);
    if (result.kind !== 'keep') this.#holds.answered(tenantId, at);
    else if (result.throttled) {
      const { retryAfterSeconds: wait } = result;
      this.#holds.hold(tenantId, at, wait === undefined ? undefined : at + wait);
    }
    const counter = { found: 'read', missing: 'missing', forbidden: 'forbidden', keep: 'kept' } as const;
    this.#counters[counter[result.kind]] += 1;
  }

  #tell({ callChainId, tenantId }: ClaimedTask, result: CallRecordResult, state: string, dueAt?: number): void {
    const { status, code, message, requestId, hint } = result.trace;
    const fields = {
      call: callChainId,
      tenant: tenantId,
      state,
      status,
      code,
      reason: message,
      requestId,
      hint,
      dueAt,
    };
    this.#parts.logger.info(fields, 'call record asked for');
    if (result.kind === 'found' && result.stray !== undefined)
      this.#parts.logger.warn({ call: callChainId, link: result.stray }, 'a link to further sessions was not followed');
  }

  #storeFailed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#parts.logger.warn({ op: 'call-records', reason }, 'call records wait and are read later');
  }
}
