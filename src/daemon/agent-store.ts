import type { Config } from '../config/config.ts';
import { ownFile } from '../config/section/store.ts';
import type { Outbox } from '../delivery/delivery.ts';
import type { FleetLog } from '../store/fleet-options.ts';
import { FleetStore } from '../store/fleet-store.ts';
import type { Quarantined } from '../store/quarantine.ts';
import { sqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { everySeconds, type Job } from './schedule.ts';

export type AgentStoreParts = {
  readonly now: () => number;
  readonly log: FleetLog;
  /** A file that is damaged is refused and left where it is: for those who only look. */
  readonly leaveDamaged?: boolean;
  /** Hears of a file that was damaged and moved aside. */
  readonly onQuarantine?: (quarantined: Quarantined) => void;
};

/** The store of an agent, and what of it is delivered by this agent. */
export type AgentStore = {
  readonly store: Store;
  readonly outbox: Outbox;
  /** Where the store is one of a fleet. */
  readonly fleet?: FleetStore;
};

/** An agent says three times in a lease that it lives. Seconds. */
const RENEW_SECONDS = 10;
/** How long an ended leg lies on one disk alone, at most, while all goes well. Seconds. */
const HAND_OVER_SECONDS = 2;
/** How old what other agents show of a live leg may be. Seconds. */
const MIRROR_SECONDS = 30;
/** An agent that stops packs for so long, to hand over what it can; killed in the middle it loses nothing. */
const LEAVE_MILLIS = 3000;

/** The store that the configuration names. */
export function configuredStore({ store: section, agent }: Config, parts: AgentStoreParts): AgentStore {
  const { log, ...own } = parts;
  const options = { ...own, path: ownFile(section), owner: agent.name };
  if (section.url.engine === 'sqlite') {
    const store = sqliteStore(options);
    return { store, outbox: store };
  }
  const { password } = section;
  const shared = { url: section.url.url, ...(password && { password: () => password.reveal() }) };
  const fleet = new FleetStore({ ...options, shared, log });
  return { store: fleet, outbox: outboxOf(fleet), fleet };
}

/** What is owed from this host: others' reports are no reason to wait when it stops. */
function outboxOf(fleet: FleetStore): Outbox {
  return {
    claimReports: (ask) => fleet.claimReports(ask),
    settleReport: (mediaLegId, fence, outcome) => fleet.settleReport(mediaLegId, fence, outcome),
    nextDueAt: () => fleet.nextDueAt(),
    dueAfterSetBack: (now) => fleet.dueAfterSetBack(now),
    reports: (query) => fleet.owedHere(query),
  };
}

/** What an agent of a fleet does besides. */
export function fleetJobs({ fleet }: AgentStore): readonly Job[] {
  if (fleet === undefined) return [];
  return [
    { name: 'lease', expression: everySeconds(RENEW_SECONDS), run: () => fleet.renew() },
    { name: 'handover', expression: everySeconds(HAND_OVER_SECONDS), run: () => fleet.handOver() },
    { name: 'mirror', expression: everySeconds(MIRROR_SECONDS), run: () => fleet.mirror() },
  ];
}

/** In a fleet others deliver what is left when this agent stops: it packs and hands over what it can. */
export async function leaveToOthers({ fleet }: AgentStore, log: FleetLog): Promise<void> {
  if (fleet === undefined) return;
  try {
    const until = performance.now() + LEAVE_MILLIS;
    while (performance.now() < until && (await fleet.packEnded(0, 1)) > 0);
    await fleet.handOver();
  } catch (err) {
    log.warn({ op: 'handover', err }, 'what is left stays on this host until the next start');
  }
}

/** Of the fleet, for operators: what happened, and why the shared database cannot be used now. */
export function fleetDetail({ fleet }: AgentStore): object {
  if (fleet === undefined) return {};
  const { counters, outage } = fleet;
  return { fleet: { shared: outage === undefined, ...counters, ...(outage !== undefined && { outage }) } };
}
