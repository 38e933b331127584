import type { Graph, PostResult } from '../graph/graph.ts';
import type { Clock } from '../model/clock.ts';
import type { Claimed, Outcome, Report } from '../model/delivery.ts';
import { OtherlegError } from '../model/error.ts';
import type { Store } from '../store/store.ts';
import { backlog } from './backlog.ts';
import { Holds } from './holds.ts';
import { Lanes } from './lanes.ts';
import { outcomeOf, type Patience } from './outcome.ts';
import { outcomeLine, STATE_AFTER } from './outcome-line.ts';
import { pause } from './pause.ts';
import { Rounds } from './rounds.ts';

/** Of the store, what owes reports. */
export type Outbox = Pick<Store, 'claimReports' | 'settleReport' | 'nextDueAt' | 'reports' | 'dueAfterSetBack'>;

/** Where outcomes and failures of the store are told. */
export interface DeliveryLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export type DeliveryParts = {
  readonly store: Outbox;
  readonly graph: Graph;
  readonly clock: Clock;
  /** 0 ≤ random < 1. */
  readonly random: () => number;
  readonly logger: DeliveryLogger;
};

export type DeliveryOptions = Patience & {
  /** The agent, by whom reports are leased. */
  readonly owner: string;
  /** Posts at a time. */
  readonly concurrency: number;
  /** Must be longer than Graph can take with a report: twice its deadline. */
  readonly leaseSeconds: number;
};

/** The defaults of the configuration. */
export const DELIVERY_DEFAULTS = {
  concurrency: 8,
  leaseSeconds: 120,
  firstRetrySeconds: 1,
  maximumRetrySeconds: 900,
  maximumAgeSeconds: 7 * 86_400,
} as const satisfies Omit<DeliveryOptions, 'owner'>;

/** What happened since the start. `throttled`: answers 429 and 503; `fenced`: outcomes that came after the lease. */
export type DeliveryCounters = {
  readonly attempts: number;
  readonly accepted: number;
  readonly refused: number;
  readonly kept: number;
  readonly expired: number;
  readonly throttled: number;
  readonly fenced: number;
  readonly storeFailures: number;
};

/** A store that did not take an outcome is told again after this time. Seconds. */
const STORE_RETRY_SECONDS = 2;
/** How soon to look again when what is due cannot be had: its tenant is held, or another has it. Seconds. */
const LOOK_AGAIN_SECONDS = 1;

const COUNTER = { accepted: 'accepted', refused: 'refused', expired: 'expired', keep: 'kept' } as const;

/** Brings the reports that are owed to Graph, oldest first, until each is accepted, refused or expired. */
export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #options: DeliveryOptions;
  readonly #holds = new Holds();
  readonly #rounds: Rounds;
  readonly #lanes: Lanes;
  /** How often attempts ended with each status of Graph, or else with each code of ours. */
  readonly attemptsBy = new Map<number | string, number>();
  readonly #counters: { -readonly [name in keyof DeliveryCounters]: number } = {
    attempts: 0,
    accepted: 0,
    refused: 0,
    kept: 0,
    expired: 0,
    throttled: 0,
    fenced: 0,
    storeFailures: 0,
  };
  #unsettled = 0;

  constructor(parts: DeliveryParts, options: DeliveryOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#lanes = new Lanes(parts.clock.now());
    this.#rounds = new Rounds({
      clock: parts.clock,
      look: (now) => this.#look(now),
      setBack: (_, now) => this.#setBack(now),
      failed: (error) => this.#storeFailed(error),
    });
  }

  get counters(): DeliveryCounters {
    return { ...this.#counters };
  }

  /** Begins to deliver; what the last run left is due at once. */
  start(): void {
    this.#rounds.start();
  }

  /** Something may be due: looks at once. Call it after every `endLeg` and `requeueReport`. */
  wake(): void {
    this.#rounds.wake();
  }

  /**
   * An operator sends a report of this tenant again: it is tried at once, unless Graph itself asked to be left alone. Answers
   * until when it did. Epoch seconds.
   */
  release(tenantId: string): number | undefined {
    const until = this.#holds.release(tenantId, this.#parts.clock.now());
    this.wake();
    return until;
  }

  /** Looks whether a timer was missed or another agent left something. From a schedule, every 15 s. */
  sweep(): void {
    this.wake();
  }

  /** Sends what is and becomes due within `deadlineSeconds`, stops, and answers how many reports are left. */
  async drain(deadlineSeconds: number): Promise<number> {
    const { signal } = this.#rounds;
    const until = this.#parts.clock.now() + deadlineSeconds;
    // By a timer, not by the clock, which may be set back meanwhile.
    const deadline = pause(deadlineSeconds, signal).then(() => this.stop());
    this.wake();
    while (!signal.aborted && (await this.#hasMore(until))) await pause(0.05, signal);
    await this.stop();
    await deadline;
    return this.left();
  }

  /** Cuts off the posts under way, whose reports stay due, and resolves when that is written down. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** Claims as many as there are free places; the end of each attempt looks again. */
  async #look(now: number): Promise<number | undefined> {
    const { store } = this.#parts;
    const { owner, leaseSeconds, concurrency } = this.#options;
    // An outcome that is not written down yet goes first: its report must not be claimed and posted again.
    if (this.#unsettled > 0 || this.#rounds.underWay >= concurrency) return undefined;
    const ask = { owner, now, leaseSeconds, heldTenants: this.#holds.tenants(now) };
    const createdSince = this.#lanes.next();
    if (createdSince !== undefined) {
      for (const each of await store.claimReports({ ...ask, limit: 1, createdSince })) this.#launch(each);
    }
    const limit = concurrency - this.#rounds.underWay;
    if (limit === 0) return undefined;
    const claimed = await store.claimReports({ ...ask, limit });
    for (const each of claimed) this.#launch(each);
    this.#lanes.claimed(
      claimed.map(({ report }) => report.createdAt),
      limit,
      now,
    );
    return claimed.length < limit ? this.#nextTry(now) : undefined;
  }

  /** Times that were counted before the clock was set back would be waited for as long as it was ahead. */
  async #setBack(now: number): Promise<void> {
    this.#holds.clear();
    const due = (await this.#parts.store.dueAfterSetBack?.(now)) ?? 0;
    if (due > 0) this.#parts.logger.warn({ op: 'outbox', reports: due }, 'the clock was set back: they are due now');
  }

  /** When a claim may yield something again after one at `now` did not; undefined when nothing is owed. */
  async #nextTry(now: number): Promise<number | undefined> {
    const due = await this.#parts.store.nextDueAt();
    if (due === undefined || due > now) return due;
    return Math.min(now + LOOK_AGAIN_SECONDS, this.#holds.nextEnd(now) ?? Number.POSITIVE_INFINITY);
  }

  #launch(claimed: Claimed): void {
    this.#rounds.launch(this.#deliver(claimed));
  }

  async #deliver(claimed: Claimed): Promise<void> {
    const { clock, random } = this.#parts;
    this.#counters.attempts += 1;
    const result = await this.#post(claimed.report);
    this.#countAttempt(result);
    const at = clock.now();
    const stopped = this.#rounds.signal.aborted;
    const outcome = outcomeOf({ claimed, result, at, random: random(), stopped }, this.#options);
    this.#hold(claimed.report.tenantId, result, outcome);
    if (!(await this.#settle(claimed, outcome))) return;
    this.#counters[COUNTER[outcome.kind]] += 1;
    this.#parts.logger.info(outcomeLine(claimed, outcome), `report ${STATE_AFTER[outcome.kind]}`);
  }

  async #post(report: Report): Promise<PostResult> {
    try {
      return await this.#parts.graph.postReport(report, this.#rounds.signal);
    } catch (error) {
      return { kind: 'keep', trace: { code: 'INTERNAL', message: String(error) }, throttled: false };
    }
  }

  #countAttempt({ trace: { status, code } }: PostResult): void {
    const by = status ?? code ?? 'INTERNAL';
    this.attemptsBy.set(by, (this.attemptsBy.get(by) ?? 0) + 1);
  }

  #hold(tenantId: string, result: PostResult, outcome: Outcome): void {
    const { status } = result.trace;
    if (status === 429 || status === 503) this.#counters.throttled += 1;
    if (result.kind !== 'keep') this.#holds.answered(tenantId, outcome.at);
    if (result.kind !== 'keep' || !result.throttled) return;
    const told = result.retryAfterSeconds !== undefined && outcome.kind === 'keep' ? outcome.dueAt : undefined;
    this.#holds.hold(tenantId, outcome.at, told);
  }

  /** Writes the outcome down, however often the store fails, until we stop. False: it is not this agent's to tell. */
  async #settle(claimed: Claimed, outcome: Outcome): Promise<boolean> {
    for (let failures = 0; ; failures += 1) {
      try {
        const settled = await this.#settleOnce(claimed, outcome);
        if (failures > 0) this.#unsettled -= 1;
        return settled;
      } catch (error) {
        this.#storeFailed(error);
        if (failures === 0) this.#unsettled += 1;
        if (this.#rounds.signal.aborted) return false;
        await pause(STORE_RETRY_SECONDS, this.#rounds.signal);
      }
    }
  }

  async #settleOnce({ report, fence }: Claimed, outcome: Outcome): Promise<boolean> {
    const { store, logger } = this.#parts;
    if (await store.settleReport(report.mediaLegId, fence, outcome)) return true;
    this.#counters.fenced += 1;
    logger.warn({ leg: report.mediaLegId, call: report.callChainId }, 'the outcome came after the lease had ended');
    return false;
  }

  #storeFailed(error: unknown): void {
    this.#counters.storeFailures += 1;
    const reason = error instanceof Error ? error.message : String(error);
    const hint = error instanceof OtherlegError ? error.hint : undefined;
    const fields = { op: 'outbox', reason, ...(hint !== undefined && { hint }) };
    this.#parts.logger.warn(fields, 'the store failed; reports wait and are tried again');
  }

  async #hasMore(until: number): Promise<boolean> {
    if (!this.#rounds.isStarted) return false;
    if (this.#rounds.isBusy) return true;
    try {
      const next = await this.#nextTry(this.#parts.clock.now());
      return next !== undefined && next < until;
    } catch {
      return true;
    }
  }

  /** A store that cannot tell counts as one report left, so that nobody takes it for drained. */
  async left(): Promise<number> {
    try {
      return await backlog(this.#parts.store);
    } catch (error) {
      this.#storeFailed(error);
      return 1;
    }
  }
}
