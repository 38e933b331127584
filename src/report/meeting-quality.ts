import type { ChannelId, Direction, Media } from '../model/channel.ts';
import type { Series } from '../model/interval.ts';
import type { Leg } from '../model/leg.ts';
import { channelStreams, joinSlots } from '../quality/channel-series.ts';
import { maskAddress } from './address.ts';
import type { Privacy } from './leg-view.ts';
import { type QualityArrays, qualityArrays } from './quality-arrays.ts';
import { rfc3339, timeMember } from './rfc3339.ts';

/** A leg with its series, as far as it counts. */
export type QualityLeg = {
  readonly leg: Leg;
  readonly series: Series;
  readonly assignment: ReadonlyMap<string, ChannelId>;
};

/** Load of the gateway's process and of its host, percent, one entry a sample. */
export type Resources = {
  readonly processAverageCPU: readonly number[];
  readonly processMaxCPU: readonly number[];
  readonly systemAverageCPU: readonly number[];
  readonly systemMaxCPU: readonly number[];
};

export type QualityOptions = Privacy & {
  /** Seconds between samples, a multiple of the slot. */
  readonly samplingInterval: number;
  /** Where the gateway stands, as configured. */
  readonly serverRegion?: string;
  /** Runs of samples without a gap, by time. */
  readonly resources?: readonly Resources[];
};

type Way = 'videoIn' | 'videoOut' | 'audioIn' | 'audioOut' | 'shareIn' | 'shareOut';

/** In is what is sent to the client, which is the room: our outbound. */
const WAYS: Readonly<Record<Way, readonly [Media, Direction]>> = {
  videoIn: ['video', 'outbound'],
  videoOut: ['video', 'inbound'],
  audioIn: ['audio', 'outbound'],
  audioOut: ['audio', 'inbound'],
  shareIn: ['screenSharing', 'outbound'],
  shareOut: ['screenSharing', 'inbound'],
};

/** One item of Webex' Get Meeting Qualities. */
export type MeetingQuality = ReturnType<typeof meetingQuality>;

/** A leg in the shape of one item of Webex' Get Meeting Qualities. What is not known is not in it. */
export function meetingQuality(quality: QualityLeg, options: QualityOptions) {
  const { leg } = quality;
  const { control, device } = leg;
  const ways = Object.entries(WAYS).map(([way, [media, direction]]) => [
    way,
    arraysOf(quality, media, direction, options.samplingInterval),
  ]);
  return {
    meetingInstanceId: control.callChainId ?? leg.mediaLegId,
    webexUserName: device.room ?? device.name,
    ...text('webexUserEmail', control.webex?.email),
    joinTime: rfc3339(leg.startedAt),
    ...timeMember('leaveTime', leg.endedAt),
    clientType: 'VTC',
    hardwareType: device.name,
    networkType: 'unknown' as const,
    ...addresses(quality, options),
    ...text('serverRegion', options.serverRegion),
    ...text('participantId', control.participantId),
    participantSessionId: leg.mediaLegId,
    // Sound: the six ways of WAYS, each with its arrays.
    ...(Object.fromEntries(ways) as Readonly<Record<Way, readonly QualityArrays[]>>),
    resources: options.resources ?? [],
  };
}

const text = <K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: string }); // a computed key widens to string

function arraysOf({ series, assignment }: QualityLeg, media: Media, direction: Direction, every: number) {
  const channels = new Set([...assignment.values()].filter((id) => id.media === media).map((id) => id.channelIndex));
  return [...channels]
    .toSorted((a, b) => a - b)
    .flatMap((channelIndex) => {
      const streams = (way: Direction) => channelStreams(series, assignment, { media, channelIndex }, way);
      const reverse = direction === 'inbound' ? joinSlots(streams('outbound'), series.intervals) : [];
      return qualityArrays(streams(direction), series.intervals, media, every, reverse);
    });
}

/** The client's own address as it says, and the one that its packets came from. */
function addresses({ leg, series }: QualityLeg, { addresses: shown }: QualityOptions) {
  const wire = series.streams.find(({ remote }) => remote !== undefined)?.remote?.address;
  const own = leg.channels.find(({ remote }) => remote !== undefined)?.remote?.address ?? leg.control.deviceAddress;
  const full = shown === 'full' ? { ...text('localIP', own), ...text('publicIP', wire) } : {};
  const masked = (address: string | undefined) => (address === undefined ? undefined : maskAddress(address));
  return { ...full, ...text('maskedLocalIP', masked(own)), ...text('maskedPublicIP', masked(wire)) };
}
