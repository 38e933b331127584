import type { CallAnswer } from '../../src/client/read-shapes.ts';
import type { MediaQuality, ReportBody } from '../../src/client/shapes.ts';
import type { Outcome } from '../../src/demo/call.ts';
import type { ChannelTruth, Truth } from '../../src/demo/truth.ts';
import type { Media } from '../../src/model/channel.ts';

const TYPE = { audio: 'Audio', video: 'Video', screenSharing: 'ScreenSharing' } as const;

export const quality = (media: Media, members: Partial<MediaQuality> = {}): MediaQuality => ({
  '@odata.type': `#microsoft.graph.teleconferenceDevice${TYPE[media]}Quality`,
  channelIndex: 1,
  inboundPackets: 1470,
  outboundPackets: 1500,
  averageInboundPacketLossRateInPercentage: 2.04,
  maximumInboundPacketLossRateInPercentage: 4,
  averageOutboundPacketLossRateInPercentage: 1.5,
  maximumOutboundPacketLossRateInPercentage: 3,
  averageInboundJitter: 'PT0.0031S',
  maximumInboundJitter: 'PT0.005S',
  averageOutboundJitter: 'PT0.0042S',
  maximumOutboundJitter: 'PT0.006S',
  averageInboundRoundTripDelay: 'PT0.0815S',
  maximumInboundRoundTripDelay: 'PT0.09S',
  averageOutboundRoundTripDelay: 'PT0.081S',
  maximumOutboundRoundTripDelay: 'PT0.095S',
  ...members,
});

export const report = (...mediaQualityList: readonly MediaQuality[]): ReportBody => ({
  quality: {
    callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
    participantId: 'ea078406-b5d4-4d3c-b85e-90103dcec7f6',
    mediaLegId: 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f',
    deviceName: 'Boardroom',
    deviceDescription: 'Bldg 30/21',
    mediaQualityList,
  },
});

const times = { averageSeconds: 0.003, maximumSeconds: 0.006, samples: 1400 };

export const channelTruth = (media: Media): ChannelTruth => ({
  media,
  channelIndex: 1,
  inbound: { packets: 1500, lost: 30, lossPercent: 2, jitter: times, delay: times },
  outbound: {
    packets: 1500,
    lost: 30,
    lossPercent: 2,
    jitter: times,
    delay: times,
    untilLastReport: { packets: 1400, lost: 21, lossPercent: 1.5 },
  },
  roundTrip: { averageSeconds: 0.0812, maximumSeconds: 0.09, samples: 6 },
});

export const truth = (...media: readonly Media[]): Truth => ({
  roundTrip: { averageSeconds: 0.0813123456, samples: 700 },
  longestStallSeconds: 0.001,
  channels: media.map(channelTruth),
});

/** What the agent says of the reported call: the bot called the service, and its sound arrived there well. */
export const callAnswer = (): CallAnswer => ({
  callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
  legs: [
    {
      mediaLegId: 'BD9EE398-4B9D-42C7-8B8D-4E8EFAD9435F',
      state: 'ended',
      revision: 3,
      device: { name: 'Boardroom', description: 'Bldg 30/21' },
      startedAt: '2026-01-15T10:00:00.000Z',
      delivery: { state: 'delivered' },
      levels: [
        { media: 'audio', journey: 'fromRoom', level: 'fair' },
        { media: 'audio', journey: 'toRoom', level: 'poor' },
      ],
      teams: {
        sessionId: 'bot',
        bot: 'caller',
        levels: [
          { media: 'audio', journey: 'fromRoom', level: 'good' },
          { media: 'audio', journey: 'toRoom', level: 'unmeasured' },
        ],
      },
    },
  ],
  callRecord: {
    state: 'read',
    sessions: [
      {
        id: 'other',
        modalities: ['audio'],
        caller: { kind: 'participant' },
        callee: { kind: 'service' },
        streams: [{ label: 'main-audio', media: 'audio', direction: 'callerToCallee', averageLoss: 0.5 }],
      },
      {
        id: 'bot',
        modalities: ['audio'],
        caller: { kind: 'participant' },
        callee: { kind: 'service' },
        streams: [
          {
            ...{ label: 'main-audio', media: 'audio', direction: 'callerToCallee' },
            ...{ averageLoss: 0.001, averageJitter: 0.002, averageRoundTrip: 0.022 },
          },
          { label: 'main-audio', media: 'audio', direction: 'calleeToCaller', averageLoss: 0.003 },
        ],
      },
    ],
  },
  verdict: {
    state: 'final',
    leg: 'vtc',
    media: 'audio',
    direction: 'toRoom',
    severity: 1.2,
    confidence: 'high',
    sentence: 'The leg between Boardroom and the gateway was bad.',
    reasons: ['Look at the network path.'],
  },
});

export const outcome = (members: Partial<Outcome> = {}): Outcome => ({
  mediaLegId: 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f',
  report: report(quality('audio')),
  delivery: { state: 'delivered' },
  accepted: true,
  truth: truth('audio'),
  graph: { at: 0, method: 'POST', path: '/', headers: {}, text: '', violations: [], status: 204 },
  ...members,
});
