import type { PostgresOptions } from './postgres-engine.ts';
import type { Quarantined } from './quarantine.ts';
import type { SqlStoreOptions } from './sql-store.ts';

/** What a fleet's store says to operators. */
export interface FleetLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export type FleetOptions = Omit<SqlStoreOptions, 'isAlone'> & {
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
  /** Which start of which host this is, in contrast to a copy of its disk: what the system tells if absent. */
  readonly host?: string;
  /** The clock of leases, and by which all there is due: that of the shared database if absent. `now`: ours. Epoch seconds. */
  readonly leaseClock?: (now: number) => number;
};
