import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callRecordPage, sessionsPage } from '../../src/graph/call-record-body.ts';
import { isoDuration } from '../../src/graph/iso-duration.ts';

const SAMPLES = join(import.meta.dirname, '../../../shared/samples/callrecords');
const hasSamples = existsSync(SAMPLES);
if (!hasSamples && process.env['OTHERLEG_TEST_ALL'] === '1') throw new Error(`${SAMPLES} is missing`);

const stream = {
  streamId: '1785122252',
  streamDirection: 'calleeToCaller',
  averageJitter: 'PT0.007S',
  maxJitter: 'PT0.012S',
  averagePacketLossRate: 0.01381693,
  maxPacketLossRate: 0.03738318,
  averageRoundTripTime: 'PT0.064S',
  maxRoundTripTime: null,
  packetUtilization: 709,
  averageReceivedFrameRate: 24.5,
  somethingNew: { a: 1 },
};

const body = (session: object = {}, more: object = {}) => ({
  id: 'e523d2ed-2966-4b6b-925b-754a88034cc5',
  version: 3,
  startDateTime: '2020-02-25T18:52:21.2169889Z',
  endDateTime: '2020-02-25T18:52:46.7640013Z',
  sessions: [
    {
      id: 's1',
      modalities: ['audio', 'holograms'],
      startDateTime: '2020-02-25T18:52:21Z',
      endDateTime: '2020-02-25T18:52:46Z',
      caller: {
        '@odata.type': '#microsoft.graph.callRecords.serviceEndpoint',
        userAgent: { '@odata.type': '#microsoft.graph.callRecords.serviceUserAgent', role: 'customBot' },
      },
      callee: { '@odata.type': '#microsoft.graph.callRecords.participantEndpoint' },
      segments: [
        { media: [{ label: 'main-video1', callerNetwork: { ipAddress: '10.0.0.9', port: 50000 }, streams: [stream] }] },
      ],
      ...session,
    },
  ],
  ...more,
});

describe('callRecordPage', () => {
  it('reads a record in our units', () => {
    expect(callRecordPage(body({}, { 'sessions@odata.nextLink': 'https://graph.example/next' }))).toEqual({
      record: {
        id: 'e523d2ed-2966-4b6b-925b-754a88034cc5',
        version: 3,
        startedAt: Date.UTC(2020, 1, 25, 18, 52, 21, 216) / 1000,
        endedAt: Date.UTC(2020, 1, 25, 18, 52, 46, 764) / 1000,
        sessions: [
          {
            id: 's1',
            startedAt: Date.UTC(2020, 1, 25, 18, 52, 21) / 1000,
            endedAt: Date.UTC(2020, 1, 25, 18, 52, 46) / 1000,
            modalities: ['audio', 'holograms'],
            caller: { kind: 'service', role: 'customBot', applicationIds: [], identities: [] },
            callee: { kind: 'participant', applicationIds: [], identities: [] },
            streams: [
              {
                label: 'main-video1',
                media: 'video',
                direction: 'calleeToCaller',
                packets: 709,
                averageLoss: 0.01381693,
                maximumLoss: 0.03738318,
                averageJitter: 0.007,
                maximumJitter: 0.012,
                averageRoundTrip: 0.064,
                averageFrameRate: 24.5,
                callerAddress: '10.0.0.9',
                callerPort: 50_000,
              },
            ],
          },
        ],
      },
      next: 'https://graph.example/next',
    });
  });

  it.each([
    [
      'the old form',
      { identity: { user: { id: 'u1', displayName: 'Ada' }, phone: null } },
      { identities: ['u1'], displayName: 'Ada', applicationIds: [] },
    ],
    [
      'the old form of an application',
      { identity: { application: { id: 'a1', displayName: 'Bot' } } },
      { identities: ['a1'], displayName: 'Bot', applicationIds: ['a1'] },
    ],
    [
      'the new form',
      { associatedIdentity: { id: 'u2', displayName: 'Eve', tenantId: 't' } },
      { identities: ['u2'], displayName: 'Eve', applicationIds: [] },
    ],
    [
      'an application of its user agent',
      { userAgent: { azureADAppId: 'a2', platform: 'roomSystem' } },
      { identities: [], applicationIds: ['a2'], platform: 'roomSystem' },
    ],
    [
      'nulls everywhere',
      { identity: null, associatedIdentity: null, userAgent: null },
      { identities: [], applicationIds: [] },
    ],
  ])('reads who it was in %s', (_, caller, want) => {
    const read = callRecordPage(body({ caller }));
    expect(read?.record.sessions[0]?.caller).toEqual({ kind: 'unknown', ...want });
  });

  it('leaves out what is no figure, and keeps the rest', () => {
    const odd = {
      ...stream,
      averagePacketLossRate: 7,
      averageJitter: 'soon',
      packetUtilization: '709',
      maxPacketLossRate: null,
    };
    const read = callRecordPage(
      body({ segments: [{ media: [{ label: 'main-audio', streams: [odd, { streamDirection: 'sideways' }, null] }] }] }),
    );
    expect(read?.record.sessions[0]?.streams).toEqual([
      {
        label: 'main-audio',
        media: 'audio',
        direction: 'calleeToCaller',
        averageRoundTrip: 0.064,
        maximumJitter: 0.012,
        averageFrameRate: 24.5,
      },
    ]);
  });

  it.each([
    ['the other one where one was not filled in', { averageReceivedFrameRate: 0, averageVideoFrameRate: 19 }, 19],
    ['none where neither was', { averageReceivedFrameRate: 0, averageVideoFrameRate: 0 }, undefined],
    ['the received one of both', { averageReceivedFrameRate: 6.5, averageVideoFrameRate: 19 }, 6.5],
  ])('takes of frame rates %s', (_, rates, want) => {
    const line = { label: 'main-video', streams: [{ ...stream, ...rates }] };
    const read = callRecordPage(body({ segments: [{ media: [line] }] }));
    expect(read?.record.sessions[0]?.streams[0]?.averageFrameRate).toBe(want);
  });

  it('reads no record from what is none, and never throws', () => {
    for (const none of [undefined, null, 'text', 7, [], {}, { id: 5 }, { value: [] }])
      expect(callRecordPage(none)).toBeUndefined();
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (sessions, caller) => {
        callRecordPage({ id: 'x', sessions });
        callRecordPage(body({ caller, segments: sessions }));
        sessionsPage({ value: sessions });
      }),
    );
  });

  it.skipIf(!hasSamples)('reads every published sample', () => {
    const read = readdirSync(SAMPLES)
      .filter((name) => name !== 'INDEX.json')
      .map((name) => [name, JSON.parse(readFileSync(join(SAMPLES, name), 'utf8'))] as const);
    expect(read.length).toBeGreaterThan(10);
    for (const [name, sample] of read) {
      if (/-get-\d|callrecord-get/.test(name))
        expect(callRecordPage(sample)?.record.id, name).toMatch(/^[0-9a-f-]{36}$/);
      if (/session/.test(name)) expect(sessionsPage(sample)?.sessions.length, name).toBeGreaterThan(0);
    }
    const expanded = read.find(([name]) => name === 'seed-get-2-expanded.json')?.[1];
    const streams = callRecordPage(expanded)?.record.sessions.flatMap((session) => session.streams) ?? [];
    expect(streams.map(({ averageLoss, packets }) => [averageLoss, packets])).toEqual([
      [0, 67],
      [0.01381693, 709],
    ]);
  });
});

describe('isoDuration', () => {
  it.each([
    ['PT0.01S', 0.01],
    ['PT1M30S', 90],
    ['P1DT2H', 93_600],
    ['-PT1S', -1],
    ['PT0S', 0],
  ])('%s', (text, seconds) => expect(isoDuration(text)).toBeCloseTo(seconds, 9));

  it.each(['', 'P', 'soon', '1s', 'PT1e-7S', 'P1W'])('%j is none', (text) => {
    expect(isoDuration(text)).toBeNaN();
  });
});
