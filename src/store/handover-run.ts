import type { Engine } from './engine.ts';
import {
  exportEnded,
  forgetHanded,
  type Handover,
  importEnded,
  markHanding,
  unmarkHanding,
  withdrawImported,
} from './handover.ts';
import { SharedFailure } from './postgres-failure.ts';
import type { Db } from './schema.ts';
import type { Time } from './shared-clock.ts';

/** Either side of a handover: one transaction at a time for each caller. */
export type Side = Pick<Engine, 'run'>;

/*
 * A report is claimable in exactly one of two places.
 *
 * The order of one handover, where `here` is the agent's own file, which only this process has open, and `there` the
 * shared database:
 *
 *   1 here   read legs that have ended and whose report nobody is sending      (changes nothing)
 *   2 there  BEGIN, write them                                                 (nobody sees them)
 *   3 here   mark those that are still as they were read, and commit           (no claim here any more)
 *   4 there  take the others out again, COMMIT                                 (claims there)
 *   5 here   forget those that are marked, remember their ids                  (they are no more)
 *
 * Never in two. A claim here asks for a leg without the mark (claimReports), one there sees only what step 4 committed, and
 * the mark is on disk before the COMMIT is sent. It is taken back in one case only: step 4 was not begun, so PostgreSQL
 * cannot have committed. Whoever claimed here between 1 and 3 has changed the report's row: it is not marked, and goes at
 * the next time. A report that is being sent is leased, and what is leased is not read in step 1: so no outcome is on its
 * way to a place that has the report no more.
 *
 * Never in none, but for the moment between 3 and the end of 4. Killed before 3: all lies here, and PostgreSQL rolls back.
 * Killed between 3 and 5: marked here, and there or not, which this side cannot know (the COMMIT may lie in a socket yet).
 * So the mark stays, and the next round, also after a restart, writes the same legs there once more: what is there already
 * stays as it is (importEnded does nothing for an id it has, and waits for a transaction that has it and is not over), what
 * is not comes now. Either way it lies there afterwards, once, and step 5 follows. Only this case has to wait for PostgreSQL:
 * the reports of one batch whose COMMIT was never answered. What was not on its way then is delivered from here, however
 * long PostgreSQL is away.
 *
 * Live legs. The shared database has copies of them, and when their agent has been silent for long another ends them there
 * with what it finds (copies.ts). Silence is no proof: the agent may live, cut off, and end the same leg. So no clock and no
 * lease decides who reports it, but the row of the copy, under its lock:
 *
 *   a here   read a live leg and mark it as copied, in one transaction         (its report cannot be claimed here any more)
 *   b there  write the copy                                                    (not over one that lies there itself)
 *   c here   the leg ends, its report is queued                                (held: claimReports asks for no mark `copied_at`)
 *   d there  close the copy: it stays, `handing` says that it is over          (nobody else ends it)
 *   e here   take the mark back                                                (claims here)
 *
 *   x there  another agent ends an open copy and queues its report: no copy is left, the leg lies there itself (claims there)
 *
 * d and x change the same row and each asks that it be an open copy: one of them comes first and the other finds nothing to
 * change. After d there is no x; after x there is no e, so the leg stays held here, and the handover, which writes nothing
 * over a leg that lies there, makes this side forget it. An answer to d that never came changes nothing: it is asked again,
 * and closed is closed. A copy that comes late (b after d) finds the closed row, since d writes one where there is none, and
 * leaves `handing` as it is. A host that comes back after any time is held by the mark in its file until d or the handover
 * has been answered. The price: what had a copy waits for PostgreSQL with its report. A leg that began after PostgreSQL went
 * away has none and is delivered from here.
 */

/** Hands over up to `limit` legs; how many. Rejects with the reason why not, after which each lies where it can be had. */
export async function handOver(here: Side, there: Side, ask: HandoverAsk): Promise<number> {
  const left = await here.run((db) => exportEnded(db, { marked: true, limit: ask.limit }));
  if (left.length > 0) {
    await importLeft(here, there, left, ask);
    await here.run((db) => forgetHanded(db, left, ask.now));
  }
  const ready = await here.run((db) => exportEnded(db, { marked: false, limit: ask.limit, except: ask.except }));
  if (ready.length === 0) return left.length;
  const marked = await commitThere(here, there, ready, ask);
  const gone = ready.filter(({ leg }) => marked.includes(leg.media_leg_id));
  await here.run((db) => forgetHanded(db, gone, ask.now));
  return left.length + gone.length;
}

export type HandoverAsk = {
  readonly limit: number;
  /** Seconds since the epoch. */
  readonly now: number;
  /** Legs that PostgreSQL refused: they stay here. */
  readonly except: readonly string[];
  /** By how much the clock there is ahead of ours, seconds: 0 if absent. */
  readonly ahead?: Time;
};

/**
 * PostgreSQL refuses the data of one leg alone: then it is not there, since what is there is not written again, and no
 * earlier transaction that has it can be open, since this one waited for it. So the mark may go.
 */
async function importLeft(here: Side, there: Side, left: readonly Handover[], ask: HandoverAsk): Promise<void> {
  try {
    await there.run((db) => importEnded(db, left, ask.ahead));
  } catch (error) {
    if (left.length === 1 && error instanceof SharedFailure && error.fault === 'data') await unmark(here, left);
    throw error;
  }
}

function unmark(here: Side, handovers: readonly Handover[]): Promise<void> {
  return here.run((db) =>
    unmarkHanding(
      db,
      handovers.map(({ leg }) => leg.media_leg_id),
    ),
  );
}

async function commitThere(
  here: Side,
  there: Side,
  ready: readonly Handover[],
  ask: HandoverAsk,
): Promise<readonly string[]> {
  let marked: readonly string[] = [];
  try {
    await there.run(async (db: Db) => {
      const came = await importEnded(db, ready, ask.ahead);
      marked = await here.run((own) => markHanding(own, ready));
      await withdrawImported(
        db,
        came.filter((id) => !marked.includes(id)),
      );
    });
  } catch (error) {
    if (error instanceof SharedFailure && error.outcome === 'undone') {
      await here.run((db) => unmarkHanding(db, marked));
    }
    throw error;
  }
  return marked;
}
