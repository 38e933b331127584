import { describe, expect, it } from 'vitest';
import { judgeLeg } from '../../src/correlate/leg-verdict.ts';
import { type MatchedLeg, matchSession } from '../../src/correlate/matching.ts';
import type { CallEndpoint, CallSession } from '../../src/model/call-record.ts';
import { someLeg } from '../http/agent-fake.ts';
import { BEGIN, BOT_ID, PARTICIPANT, recordOf, teamsSession, vtcLeg } from './two-leg-call.ts';

const OTHER = '99999999-2222-4333-8444-555555555555';
const bot = (...identities: readonly string[]): CallEndpoint => ({
  ...{ kind: 'service', role: 'customBot', applicationIds: [BOT_ID], identities },
});
const room = (participantId?: string, more: Partial<MatchedLeg> = {}): MatchedLeg => ({
  control: participantId === undefined ? {} : { participantId },
  startedAt: BEGIN,
  endedAt: BEGIN + 600,
  ...more,
});
const matched = (leg: MatchedLeg, others: readonly MatchedLeg[], ...sessions: readonly CallSession[]) => {
  const { found, candidates, isContested } = matchSession(leg, recordOf(...sessions), [BOT_ID], others);
  return { found: found && [found.session.id, found.by], candidates: candidates.length, isContested };
};

describe('two rooms of one bot in one meeting', () => {
  const of = (id: string, ...identities: readonly string[]) => teamsSession({}, { id, caller: bot(...identities) });

  it('the session that is the one’s by identity is not the other’s by time', () => {
    // The other's own session comes with a later version of the record.
    expect(matched(room(), [room(PARTICIPANT)], of('a', PARTICIPANT))).toMatchObject({
      ...{ found: undefined, candidates: 0, isContested: undefined },
    });
    expect(matched(room(PARTICIPANT), [room()], of('a', PARTICIPANT)).found).toEqual(['a', 'identity']);
    expect(matched(room(OTHER), [room(PARTICIPANT)], of('a', PARTICIPANT), of('b')).found).toEqual(['b', 'time']);
  });

  it('the only session that both fit by time is neither’s, unless the address tells', () => {
    expect(matched(room(), [room(OTHER)], of('a'))).toEqual({ found: undefined, candidates: 0, isContested: true });
    expect(matched(room(), [room(OTHER, { startedAt: BEGIN + 60 })], of('a')).found).toEqual(['a', 'time']);
    const told = room(undefined, { control: { teams: { localAddress: '10.0.0.1', localPort: 50_000 } } });
    expect(matched(told, [room(OTHER)], of('a')).found).toEqual(['a', 'address']);
  });

  it('two legs of one participant keep its session', () => {
    expect(matched(room(PARTICIPANT), [room(PARTICIPANT)], of('a', PARTICIPANT)).found).toEqual(['a', 'identity']);
  });

  it('is said in the verdict', () => {
    const leg = { ...someLeg, ...room(), state: 'ended' as const };
    const record = { state: 'read', record: recordOf(of('a')) } as const;
    const judge = (others: readonly MatchedLeg[]) =>
      judgeLeg({ ...vtcLeg(), leg, record, applicationIds: [BOT_ID], others }).verdict;
    expect(judge([])).toMatchObject({ leg: 'none', confidence: 'medium' });
    const contested = judge([room()]);
    expect(contested).toMatchObject({ leg: 'unknown', confidence: 'low' });
    expect(contested.reasons[0]).toContain('fits another room as well');
  });
});
