import type { CallRecords, Identity } from '@microsoft/microsoft-graph-types';
import type { ReportBody } from '../client/shapes.ts';
import type { Direction, Media } from '../model/channel.ts';
import type { RawCallRecord } from './call-record-pages.ts';
import { durationSeconds } from './iso-duration.ts';
import { type ReportedChannel, reportedChannels } from './media-quality.ts';

/** A report that Graph took; `at`: when, in epoch seconds. */
export type TakenReport = { readonly report: ReportBody; readonly at: number };

/** Graph tells which kind of endpoint or user agent an object is. */
type Kinded<T> = T & { readonly '@odata.type': string };

const NAMESPACE = '#microsoft.graph.callRecords';
const TENANT = '00000000-0000-0000-0000-000000000001';
const OTHER_PARTICIPANT = '00000000-0000-0000-0000-0000000000a1';

/** Labels of the media lines as Teams writes them. */
const LABEL: Readonly<Record<Media, string>> = {
  audio: 'main-audio',
  video: 'main-video',
  screenSharing: 'applicationsharing-video',
};

const MODALITY: Readonly<Record<Media, CallRecords.Modality>> = {
  audio: 'audio',
  video: 'video',
  screenSharing: 'videoBasedScreenSharing',
};

/** What the stand-in makes up: a wired way of a bot into a near data centre. Ratios and seconds. */
const TEAMS_LEG: Readonly<Record<Media, { loss: number; maximumLoss: number; jitter: number; roundTrip: number }>> = {
  audio: { loss: 0.0004, maximumLoss: 0.004, jitter: 0.002, roundTrip: 0.022 },
  video: { loss: 0.0008, maximumLoss: 0.006, jitter: 0.004, roundTrip: 0.024 },
  screenSharing: { loss: 0.0005, maximumLoss: 0.005, jitter: 0.003, roundTrip: 0.023 },
};
/** The worst moment of jitter and round trip against their average. */
const WORST = 2;

/**
 * The record that Graph would have of the meeting of a reported leg: one session of the bot, one of another participant, in
 * Graph's published shape. The bot passes on what the room leg carried; how well its own leg into Teams was is made up.
 */
export function teamsRecord({ report, at }: TakenReport): RawCallRecord {
  const { callChainId, participantId, mediaQualityList } = report.quality;
  const lasted = Math.max(...mediaQualityList.map(({ mediaDuration = '' }) => durationSeconds(mediaDuration) ?? 0), 0);
  const times = { startDateTime: instant(at - lasted), endDateTime: instant(at) };
  const channels = reportedChannels(report);
  const modalities = channels.map(({ media }) => MODALITY[media]);
  const session = (
    name: string,
    caller: CallRecords.Endpoint,
    carried: readonly ReportedChannel[],
  ): CallRecords.Session => ({
    id: `${callChainId.slice(0, -1)}${name}`,
    ...times,
    modalities: carried.map(({ media }) => MODALITY[media]),
    isTest: false,
    caller,
    callee: mediaController(),
    failureInfo: null,
    segments: [
      { id: `${callChainId.slice(0, -1)}${name}`, ...times, failureInfo: null, media: carried.map(mediaLine) },
    ],
  });
  const audio = channels.filter(({ media }) => media === 'audio');
  return {
    id: callChainId,
    version: 1,
    type: 'groupCall',
    modalities: [...new Set(modalities)],
    lastModifiedDateTime: instant(at),
    ...times,
    joinWebUrl: null,
    sessions: [session('1', bot(participantId), channels), session('2', teamsClient(), audio)],
  } satisfies CallRecords.CallRecord;
}

const instant = (seconds: number): string => new Date(seconds * 1000).toISOString();

const duration = (seconds: number): string => `PT${seconds}S`;

/** The bot as it joined; Teams knows the bots of others by this role. */
const bot = (participantId: string): Kinded<CallRecords.ParticipantEndpoint> => ({
  '@odata.type': `${NAMESPACE}.participantEndpoint`,
  name: 'otherleg-demo-bot',
  userAgent: service('otherleg-demo-bot/1.0', 'customBot'),
  associatedIdentity: identity(participantId, 'otherleg demo bot'),
  feedback: null,
});

const teamsClient = (): Kinded<CallRecords.ParticipantEndpoint> => {
  const userAgent: Kinded<CallRecords.ClientUserAgent> = {
    '@odata.type': `${NAMESPACE}.clientUserAgent`,
    headerValue: 'CallSignalingAgent (27/1.0.0.0//;release/2026)',
    platform: 'windows',
    productFamily: 'teams',
  };
  const associatedIdentity = identity(OTHER_PARTICIPANT, 'A participant on Teams');
  return {
    '@odata.type': `${NAMESPACE}.participantEndpoint`,
    name: 'machineName_1',
    userAgent,
    associatedIdentity,
    feedback: null,
  };
};

const mediaController = (): Kinded<CallRecords.ServiceEndpoint> => ({
  '@odata.type': `${NAMESPACE}.serviceEndpoint`,
  userAgent: service('MediaController/1.0', 'mediaController'),
});

const service = (headerValue: string, role: CallRecords.ServiceRole): Kinded<CallRecords.ServiceUserAgent> => ({
  '@odata.type': `${NAMESPACE}.serviceUserAgent`,
  headerValue,
  applicationVersion: '1.0',
  role,
});

/** Identities come with their tenant, which the published type leaves out. */
const identity = (id: string, displayName: string): Identity & { readonly tenantId: string } => ({
  id,
  displayName,
  tenantId: TENANT,
});

function mediaLine(channel: ReportedChannel): CallRecords.Media {
  return {
    label: LABEL[channel.media],
    callerNetwork: network('10.20.0.4', 50_000),
    calleeNetwork: network('52.112.0.10', 3480),
    callerDevice: {},
    calleeDevice: {},
    // What came from the room the bot sends on as the caller of its session; what went to the room it received.
    streams: [stream(channel, 'inbound', 'callerToCallee'), stream(channel, 'outbound', 'calleeToCaller')],
  };
}

const network = (ipAddress: string, port: number): CallRecords.NetworkInfo => ({
  ipAddress,
  port,
  connectionType: 'wired',
  networkTransportProtocol: 'udp',
  wifiBand: 'unknown',
  wifiRadioType: 'unknown',
  linkSpeed: 4_294_967_295,
});

function stream(
  channel: ReportedChannel,
  side: Direction,
  streamDirection: CallRecords.MediaStreamDirection,
): CallRecords.MediaStream {
  const { packets, framesPerSecond } = channel[side];
  const { loss, maximumLoss, jitter, roundTrip } = TEAMS_LEG[channel.media];
  return {
    streamId: `${channel.media}-${streamDirection}`,
    streamDirection,
    packetUtilization: packets ?? null,
    averagePacketLossRate: loss,
    maxPacketLossRate: maximumLoss,
    averageJitter: duration(jitter),
    maxJitter: duration(WORST * jitter),
    averageRoundTripTime: duration(roundTrip),
    maxRoundTripTime: duration(WORST * roundTrip),
    averageReceivedFrameRate: framesPerSecond ?? null,
  };
}
