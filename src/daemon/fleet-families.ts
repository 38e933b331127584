import type { FleetStanding } from '../store/fleet-standing.ts';
import type { Family } from './metric-facts.ts';

/** A metric without labels; no sample where the agent is none of a fleet. */
const metric = (
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  of: (fleet: FleetStanding) => number | undefined,
): Family => ({
  name: `otherleg_fleet_${name}`,
  help,
  type,
  labels: [],
  read: ({ fleet }) => {
    const value = fleet && of(fleet);
    return value === undefined ? [] : [{ value }];
  },
});

/** What an agent of a fleet does for the others, and how it stands to their database. */
export const fleetFamilies: readonly Family[] = [
  metric('gauge', 'shared_up', 'Whether the shared database can be used: 1 or 0.', ({ isShared }) => Number(isShared)),
  metric('counter', 'outages_total', 'Times that the shared database went away.', ({ counters }) => counters.outages),
  metric(
    'gauge',
    'lease_expires_timestamp_seconds',
    'Until when the others take this agent to be alive; no sample before it first said so.',
    ({ leaseUntil }) => leaseUntil,
  ),
  metric(
    'gauge',
    'backlog_records',
    'Ended legs that lie on this host alone, until the shared database has them.',
    ({ backlog }) => backlog,
  ),
  metric(
    'counter',
    'handed_over_total',
    'Ended legs that this agent brought into the shared database.',
    ({ counters }) => counters.handedOver,
  ),
  metric(
    'counter',
    'reports_taken_over_total',
    'Reports of agents that were gone, sent from here.',
    ({ counters }) => counters.takenOver,
  ),
  metric(
    'counter',
    'legs_taken_over_total',
    'Live legs of agents that were gone, ended here.',
    ({ counters }) => counters.legsTakenOver,
  ),
  metric(
    'counter',
    'legs_lost_total',
    'Legs of this agent that another had ended while it was gone.',
    ({ counters }) => counters.legsLost,
  ),
  metric(
    'counter',
    'late_outcomes_total',
    "Answers of Graph that came after the report's lease: another agent may have sent it, too.",
    ({ counters }) => counters.lateOutcomes,
  ),
];
