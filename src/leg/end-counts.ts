/** Why legs end by themselves or by whoever controls them; a gateway's own words count as `other`. */
export const endReasons = [
  'ended',
  'idle',
  'no-media',
  'sip-bye',
  'rtcp-bye',
  'gateway-restart',
  'replaced',
  'shutdown',
  'other',
] as const;

export type EndCounts = Record<(typeof endReasons)[number], number>;

export const noEnds = (): EndCounts => ({
  ended: 0,
  idle: 0,
  'no-media': 0,
  'sip-bye': 0,
  'rtcp-bye': 0,
  'gateway-restart': 0,
  replaced: 0,
  shutdown: 0,
  other: 0,
});

/** Counts one end under its reason, which may be any text. */
export function countEnd(into: EndCounts, reason: string | undefined): void {
  into[endReasons.find((known) => known === reason) ?? 'other'] += 1;
}
