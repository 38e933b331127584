import type { Media } from '../model/channel.ts';
import { agreedMedia } from './agreed-media.ts';
import type { Described } from './sip-signalling.ts';

/** A stream as far as its m-line goes. `ssrc` unsigned. */
type Unplaced = { readonly ssrc: number; readonly payloadTypes: readonly number[] };

/** The m-line of a stream: its position from 0, its role, and whether the stream repairs what runs there. */
export type DescribedLine = { readonly mLine: number; readonly media: Media; readonly repair?: true };

/**
 * Finds the m-lines of streams that run elsewhere than described, or where several m-lines share a transport (RFC 9143): by
 * SSRC, then by the payload types of which one m-line alone has any. Undefined: no m-line with a channel, or more than one.
 */
export function describedLines([local, remote]: Described): (stream: Unplaced) => DescribedLine | undefined {
  const agreed = agreedMedia({ ...(local && { local }), ...(remote && { remote }) });
  return ({ ssrc, payloadTypes: numbers }) => {
    const repaired = agreed.find(({ repairSsrcs }) => repairSsrcs.includes(ssrc));
    if (repaired !== undefined) return { mLine: repaired.mLine, media: repaired.media, repair: true };
    const own = agreed.find(({ ssrcs }) => ssrcs.includes(ssrc));
    const typed = agreed.filter(({ payloadTypes: { inbound, outbound } }) =>
      [...inbound, ...outbound].some(({ payloadType }) => numbers.includes(payloadType)),
    );
    const found = own ?? (typed.length === 1 ? typed[0] : undefined);
    return found && { mLine: found.mLine, media: found.media };
  };
}
