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

export const outcome = (members: Partial<Outcome> = {}): Outcome => ({
  mediaLegId: 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f',
  report: report(quality('audio')),
  delivery: { state: 'delivered' },
  accepted: true,
  truth: truth('audio'),
  graph: { at: 0, method: 'POST', path: '/', headers: {}, text: '', violations: [], status: 204 },
  ...members,
});
