import type { Series } from '../model/interval.ts';
import type { Leg } from '../model/leg.ts';
import { closeCopies, endedOpen, endLost, type LostLeg, lostLegs, unmarkCopied } from './copies.ts';
import type { Owed } from './endings.ts';
import type { FleetOptions } from './fleet-options.ts';
import type { Places } from './fleet-places.ts';
import { PATIENCE, within } from './patience.ts';
import { databaseClock, databaseNow, sharedAhead } from './shared-clock.ts';

/** Legs in one transaction. */
const BATCH = 50;
/** Lost legs in one turn: each is read whole. */
const LOST_BATCH = 20;

/** A lost leg as it ends: its last state, its whole series, and what it owes. */
export type EndedLost = { readonly leg: Leg; readonly series: Series; readonly owed: Owed };

/** Which agent ends a leg of which the shared database has a copy: its own, or, once that is gone, another. */
export class FleetCopies {
  readonly #places: Places;
  readonly #options: FleetOptions;
  readonly #told = new Set<string>();
  #closing: Promise<void> | undefined;
  /** Legs of others that were ended here, and legs of ours that others had ended. */
  readonly counters = { legsTakenOver: 0, legsLost: 0 };

  constructor(places: Places, options: FleetOptions) {
    this.#places = places;
    this.#options = options;
  }

  /**
   * Closes the copies of legs that have ended here, so that their reports can be sent from here. While the shared database
   * is away they wait for it, and others do not wait for them. What another has ended stays held, and the handover forgets it.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close().finally(() => {
      this.#closing = undefined;
    });
    return within(PATIENCE, this.#closing, undefined);
  }

  async #close(): Promise<void> {
    const { file, shared } = this.#places;
    for (let full = true; full; ) {
      const rows = await file.run((db) => endedOpen(db, BATCH));
      const known = rows.filter(({ media_leg_id }) => !this.#told.has(media_leg_id));
      if (known.length === 0) return;
      const closed = await shared.ifUp((db) => closeCopies(db, known, databaseNow), undefined);
      if (closed === undefined) return;
      await file.run((db) => unmarkCopied(db, closed));
      for (const { media_leg_id: leg } of known) if (!closed.includes(leg)) this.#tell(leg);
      full = rows.length === BATCH && closed.length > 0;
    }
  }

  /** Live legs of agents of which nobody has heard for `graceSeconds`; none while the shared database is away. */
  lost(graceSeconds: number): Promise<readonly LostLeg[]> {
    const { owner } = this.#options;
    return this.#places.shared.ifUp(async (db) => {
      const before = (await databaseClock(db)) - graceSeconds;
      return lostLegs(db, { owner, before, limit: LOST_BATCH });
    }, []);
  }

  /** Ends one of them. False: somebody else did, or its agent came back. */
  async end(ended: EndedLost, graceSeconds: number): Promise<boolean> {
    const { owner, now, log } = this.#options;
    const done = await this.#places.shared.run(async (db) =>
      endLost(
        db,
        ended,
        { owner, before: (await databaseClock(db)) - graceSeconds },
        now(),
        sharedAhead(this.#options),
      ),
    );
    if (!done) return false;
    this.counters.legsTakenOver += 1;
    const { mediaLegId, owner: from, endedAt } = ended.leg;
    log.warn({ op: 'takeover', leg: mediaLegId, from, endedAt }, 'live leg of an agent that is gone ended');
    return true;
  }

  #tell(leg: string): void {
    this.#told.add(leg);
    this.counters.legsLost += 1;
    this.#options.log.warn({ op: 'takeover', leg }, 'another agent has ended this leg; its report goes from there');
  }
}
