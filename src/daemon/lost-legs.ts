import type { EndedLost, LostLeg } from '../leg/lost-leg.ts';
import type { AgentStore } from './agent-store.ts';
import { everySeconds, type Job } from './schedule.ts';

/** How often to look for legs whose agents are gone. Seconds. */
const LOOK_SECONDS = 30;

export type LostLegsParts = {
  /** How long an agent may be silent before its live legs end: as long as a leg may give no sign of life. Seconds. */
  readonly graceSeconds: () => number;
  readonly endLost: (lost: LostLeg, end: (ended: EndedLost) => Promise<boolean>) => Promise<boolean>;
};

/** In a fleet an agent ends the live legs of others that are gone for good. */
export function lostLegsJobs({ fleet }: AgentStore, parts: LostLegsParts): readonly Job[] {
  if (fleet === undefined) return [];
  const run = async (): Promise<void> => {
    const grace = parts.graceSeconds();
    for (const lost of await fleet.lostLegs(grace)) await parts.endLost(lost, (ended) => fleet.endLost(ended, grace));
  };
  return [{ name: 'lost', expression: everySeconds(LOOK_SECONDS), run }];
}
