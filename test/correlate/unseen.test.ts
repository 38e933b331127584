import { describe, expect, it } from 'vitest';
import type { MeasuredLeg } from '../../src/correlate/vtc-leg.ts';
import type { Interval } from '../../src/model/interval.ts';
import type { Channel } from '../../src/model/leg.ts';
import { summarize } from '../../src/quality/summary.ts';
import { BEGIN, judged, MEDIA, recordOf, teamsSession, vtcLeg } from './two-leg-call.ts';

const good = recordOf(teamsSession());
const channels = MEDIA.map(
  (media): Channel => ({
    media,
    channelIndex: 1,
    told: 'sdp',
    spells: [{ from: BEGIN, to: BEGIN + 600, direction: 'sendrecv' }],
  }),
);

/** The leg with slots changed, or left out. */
function changed(leg: MeasuredLeg, change: (slot: Interval) => Interval | undefined): MeasuredLeg {
  const series = { ...leg.series, intervals: leg.series.intervals.flatMap((slot) => change(slot) ?? []) };
  return { series, assignment: leg.assignment, channels: summarize({ series, assignment: leg.assignment, channels }) };
}

const isTold = ({ streamId }: Interval): boolean => streamId.endsWith('outbound');
const untold = ({ loss: _1, jitter: _2, roundTrip: _3, ...slot }: Interval): Interval => slot;
/** The device's reports are closed, or there are none. */
const noReports = changed(vtcLeg(), (slot) => {
  const { roundTrip: _, ...seen } = slot;
  return isTold(slot) ? untold(slot) : seen;
});

describe('a leg that was cleared', () => {
  it('is not surely good where nobody knows what the room received', () => {
    const verdict = judged({ vtc: noReports, record: good });
    expect(verdict).toMatchObject({ leg: 'none', confidence: 'low' });
    expect(verdict.sentence).toBe(
      'Both legs of the room were good as far as they were measured: look at the other participants.',
    );
    // Pictures that were sent say nothing of pictures that came.
    expect(verdict.reasons).toEqual([
      'Too little is known of the audio to the room, the shared screen to the room and the video to the room.',
    ]);
  });

  it.each([
    [60, 'high'],
    [180, 'low'],
    [310, 'low'],
    [560, 'low'],
  ])('is no surer the less of it was seen: blind for %i of 600 s is %s', (to, confidence) => {
    const vtc = vtcLeg({ 'audio inbound': { blind: true, to } });
    expect(judged({ vtc, record: good })).toMatchObject({ leg: 'none', confidence });
  });

  it('leaves the other one less than surely alone to blame', () => {
    const record = recordOf(teamsSession({ 'audio inbound': { loss: 0.4 } }));
    expect(judged({ vtc: noReports, record })).toMatchObject({ leg: 'teams', confidence: 'medium' });
    expect(judged({ record })).toMatchObject({ leg: 'teams', confidence: 'high' });
  });

  it('is as good as it was where the culprit itself is half unknown', () => {
    const vtc = changed(vtcLeg({ 'audio inbound': { loss: 0.4 } }), (slot) => (isTold(slot) ? untold(slot) : slot));
    expect(judged({ vtc, record: good })).toMatchObject({ leg: 'vtc', confidence: 'high' });
  });
});

describe('less than half of the time seen', () => {
  it('is no ground for poor, however bad a part of it was', () => {
    const blind = vtcLeg({ 'audio inbound': { blind: true, to: 400 } });
    const vtc = changed(blind, (slot) =>
      slot.streamId === 'audio inbound' && slot.startedAt >= BEGIN + 450 && slot.startedAt < BEGIN + 475 && slot.loss
        ? { ...slot, loss: { ...slot.loss, lost: slot.loss.of * 0.3 } }
        : slot,
    );
    expect(judged({ vtc, record: good })).toMatchObject({ leg: 'none', confidence: 'low' });
  });

  it('or a third of it, takes no pictures away', () => {
    const vtc = vtcLeg({ 'video inbound': { blind: true, to: 240 } });
    const slow = changed(vtc, (slot) => (slot.frames === undefined ? slot : { ...slot, frames: 10 * slot.seconds }));
    expect(judged({ vtc: slow, record: good }).leg).toBe('none');
    const poor = changed(vtc, (slot) => (slot.frames === undefined ? slot : { ...slot, frames: 5 * slot.seconds }));
    expect(judged({ vtc: poor, record: good })).toMatchObject({ leg: 'vtc', media: 'video' });
  });
});

describe('what only the device reports', () => {
  const bad = { loss: 0.4, roundTrip: 0.9, from: 100, to: 160 };
  /** Reports in two slots of three, of four, of five: RTCP comes at random intervals (RFC 3550, 6.3.5). */
  const reportsIn = (leg: MeasuredLeg, isThere: (slot: number) => boolean): MeasuredLeg =>
    changed(leg, (slot) => (isTold(slot) && !isThere((slot.startedAt - BEGIN) / 5) ? untold(slot) : slot));

  it.each<[string, (slot: number) => boolean]>([
    ['two of three', (slot) => slot % 3 !== 2],
    ['each other', (slot) => slot % 2 === 0],
    ['each third', (slot) => slot % 3 === 0],
  ])('is bad for a minute although %s slots only have a report', (_, isThere) => {
    const vtc = reportsIn(vtcLeg({ 'audio outbound': bad }), isThere);
    expect(judged({ vtc, record: good })).toMatchObject({ leg: 'vtc', media: 'audio', direction: 'toRoom' });
    expect(judged({ vtc, record: good }).severity).toBeGreaterThan(1);
  });

  it('is not bad in a row where one bad report stands alone, or good ones lie between', () => {
    const once = { ...bad, to: 105 };
    const lossy = { loss: 0.4, from: 100, to: 160 };
    const alone = reportsIn(vtcLeg({ 'audio outbound': once }), (slot) => slot % 3 === 2);
    const between = changed(vtcLeg({ 'audio outbound': lossy }), (slot) =>
      slot.streamId === 'audio outbound' && ((slot.startedAt - BEGIN) / 5) % 2 === 0
        ? { ...slot, ...(slot.loss && { loss: { ...slot.loss, lost: 0 } }) }
        : slot,
    );
    for (const vtc of [alone, between]) expect(judged({ vtc, record: good }).severity ?? 0).toBeLessThan(1);
  });
});

describe('words that would mislead', () => {
  const few = changed(vtcLeg(), (slot) =>
    slot.startedAt === BEGIN ? { ...untold(slot), packets: 10, frames: 1 } : undefined,
  );

  it('a Teams leg that was good is said to be', () => {
    const verdict = judged({ vtc: few, record: good });
    expect(verdict.leg).toBe('unknown');
    expect(verdict.sentence).toBe(
      'The leg between the gateway and Teams was good; that between Boardroom and the gateway was measured too little to say.',
    );
    expect(verdict.reasons).toContain('The leg between the room and the gateway was measured too little to be graded.');
  });

  it('a session that is not in the record was not measured too little', () => {
    const record = recordOf(teamsSession({}, { caller: { kind: 'participant', applicationIds: [], identities: [] } }));
    const { reasons } = judged({ vtc: vtcLeg({ 'audio inbound': { loss: 0.4 } }), record });
    expect(reasons).toContain("The bot's session was not found in the call record.");
  });

  it('what the gateway never sent is not looked for in the room', () => {
    const { reasons } = judged({ vtc: vtcLeg({ 'audio outbound': { silent: true } }), record: good });
    expect(reasons[0]).toBe('The gateway sent the room nothing: look at the gateway and at what Teams sent it.');
  });
});
