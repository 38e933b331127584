import { describe, expect, it } from 'vitest';
import { keptRecord } from '../../src/correlate/kept-record.ts';
import { judgeLeg, worstOf } from '../../src/correlate/leg-verdict.ts';
import { THRESHOLDS } from '../../src/correlate/levels.ts';
import type { CallSession } from '../../src/model/call-record.ts';
import type { Leg } from '../../src/model/leg.ts';
import { someLeg } from '../http/agent-fake.ts';
import { BEGIN, BOT_ID, PARTICIPANT, recordOf, teamsSession, vtcLeg } from './two-leg-call.ts';

const leg: Leg = {
  ...someLeg,
  state: 'ended',
  startedAt: BEGIN,
  endedAt: BEGIN + 600,
  control: { participantId: PARTICIPANT },
  device: {
    name: 'Cisco SX80',
    description: '-',
    configured: 'Cisco SX80',
    room: 'Boardroom',
    timeZone: 'Europe/Berlin',
  },
};
const bad = { 'audio inbound': { loss: 0.2 } } as const;
const guest: CallSession = {
  ...teamsSession({ 'video outbound': { loss: 0.3 } }, { id: 'guest' }),
  caller: { kind: 'participant', platform: 'windows', applicationIds: [], identities: ['u'], displayName: 'Ann' },
  callee: { kind: 'service', role: 'mediaController', applicationIds: [], identities: [] },
};
const judge = (more: Partial<Parameters<typeof judgeLeg>[0]> = {}) =>
  judgeLeg({ ...vtcLeg(), leg, record: { state: 'off' }, applicationIds: [BOT_ID], ...more });

describe('judgeLeg', () => {
  it('grades the Teams leg by the session that is the bot’s', () => {
    const record = recordOf(guest, teamsSession(bad));
    const { verdict, teams, vtc, sessionId } = judge({ record: { state: 'read', record } });
    expect([verdict.leg, verdict.media, verdict.direction, verdict.state]).toEqual([
      'teams',
      'audio',
      'fromRoom',
      'final',
    ]);
    expect([vtc.level, teams?.level, sessionId]).toEqual(['good', 'poor', 'session']);
  });

  it('names room and local time, and else the device', () => {
    const measured = vtcLeg({ 'audio inbound': { loss: 0.2, from: 60, to: 120 } });
    expect(judge(measured).verdict.sentence).toMatch(/Boardroom.*worst at 11:0\d/);
    const { room: _, timeZone: __, ...device } = leg.device;
    expect(judge({ ...measured, leg: { ...leg, device } }).verdict.sentence).toMatch(/Cisco SX80.*worst at 10:0\d UTC/);
    const { configured: ___, ...unknown } = device;
    expect(judge({ ...measured, leg: { ...leg, device: unknown } }).verdict.sentence).toMatch(/between the room and/);
  });

  it('looks at the others where both legs were good, by name or platform', () => {
    const record = recordOf(guest, teamsSession());
    expect(judge({ record: { state: 'read', record } }).verdict.sentence).toContain('first at Ann (');
    const kept = keptRecord(record, [leg], [BOT_ID]);
    expect(judge({ record: { state: 'read', record: kept } }).verdict.sentence).toContain('a participant on windows');
  });

  it('is provisional while the record is awaited, and goes by the thresholds it is given', () => {
    const { verdict } = judge({ record: { state: 'waiting' } });
    expect([verdict.state, verdict.leg]).toEqual(['provisional', 'unknown']);
    const strict = { ...THRESHOLDS, poor: { ...THRESHOLDS.poor, roundTrip: 0.03 } };
    expect(judge({ thresholds: strict }).vtc.level).toBe('poor');
  });

  it('says when loss of video grows with its bit rate', () => {
    const measured = vtcLeg({ 'video inbound': { loss: 0.2, from: 300 } });
    const intervals = measured.series.intervals.map((slot) =>
      slot.streamId === 'video inbound' && slot.startedAt >= BEGIN + 300 && slot.octets !== undefined
        ? { ...slot, octets: slot.octets * 4 }
        : slot,
    );
    const grown = { ...measured, series: { ...measured.series, intervals } };
    expect(judge(grown).verdict.reasons[0]).toContain('bandwidth');
    expect(judge(measured).verdict.reasons[0]).not.toContain('bandwidth');
  });
});

describe('worstOf', () => {
  it('is the leg of the highest severity, and the first where none has any', () => {
    const of = (id: string, severity?: number) => ({
      leg: { ...leg, mediaLegId: id, ...(severity === undefined ? {} : { severity }) },
    });
    expect(worstOf([of('a', 0.1), of('b', 3), of('c')])?.leg.mediaLegId).toBe('b');
    expect(worstOf([of('a'), of('b', 0)])?.leg.mediaLegId).toBe('b');
    expect(worstOf([of('a'), of('b')])?.leg.mediaLegId).toBe('a');
    expect(worstOf([])).toBeUndefined();
  });
});

describe('keptRecord', () => {
  const other = {
    ...guest,
    streams: guest.streams.map((stream) => ({ ...stream, calleeAddress: '10.2.2.2', calleePort: 1 })),
  };

  it('keeps of others than the bot id, times, modalities, platform and figures, and nothing else', () => {
    const kept = keptRecord(recordOf(other, teamsSession()), [leg], [BOT_ID]);
    expect(kept.sessions[1]).toEqual(teamsSession());
    const { streams, ...rest } = kept.sessions[0] ?? teamsSession();
    expect(rest).toEqual({
      ...{ id: 'guest', startedAt: BEGIN + 2, endedAt: BEGIN + 600, modalities: ['audio', 'video'] },
      caller: { kind: 'participant', platform: 'windows', applicationIds: [], identities: [] },
      callee: { kind: 'service', applicationIds: [], identities: [] },
    });
    expect(streams.map(({ averageLoss }) => averageLoss)).toEqual(other.streams.map(({ averageLoss }) => averageLoss));
    expect(JSON.stringify(kept.sessions[0])).not.toMatch(/Ann|10\.\d|"u"|mediaController/);
  });

  it.each<[string, Partial<CallSession>, Leg['control'], readonly string[]]>([
    ['the participant', { caller: { ...guest.caller, identities: [PARTICIPANT.toUpperCase()] } }, leg.control, []],
    ['the application', { callee: { ...guest.callee, applicationIds: [BOT_ID] } }, {}, [BOT_ID]],
    ['the role', { callee: { ...guest.callee, role: 'customBot' } }, {}, []],
    ['the address', {}, { teams: { localAddress: '10.0.0.1', localPort: 50_000 } }, []],
  ])('keeps whole what may be the bot’s by %s', (_, members, control, applications) => {
    const session = { ...guest, ...members };
    expect(keptRecord(recordOf(session), [{ ...leg, control }], applications).sessions).toEqual([session]);
    expect(keptRecord(recordOf(guest), [{ ...leg, control: {} }], [])).not.toEqual(recordOf(guest));
  });
});
