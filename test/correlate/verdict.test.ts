import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/model/verdict.ts';
import { type Asked, BEGIN, type Faults, judged, MEDIA, recordOf, teamsSession, vtcLeg } from './two-leg-call.ts';

/** `unknown`: a matcher of numbers may stand for one. */
type Wanted = { readonly [Member in keyof Verdict]?: unknown };
type Case = readonly [name: string, asked: Asked, want: Wanted];

const good = recordOf(teamsSession());
const spelled = { fromRoom: 'inbound', toRoom: 'outbound' } as const;
const journeys = ['fromRoom', 'toRoom'] as const;

const lossyVtc = MEDIA.flatMap((media) =>
  journeys.map((direction): Case => {
    const faults: Faults = { [`${media} ${spelled[direction]}`]: { loss: 0.2 } };
    // What the room receives is known by its own reports only.
    const confidence = direction === 'fromRoom' ? 'high' : 'medium';
    const want = { leg: 'vtc', media, direction, confidence, severity: expect.closeTo(2, 6) };
    return [`20 % of ${media} ${direction} lost before the gateway`, { vtc: vtcLeg(faults), record: good }, want];
  }),
);

const lossyTeams = MEDIA.flatMap((media) =>
  journeys.flatMap((direction) =>
    (['caller', 'callee'] as const).map((bot): Case => {
      const faults: Faults = { [`${media} ${spelled[direction]}`]: { loss: 0.15 } };
      const record = recordOf(teamsSession(faults, {}, bot));
      const want = { leg: 'teams', media, direction, confidence: 'high' } as const;
      return [`15 % of ${media} ${direction} lost behind the gateway, the bot is ${bot}`, { record }, want];
    }),
  ),
);

const others: readonly Case[] = [
  ['nothing bad', { record: good }, { leg: 'none', confidence: 'high' }],
  [
    'a long way to the room',
    { vtc: vtcLeg({ 'audio outbound': { roundTrip: 0.8 } }), record: good },
    { leg: 'vtc', media: 'audio', direction: 'toRoom', confidence: 'high' },
  ],
  [
    'audio jitter',
    { vtc: vtcLeg({ 'audio inbound': { jitter: 0.05 } }), record: good },
    { leg: 'vtc', media: 'audio', direction: 'fromRoom', confidence: 'high' },
  ],
  [
    'video jitter is never graded',
    { vtc: vtcLeg({ 'video inbound': { jitter: 0.2 } }), record: good },
    { leg: 'none' },
  ],
  [
    'few pictures',
    { vtc: vtcLeg({ 'video inbound': { frameRate: 3 } }), record: good },
    { leg: 'vtc', media: 'video', direction: 'fromRoom' },
  ],
  [
    'few pictures of a screen are normal',
    { vtc: vtcLeg({ 'screenSharing inbound': { frameRate: 1 } }), record: good },
    { leg: 'none' },
  ],
  [
    'few pictures from Teams',
    { record: recordOf(teamsSession({ 'video outbound': { frameRate: 4 } })) },
    { leg: 'teams', media: 'video', direction: 'toRoom' },
  ],
  [
    'bad for 20 s of ten minutes',
    { vtc: vtcLeg({ 'audio inbound': { loss: 0.3, from: 100, to: 120 } }), record: good },
    { leg: 'vtc', media: 'audio', direction: 'fromRoom', at: BEGIN + 100 },
  ],
  [
    'bad for 10 s of ten minutes is fair',
    { vtc: vtcLeg({ 'audio inbound': { loss: 0.3, from: 100, to: 110 } }), record: good },
    { leg: 'vtc', media: 'audio', confidence: 'low' },
  ],
  [
    'no sound from the room for a minute',
    { vtc: vtcLeg({ 'audio inbound': { silent: true, from: 60, to: 120 } }), record: good },
    { leg: 'vtc', media: 'audio', direction: 'fromRoom', at: BEGIN + 60 },
  ],
  [
    'no picture to the room at all',
    { vtc: vtcLeg({ 'video outbound': { silent: true } }), record: good },
    { leg: 'vtc', media: 'video', direction: 'toRoom' },
  ],
  [
    'nobody shares a screen',
    { vtc: vtcLeg({ 'screenSharing inbound': { silent: true } }), record: good },
    { leg: 'none' },
  ],
  [
    'ten silent seconds',
    { vtc: vtcLeg({ 'audio inbound': { silent: true, from: 60, to: 70 } }), record: good },
    { leg: 'none' },
  ],
  [
    'both bad',
    {
      vtc: vtcLeg({ 'video inbound': { loss: 0.2 } }),
      record: recordOf(teamsSession({ 'audio outbound': { loss: 0.3 } })),
    },
    { leg: 'both', media: 'audio', direction: 'toRoom', severity: expect.closeTo(3, 6) },
  ],
  [
    'two journeys within a tenth: from the room first, with the severity of the worse',
    { vtc: vtcLeg({ 'audio inbound': { loss: 0.19 }, 'audio outbound': { loss: 0.2 } }), record: good },
    { leg: 'vtc', media: 'audio', direction: 'fromRoom', severity: expect.closeTo(2, 6) },
  ],
  [
    'two journeys further apart: the worse',
    { vtc: vtcLeg({ 'audio inbound': { loss: 0.17 }, 'audio outbound': { loss: 0.2 } }), record: good },
    { leg: 'vtc', media: 'audio', direction: 'toRoom', severity: expect.closeTo(2, 6) },
  ],
  [
    'both bad within a tenth: the audio before the video, whosever it was',
    {
      vtc: vtcLeg({ 'video inbound': { loss: 0.2 } }),
      record: recordOf(teamsSession({ 'audio outbound': { loss: 0.19 } })),
    },
    { leg: 'both', media: 'audio', direction: 'toRoom', severity: expect.closeTo(2, 6) },
  ],
  [
    'two fair ones within a tenth beside jitter that is good, though nearer to poor than they',
    {
      vtc: vtcLeg({ 'audio outbound': { jitter: 0.029, loss: 0.046 }, 'video inbound': { loss: 0.05 } }),
      record: good,
    },
    { leg: 'vtc', media: 'audio', direction: 'toRoom', severity: expect.closeTo(0.5, 6) },
  ],
  [
    'pictures from Teams that nobody counted',
    { record: recordOf(teamsSession({ 'video outbound': { frameRate: 0 } })) },
    { leg: 'none' },
  ],
  [
    'both fair',
    {
      vtc: vtcLeg({ 'video inbound': { loss: 0.02 } }),
      record: recordOf(teamsSession({ 'video inbound': { loss: 0.02 } })),
    },
    { leg: 'both', media: 'video' },
  ],
  [
    'poor beside fair',
    {
      vtc: vtcLeg({ 'video inbound': { loss: 0.3 } }),
      record: recordOf(teamsSession({ 'video inbound': { loss: 0.02 } })),
    },
    { leg: 'vtc', confidence: 'high' },
  ],
  [
    'fair beside good is unsure',
    { vtc: vtcLeg({ 'video inbound': { loss: 0.05 } }), record: good },
    { leg: 'vtc', confidence: 'low' },
  ],
  [
    'just above the border is unsure',
    { vtc: vtcLeg({ 'video inbound': { loss: 0.11 } }), record: good },
    { leg: 'vtc', confidence: 'low' },
  ],
  [
    'a gap of our own for 3 of 10 minutes',
    { vtc: vtcLeg({ 'audio inbound': { blind: true, from: 0, to: 180 } }), record: good },
    { leg: 'none', confidence: 'low' },
  ],
  [
    'a gap of our own, and loss beside it',
    {
      vtc: vtcLeg({ 'audio inbound': { blind: true, from: 0, to: 180 }, 'video inbound': { loss: 0.4 } }),
      record: good,
    },
    { leg: 'vtc', media: 'video', confidence: 'low' },
  ],
  [
    'the record is not there yet',
    { vtc: vtcLeg({ 'audio inbound': { loss: 0.4 } }) },
    { leg: 'vtc', state: 'provisional', confidence: 'medium' },
  ],
  ['good, and the record is not there yet', {}, { leg: 'unknown', state: 'provisional', confidence: 'medium' }],
  ['the record never came', { state: 'missing' }, { leg: 'unknown', state: 'final', confidence: 'medium' }],
  [
    'the tenant does not let us read',
    { vtc: vtcLeg({ 'audio inbound': { loss: 0.4 } }), state: 'unreadable' },
    { leg: 'vtc', state: 'final', confidence: 'medium' },
  ],
  ['records are off', { state: 'off' }, { leg: 'unknown', state: 'final', confidence: 'medium' }],
  [
    'found by time only',
    {
      vtc: vtcLeg({ 'audio inbound': { loss: 0.4 } }),
      record: good,
      participantId: '99999999-2222-4333-8444-555555555555',
    },
    { leg: 'vtc', confidence: 'medium' },
  ],
  [
    'two rooms of one bot at the same time, told apart by identity',
    {
      record: recordOf(
        teamsSession({ 'audio inbound': { loss: 0.3 } }),
        teamsSession(
          {},
          {
            id: 'other',
            caller: { kind: 'service', role: 'customBot', applicationIds: [], identities: ['someone-else'] },
          },
        ),
      ),
    },
    { leg: 'teams', media: 'audio', confidence: 'high' },
  ],
  [
    'two rooms of one bot at the same time, and no identity',
    {
      vtc: vtcLeg({ 'audio inbound': { loss: 0.4 } }),
      record: recordOf(teamsSession({ 'audio inbound': { loss: 0.3 } }), teamsSession({}, { id: 'other' })),
      participantId: '99999999-2222-4333-8444-555555555555',
    },
    { leg: 'vtc', confidence: 'low' },
  ],
  [
    'one bad room among three, found by identity',
    {
      record: recordOf(
        ...['a', 'b', 'c'].map((id) =>
          teamsSession(
            id === 'b' ? { 'video outbound': { loss: 0.5 } } : {},
            id === 'b'
              ? { id }
              : { id, caller: { kind: 'service', role: 'customBot', applicationIds: [], identities: [id] } },
          ),
        ),
      ),
    },
    { leg: 'teams', media: 'video', direction: 'toRoom', confidence: 'high' },
  ],
  [
    'a session of other times',
    {
      record: recordOf(teamsSession({ 'audio inbound': { loss: 0.4 } }, { startedAt: BEGIN + 100 })),
      participantId: '99999999-2222-4333-8444-555555555555',
    },
    { leg: 'unknown' },
  ],
  [
    'a Teams leg of a few packets',
    {
      record: recordOf({
        ...teamsSession(),
        streams: [{ label: 'main-audio', media: 'audio', direction: 'callerToCallee', packets: 50, averageLoss: 0.9 }],
      }),
    },
    { leg: 'unknown' },
  ],
];

describe('verdictOf', () => {
  const cases = [...lossyVtc, ...lossyTeams, ...others];

  it.each(cases)('%s', (_, asked, want) => {
    expect(judged(asked)).toMatchObject(want);
  });

  it('is told by at least forty calls, and is sure of none that is unsure', () => {
    expect(cases.length).toBeGreaterThanOrEqual(40);
  });
});

describe('the sentence', () => {
  it.each<[Asked, string]>([
    [
      { vtc: vtcLeg({ 'audio inbound': { loss: 0.23 } }), record: good },
      'The leg between Boardroom and the gateway was bad: 23 % of the audio from the room was lost, worst at 10:00 UTC.',
    ],
    [
      { record: recordOf(teamsSession({ 'video outbound': { loss: 0.15 } })) },
      'The leg between the gateway and Teams was bad: 15 % of the video to the room was lost.',
    ],
    [{ record: good }, 'Both legs of the room were good: look at the other participants.'],
    [
      { vtc: vtcLeg({ 'video inbound': { silent: true, from: 120 } }), record: good },
      'The leg between Boardroom and the gateway was bad: the video from the room was missing for 8 min, worst at 10:02 UTC.',
    ],
    [{}, 'The leg between Boardroom and the gateway was good; the Teams leg is not known yet.'],
  ])('%#', (asked, sentence) => {
    expect(judged(asked).sentence).toBe(sentence);
  });
});

describe('what to do next', () => {
  const all: Faults = {
    'audio inbound': { loss: 0.2 },
    'video inbound': { loss: 0.2 },
    'screenSharing inbound': { loss: 0.2 },
  };

  it.each<[string, Asked, RegExp]>([
    [
      'loss in all media at once is the path',
      { vtc: vtcLeg(all), record: good },
      /All media lose packets at once: look at the network path between the room/,
    ],
    [
      'loss of one is priority',
      { vtc: vtcLeg({ 'audio inbound': { loss: 0.2 } }), record: good },
      /Only one medium loses packets/,
    ],
    [
      'reported only is the device',
      { vtc: vtcLeg({ 'audio outbound': { loss: 0.2 } }), record: good },
      /Only the device reports it/,
    ],
    ['silence', { vtc: vtcLeg({ 'audio inbound': { silent: true } }), record: good }, /one-way media/],
    [
      'the other leg',
      { record: recordOf(teamsSession({ 'audio inbound': { jitter: 0.09 } })) },
      /between the gateway and Teams: look at Wi-Fi/,
    ],
  ])('%s', (_, asked, step) => {
    expect(judged(asked).reasons.join('\n')).toMatch(step);
  });
});
