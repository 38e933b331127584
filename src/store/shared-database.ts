import { OtherlegError } from '../model/error.ts';
import { type AgentLife, endLease, renewLease } from './agents.ts';
import { voidCallRecordLeases } from './call-records.ts';
import type { Engine } from './engine.ts';
import { voidLeases } from './outbox.ts';
import { PATIENCE, within } from './patience.ts';
import { SharedFailure } from './postgres-failure.ts';
import type { Db } from './schema.ts';
import { databaseClock } from './shared-clock.ts';

export type SharedDatabaseParts = {
  readonly engine: Engine;
  /** How long after its last word an agent is thought to live. Seconds. */
  readonly leaseSeconds: number;
  /** After a failure nobody asks again for this time, doubled with each further one up to the greater. Seconds. */
  readonly pause: { readonly first: number; readonly longest: number };
  /** At the first contact, while what this agent had leased in its last life is still its own. */
  readonly onJoined: (there: Pick<Engine, 'run'>) => Promise<void>;
  readonly onChange: (up: boolean, reason?: OtherlegError) => void;
  /** It is there, but did not do something in its time, and that was done without. At most once a minute. */
  readonly onSlow?: (reason: OtherlegError) => void;
};

/** How long the first contact may take; its schema may be brought up to date for longer. Milliseconds. */
const JOIN_PATIENCE = 15_000;
/** Milliseconds. */
const TELL_SLOW_AGAIN = 60_000;

/**
 * The database that a fleet shares, from the side of one agent: it comes and goes, and while it is away nobody waits for
 * it. Whoever asks then is refused at once.
 */
export class SharedDatabase {
  readonly #parts: SharedDatabaseParts;
  #life: AgentLife | undefined;
  #joining: Promise<void> | undefined;
  #joined = false;
  #failures = 0;
  /** By the monotonic clock, milliseconds. */
  #askAgainAt = 0;
  #reason: OtherlegError | undefined;
  /** By the monotonic clock, milliseconds. */
  #toldSlowAt = Number.NEGATIVE_INFINITY;

  constructor(parts: SharedDatabaseParts) {
    this.#parts = parts;
  }

  /** Why it cannot be used now; undefined while it can. */
  get down(): OtherlegError | undefined {
    return this.#reason;
  }

  /** The first contact. Rejects if there is none, and may be called again by `run`. */
  async join(life: AgentLife): Promise<void> {
    this.#life = life;
    await this.run(() => Promise.resolve());
  }

  async run<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    if (this.#reason !== undefined && performance.now() < this.#askAgainAt) throw this.#reason;
    try {
      await this.#ready();
      // By a write: a standby answers every question and takes no reports.
      if (this.#reason !== undefined) await this.#parts.engine.run((db) => this.#renew(db));
      this.#worked();
      return await this.#parts.engine.run(work);
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  /** The same, with another answer while it is away, or too slow to answer: a table may be locked for hours. */
  async ifUp<Result>(work: (db: Db) => Promise<Result>, otherwise: Result): Promise<Result> {
    try {
      return await this.run(work);
    } catch (error) {
      if (!this.excuses(error)) throw error;
      return otherwise;
    }
  }

  /** Whether something failed because it is away or too slow, so that it is done without. */
  excuses(error: unknown): boolean {
    if (!isBusy(error)) return this.#reason !== undefined;
    this.#tellSlow(error);
    return true;
  }

  /** The same for what somebody waits for who can do without: a network that swallows everything shows itself late. */
  soon<Result>(read: (db: Db) => Promise<Result>, otherwise: Result): Promise<Result> {
    return within(PATIENCE, this.ifUp(read, otherwise), otherwise);
  }

  /** Says that this agent lives. */
  async renew(): Promise<void> {
    try {
      await this.run((db) => this.#renew(db));
    } catch (error) {
      if (this.#reason === undefined) throw error;
    }
  }

  /** Leaves: others may take at once what is left. */
  async close(): Promise<void> {
    const life = this.#life;
    if (this.#joined && life !== undefined) await this.run((db) => endLease(db, life)).catch(() => undefined);
    const closed = this.#parts.engine.close();
    await within(PATIENCE, this.#joining?.catch(() => undefined) ?? Promise.resolve(), undefined);
    await closed;
    // Joined meanwhile.
    await this.#parts.engine.close();
  }

  async #ready(): Promise<void> {
    if (this.#joined) return;
    this.#joining ??= this.#join().finally(() => {
      this.#joining = undefined;
    });
    const joined = this.#joining.then(() => true);
    if (!(await within(JOIN_PATIENCE, joined, false))) throw stillJoining();
  }

  async #join(): Promise<void> {
    const { engine, onJoined } = this.#parts;
    const life = this.#life;
    if (life === undefined) throw new OtherlegError('INTERNAL', 'the shared store was used before it was joined');
    await engine.open();
    await engine.run((db) => this.#renew(db));
    await onJoined(engine);
    await engine.run(async (db) => {
      await voidLeases(db, life.owner);
      await voidCallRecordLeases(db, life.owner);
    });
    this.#joined = true;
  }

  async #renew(db: Db): Promise<void> {
    if (this.#life === undefined) return;
    const now = await databaseClock(db);
    await renewLease(db, this.#life, now, now + this.#parts.leaseSeconds);
  }

  #worked(): void {
    this.#failures = 0;
    if (this.#reason === undefined) return;
    this.#reason = undefined;
    this.#parts.onChange(true);
  }

  #tellSlow(reason: OtherlegError): void {
    if (performance.now() < this.#toldSlowAt + TELL_SLOW_AGAIN) return;
    this.#toldSlowAt = performance.now();
    this.#parts.onSlow?.(reason);
  }

  /** What PostgreSQL itself answers is about the one statement; all else, and all that keeps us from joining, is about the way there. */
  #failed(error: unknown): void {
    if (!(error instanceof OtherlegError)) return;
    const isUp = this.#joined && this.#reason === undefined;
    if (isUp && !(error instanceof SharedFailure && error.fault === 'away')) return;
    const { first, longest } = this.#parts.pause;
    const before = this.#reason;
    // Those that failed together count once.
    if (performance.now() >= this.#askAgainAt) {
      this.#askAgainAt = performance.now() + 1000 * Math.min(longest, first * 2 ** this.#failures);
      this.#failures += 1;
    }
    this.#reason = error;
    if (before === undefined) this.#parts.onChange(false, error);
  }
}

function stillJoining(): SharedFailure {
  return new SharedFailure('the shared store does not answer yet, or its tables are brought up to date', {
    outcome: 'undone',
    fault: 'away',
    hint: 'nothing need be done: it is used once that is done; until then legs and reports stay here and go on',
    cause: undefined,
  });
}

/** Not at this moment, and nothing was changed. */
function isBusy(error: unknown): error is SharedFailure {
  return error instanceof SharedFailure && error.fault === 'busy';
}
