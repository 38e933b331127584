import type { CallRecord, CallSession } from '../model/call-record.ts';
import type { Leg } from '../model/leg.ts';
import type { Grade, GradedLeg, Thresholds, Verdict } from '../model/verdict.ts';
import { growsWithBitRate } from './bandwidth.ts';
import { THRESHOLDS } from './levels.ts';
import { type MatchedLeg, matchSession } from './matching.ts';
import { gradeTeamsLeg } from './teams-leg.ts';
import { verdictOf } from './verdict.ts';
import type { RecordState } from './verdict-input.ts';
import { gradeVtcLeg, type MeasuredLeg } from './vtc-leg.ts';

/** A leg with what was measured of it, and what Graph's record of its call says. */
export type JudgedLeg = MeasuredLeg & {
  readonly leg: Leg;
  readonly record: { readonly state: RecordState; readonly record?: CallRecord };
  /** Of the bot: by them its sessions are known. */
  readonly applicationIds: readonly string[];
  readonly thresholds?: Thresholds;
  /** Our other legs of the same call. */
  readonly others?: readonly MatchedLeg[];
};

/** Both sides of a leg, graded, and what follows from them. */
export type Judgement = {
  readonly verdict: Verdict;
  readonly vtc: GradedLeg;
  readonly teams?: GradedLeg;
  /** The session of the record that is the bot's. */
  readonly sessionId?: string;
  /** Which end of it the bot is. */
  readonly bot?: 'caller' | 'callee';
};

/** Grades a leg of ours and its Teams leg, and says which was bad. Pure; repeated at each version of the record. */
export function judgeLeg(judged: JudgedLeg): Judgement {
  const { leg, record, applicationIds, others, thresholds = THRESHOLDS } = judged;
  const vtc = gradeVtcLeg(judged, thresholds);
  const match = record.record && matchSession(leg, record.record, applicationIds, others);
  const found = match?.found;
  const teams = found && gradeTeamsLeg(found.session, found.bot, thresholds);
  const worstOther = record.record && worstOfOthers(record.record, found?.session, thresholds);
  const { timeZone } = leg.device;
  const room = roomOf(leg);
  const verdict = verdictOf({
    vtc,
    ...(teams && { teams }),
    record: record.state,
    ...(found && { matchedBy: found.by }),
    candidates: match?.candidates.length ?? 0,
    isContested: match?.isContested === true,
    ...(worstOther && { worstOther }),
    growsWithBitRate: videoGrows(judged),
    ...(room === undefined ? {} : { room }),
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  return { verdict, vtc, ...(teams && { teams }), ...(found && { sessionId: found.session.id, bot: found.bot }) };
}

/** Of several rooms in one call that one's verdict counts whose leg was worst; of none measured the first. */
export function worstOf<T extends { readonly leg: Pick<Leg, 'severity'> }>(judged: readonly T[]): T | undefined {
  return judged.toSorted((a, b) => (b.leg.severity ?? -1) - (a.leg.severity ?? -1))[0];
}

/** What people know the room by; undefined where nobody told anything of the device. */
function roomOf({ device, control, wire }: Leg): string | undefined {
  const isKnown = (device.configured ?? control.device?.name ?? wire?.userAgent) !== undefined;
  return device.room ?? (isKnown ? device.name : undefined);
}

function videoGrows(leg: MeasuredLeg): boolean {
  const videos = leg.channels.filter(({ media }) => media === 'video');
  return videos.some((channel) => growsWithBitRate(leg, channel));
}

/** The worst of the sessions that are not the bot's, if one of its values is fair or poor. */
function worstOfOthers(
  { sessions }: CallRecord,
  own: CallSession | undefined,
  thresholds: Thresholds,
): { readonly name: string; readonly grade: Grade } | undefined {
  const graded = sessions
    .filter((session) => session !== own)
    .flatMap((session) => {
      // In meetings the caller is the participant; what it sent goes from it as a room's does.
      const [grade] = gradeTeamsLeg(session, 'caller', thresholds).grades.filter(({ level }) => level !== 'good');
      return grade === undefined ? [] : [{ name: nameOf(session), grade }];
    });
  return graded.toSorted((a, b) => b.grade.severity - a.grade.severity)[0];
}

function nameOf({ caller, id }: CallSession): string {
  const who = caller.displayName ?? (caller.platform === undefined ? undefined : `a participant on ${caller.platform}`);
  return who ?? `the participant of session ${id}`;
}
