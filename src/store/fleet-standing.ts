import type { OtherlegError } from '../model/error.ts';
import type { FleetLog } from './fleet-options.ts';

/** How this agent stands to its fleet. `backlog`: ended legs that lie on this host alone, `leaseUntil`: epoch seconds, by our clock. */
export type FleetStanding = {
  readonly counters: FleetCounters;
  readonly isShared: boolean;
  readonly backlog: number;
  readonly leaseUntil?: number;
};

/** What happened since the start. `takenOver`: reports of agents that were gone; `lateOutcomes`: told after their lease. */
export type FleetCounters = {
  readonly handedOver: number;
  readonly takenOver: number;
  readonly lateOutcomes: number;
  readonly outages: number;
  /** Live legs of agents that were gone, ended here; live legs of ours that another had ended. */
  readonly legsTakenOver: number;
  readonly legsLost: number;
};

/** Whether this agent is heard in its fleet: since when the shared database is there, and until when its lease lasts. */
export class FleetContact {
  readonly #log: FleetLog;
  readonly #leaseSeconds: number;
  /** Since when the shared database can be used, by the monotonic clock, milliseconds. */
  #upSince: number | undefined;
  outages = 0;
  /** By our clock, epoch seconds. */
  leaseUntil: number | undefined;

  constructor(log: FleetLog, leaseSeconds: number) {
    this.#log = log;
    this.#leaseSeconds = leaseSeconds;
  }

  /** The first contact, at `now` (epoch seconds). */
  joined(now: number): void {
    this.#upSince = performance.now();
    this.renewed(now);
  }

  /** At `now` (epoch seconds) this agent said that it lives. */
  renewed(now: number): void {
    this.leaseUntil = now + this.#leaseSeconds;
  }

  /** The shared database has been there for two leases: after an outage all agents were silent. */
  isSettled(): boolean {
    return this.#upSince !== undefined && performance.now() - this.#upSince >= 2000 * this.#leaseSeconds;
  }

  /** The shared database came back, or went away for a reason. */
  changed(up: boolean, reason: OtherlegError | undefined): void {
    this.#upSince = up ? performance.now() : undefined;
    if (up) this.#log.info({ op: 'fleet' }, 'the shared store is back');
    else this.outages += 1;
    if (!up)
      this.#log.warn(
        { op: 'fleet', reason: reason?.message, hint: reason?.hint },
        'the shared store is away; all goes on here',
      );
  }
}
