import { type RawBuilder, sql } from 'kysely';
import type { Db } from './schema.ts';

/**
 * A time, or a span of time, in a statement: known to us, or asked of the database's clock by the statement itself, which
 * spares the way there and back that a question of its own would cost. Seconds.
 */
export type Time = number | RawBuilder<number>;

export type SharedClockOptions = {
  /** Our own clock. Epoch seconds. */
  readonly now: () => number;
  /** What the shared database's clock shows when ours shows `now`: the database is asked if absent. */
  readonly leaseClock?: (now: number) => number;
};

/**
 * The clock of the shared database, by which all agents count leases and when what lies there is due, whatever their own
 * clocks say. As a query within the statement: asked once, not for each row, and indexes can be used. Epoch seconds.
 */
export const databaseNow = sql<number>`(select cast(extract(epoch from clock_timestamp()) as double precision))`;

/** The same, asked at once. */
export async function databaseClock(db: Db): Promise<number> {
  const { rows } = await sql<{ now: number }>`select ${databaseNow} as now`.execute(db);
  return rows[0]?.now ?? Number.NaN;
}

/** That clock in a statement. `now`: ours. */
export function sharedNow({ leaseClock }: SharedClockOptions, now: number): Time {
  return leaseClock?.(now) ?? databaseNow;
}

/** By how much that clock is ahead of ours, which shows `now`, in a statement. */
export function sharedAhead({ now: clock, leaseClock }: SharedClockOptions, now = clock()): Time {
  return plus(leaseClock?.(now) ?? databaseNow, -now);
}

/** A time and so many seconds. */
export function plus(time: Time, seconds: number): Time {
  return typeof time === 'number' ? time + seconds : sql<number>`(${time} + ${seconds})`;
}
