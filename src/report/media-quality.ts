import type { TeleconferenceDeviceVideoQuality } from '@microsoft/microsoft-graph-types';
import type { Media } from '../model/channel.ts';
import type { ChannelSummary, GraphFigureName } from '../model/figures.ts';
import type { Leg } from '../model/leg.ts';
import { endpointsOf } from './address.ts';
import { channelFigures, type FigureName, type OutwardFigures } from './channel-figures.ts';
import { toIsoDuration } from './duration.ts';

/** What reports say and leave out (configuration, `report`). */
export type ReportOptions = {
  readonly addresses: 'full' | 'omit';
  readonly pacedJitter: 'send' | 'omit';
  readonly cloudService?: {
    readonly name?: string;
    readonly deploymentId?: string;
    readonly environment?: string;
    readonly instance?: string;
  };
};

/** Graph's type of each medium; the type is chosen by this annotation, as the declared one is abstract. */
const ODATA_TYPE = {
  audio: '#microsoft.graph.teleconferenceDeviceAudioQuality',
  video: '#microsoft.graph.teleconferenceDeviceVideoQuality',
  screenSharing: '#microsoft.graph.teleconferenceDeviceScreenSharingQuality',
} as const satisfies Record<Media, string>;

/** One item of `mediaQualityList`. Graph's typings leave `@odata.type` out. Nothing in it is ever null. */
export type MediaQuality = {
  readonly '@odata.type': (typeof ODATA_TYPE)[Media];
  readonly channelIndex: number;
} & { readonly [Name in keyof TeleconferenceDeviceVideoQuality]?: NonNullable<TeleconferenceDeviceVideoQuality[Name]> };

/** Below this part of the enabled time a loss rate says too little of the call (docs/metrics.md, rule 3). Ratio. */
const LEAST_COVERAGE = 0.5;

/** What Graph is told of one channel: every property that is known, none that is not. */
export function mediaQuality(leg: Leg, channel: ChannelSummary, options: ReportOptions): MediaQuality {
  const mediaDuration = toIsoDuration(channel.mediaDuration, 3);
  const linkSpeed = Math.round(leg.device.linkSpeed ?? 0);
  return {
    '@odata.type': ODATA_TYPE[channel.media],
    channelIndex: channel.channelIndex,
    ...(mediaDuration === undefined ? {} : { mediaDuration }),
    ...(linkSpeed > 0 ? { networkLinkSpeedInBytes: linkSpeed } : {}),
    ...(options.addresses === 'full' ? addresses(leg, channel) : {}),
    ...figureProperties(channelFigures(channel), options),
  };
}

type Addresses = Pick<MediaQuality, 'localIPAddress' | 'localPort' | 'remoteIPAddress' | 'remotePort'>;

function addresses(leg: Leg, channel: ChannelSummary): Addresses {
  const { local, remote } = endpointsOf(leg, channel);
  return {
    ...(local.address === undefined ? {} : { localIPAddress: local.address }),
    ...(local.port === undefined ? {} : { localPort: local.port }),
    ...(remote.address === undefined ? {} : { remoteIPAddress: remote.address }),
    ...(remote.port === undefined ? {} : { remotePort: remote.port }),
  };
}

type TimeName = Exclude<GraphFigureName, `${string}Percentage`>;

/** The properties in Graph's types: times as durations, everything else as numbers. */
type Properties = { readonly [Name in FigureName]?: Name extends TimeName ? string : number };

function figureProperties(figures: OutwardFigures, options: ReportOptions): Properties {
  const properties: Record<string, string | number> = {};
  for (const [name, figure] of Object.entries(figures)) {
    if ('absent' in figure || (options.pacedJitter === 'omit' && isPacedJitter(name, figure.origin))) continue;
    if (figure.unit === 'percent' && figure.coverage < LEAST_COVERAGE) continue;
    const value = figure.unit === 'seconds' ? toIsoDuration(figure.value) : figure.value;
    if (value !== undefined) properties[name] = value;
  }
  // Sound: the names are those of channelFigures, where times and nothing else are in seconds.
  return properties as Properties;
}

const isPacedJitter = (name: string, origin: string): boolean => origin === 'paced' && name.endsWith('Jitter');
