import type { SdpMedia } from './sdp.ts';

/** About how many small objects a media description holds: what bounds of memory count. */
export const weightOfLine = ({ payloadTypes, candidates = [], ssrcs, repairSsrcs, crypto = [] }: SdpMedia): number =>
  1 + payloadTypes.length + candidates.length + ssrcs.length + repairSsrcs.length + 3 * crypto.length;

/** The same of a whole session description. */
export const weightOf = (lines: readonly SdpMedia[]): number =>
  lines.reduce((sum, line) => sum + weightOfLine(line), 0);
