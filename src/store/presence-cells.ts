import type { Presence } from '../model/interval.ts';
import { rounded } from './cell.ts';

/** What the body of a presence's row says: seconds, members by position like those of an interval. */
export type PresenceCells = readonly [
  seconds: number,
  enabled: number,
  observedInbound: number,
  observedOutbound: number,
  silentInbound: number,
  silentOutbound: number,
];

/** What the columns of a presence's row say. */
export type PresenceKey = Pick<Presence, 'mediaLegId' | 'startedAt' | 'media' | 'channelIndex'>;

/** Writes a presence. */
export function toPresenceCells(presence: Presence): PresenceCells {
  const { seconds, enabledSeconds, observedSeconds: observed, silentSeconds: silent } = presence;
  return [
    rounded(seconds),
    rounded(enabledSeconds),
    rounded(observed.inbound),
    rounded(observed.outbound),
    rounded(silent.inbound),
    rounded(silent.outbound),
  ];
}

/** Reads what `toPresenceCells` wrote. */
export function fromPresenceCells(cells: PresenceCells, key: PresenceKey): Presence {
  const [seconds, enabledSeconds, observedInbound, observedOutbound, silentInbound, silentOutbound] = cells;
  return {
    ...key,
    seconds,
    enabledSeconds,
    observedSeconds: { inbound: observedInbound, outbound: observedOutbound },
    silentSeconds: { inbound: silentInbound, outbound: silentOutbound },
  };
}
