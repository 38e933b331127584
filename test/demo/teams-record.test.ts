import { describe, expect, test } from 'vitest';
import { matchSession } from '../../src/correlate/matching.ts';
import { gradeTeamsLeg } from '../../src/correlate/teams-leg.ts';
import { teamsRecord } from '../../src/demo/teams-record.ts';
import { callRecordPage } from '../../src/graph/call-record-body.ts';
import { quality, report } from './example.ts';

const at = Date.parse('2026-01-15T10:01:00Z') / 1000;
const taken = report(
  quality('audio', { mediaDuration: 'PT58S' }),
  quality('video', { mediaDuration: 'PT60S', averageInboundFrameRate: 29.5 }),
  quality('screenSharing'),
);
const raw = teamsRecord({ report: taken, at });
const { callChainId, participantId } = taken.quality;
const leg = { startedAt: at - 60, endedAt: at, control: { callChainId, participantId } };

describe('the call record that the stand-in makes up', () => {
  // Text is what goes over the wire.
  const record = callRecordPage(JSON.parse(JSON.stringify(raw)))?.record;
  if (record === undefined) throw new Error('the agent cannot read it');
  const { found } = matchSession(leg, record, []);

  test('is of the meeting of the report, as long as its longest medium', () => {
    expect(record).toMatchObject({ id: callChainId, version: 1, startedAt: at - 60, endedAt: at });
    expect(raw).toMatchObject({ type: 'groupCall', modalities: ['audio', 'video', 'videoBasedScreenSharing'] });
  });

  test('has the bot and another participant, each calling the service', () => {
    expect(record.sessions.map(({ caller, callee }) => [caller.kind, caller.role, callee.role])).toEqual([
      ['participant', 'customBot', 'mediaController'],
      ['participant', undefined, 'mediaController'],
    ]);
    expect(new Set(record.sessions.map(({ id }) => id)).size).toBe(2);
  });

  test('names the bot by its participantId, so that its session is found by identity', () => {
    expect(found).toMatchObject({ by: 'identity', bot: 'caller', session: { id: record.sessions[0]?.id } });
  });

  test('has what the bot passed on, in Graph\u2019s units, and nothing that was not counted', () => {
    const told = found?.session.streams.map(({ label, direction, packets, averageFrameRate }) => [
      label,
      direction,
      packets,
      averageFrameRate,
    ]);
    expect(told).toEqual([
      ['main-audio', 'callerToCallee', 1470, undefined],
      ['main-audio', 'calleeToCaller', 1500, undefined],
      ['main-video', 'callerToCallee', 1470, 29.5],
      ['main-video', 'calleeToCaller', 1500, undefined],
      ['applicationsharing-video', 'callerToCallee', 1470, undefined],
      ['applicationsharing-video', 'calleeToCaller', 1500, undefined],
    ]);
    expect(found?.session.streams[0]).toMatchObject({
      averageLoss: 0.0004,
      averageJitter: 0.002,
      maximumJitter: 0.004,
    });
  });

  test('tells a good leg into Teams', () => {
    expect(found && gradeTeamsLeg(found.session, found.bot).level).toBe('good');
  });

  test('may be of a report without durations', () => {
    expect(teamsRecord({ report: report(quality('audio')), at })).toMatchObject({
      startDateTime: '2026-01-15T10:01:00.000Z',
    });
  });
});
