import type { CallEndpoint, CallRecord, CallSession } from '../model/call-record.ts';
import type { Verdict } from '../model/verdict.ts';
import { timeMember } from './rfc3339.ts';

/** A verdict with its time as text. */
export function verdictView({ at, ...verdict }: Verdict) {
  return { ...verdict, ...timeMember('at', at) };
}

/** Where the reading of a record stands, and the record as it is known: ratios, seconds, times as text, no addresses. */
export function callRecordView<State extends string>({
  state,
  record,
}: {
  readonly state: State;
  readonly record?: CallRecord;
}) {
  if (record === undefined) return { state };
  const { id, version, startedAt, endedAt, sessions } = record;
  return {
    ...{ id, version, state },
    ...timeMember('startedAt', startedAt),
    ...timeMember('endedAt', endedAt),
    sessions: sessions.map(sessionView),
  };
}

function sessionView({ startedAt, endedAt, caller, callee, streams, ...session }: CallSession) {
  return {
    ...session,
    ...timeMember('startedAt', startedAt),
    ...timeMember('endedAt', endedAt),
    caller: endpointView(caller),
    callee: endpointView(callee),
    streams: streams.map(streamView),
  };
}

function endpointView({ kind, role, platform, displayName }: CallEndpoint) {
  return {
    kind,
    ...(role === undefined ? {} : { role }),
    ...(platform === undefined ? {} : { platform }),
    ...(displayName === undefined ? {} : { displayName }),
  };
}

function streamView({ startedAt, endedAt, ...stream }: CallSession['streams'][number]) {
  const { callerAddress: _1, callerPort: _2, calleeAddress: _3, calleePort: _4, ...figures } = stream;
  return { ...figures, ...timeMember('startedAt', startedAt), ...timeMember('endedAt', endedAt) };
}
