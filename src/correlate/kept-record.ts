import type { CallEndpoint, CallRecord, CallSession, CallStream } from '../model/call-record.ts';
import { type MatchedLeg, mayBeOfBot } from './matching.ts';

/**
 * A record as it may be kept: of sessions that are not the bot's who it was, with what and from where is left out; times,
 * modalities, platform and the streams' figures stay (design: privacy.keepParticipants).
 */
export function keptRecord(
  record: CallRecord,
  legs: readonly MatchedLeg[],
  applicationIds: readonly string[],
): CallRecord {
  const isBots = (session: CallSession): boolean => legs.some((leg) => mayBeOfBot(session, leg, applicationIds));
  return { ...record, sessions: record.sessions.map((one) => (isBots(one) ? one : nameless(one))) };
}

function nameless({ caller, callee, streams, ...session }: CallSession): CallSession {
  return {
    ...session,
    caller: withoutIdentity(caller),
    callee: withoutIdentity(callee),
    streams: streams.map(withoutAddresses),
  };
}

const withoutIdentity = ({ kind, platform }: CallEndpoint): CallEndpoint => ({
  kind,
  ...(platform === undefined ? {} : { platform }),
  applicationIds: [],
  identities: [],
});

function withoutAddresses(stream: CallStream): CallStream {
  const { callerAddress: _1, callerPort: _2, calleeAddress: _3, calleePort: _4, ...figures } = stream;
  return figures;
}
