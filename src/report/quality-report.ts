import type { TeleconferenceDeviceQuality } from '@microsoft/microsoft-graph-types';
import type { Media } from '../model/channel.ts';
import type { ChannelSummary } from '../model/figures.ts';
import type { Leg } from '../model/leg.ts';
import { type MediaQuality, mediaQuality, type ReportOptions } from './media-quality.ts';

/** The body of `POST /communications/calls/logTeleconferenceDeviceQuality`. */
export type QualityReport = {
  readonly quality: Readonly<Omit<TeleconferenceDeviceQuality, 'mediaQualityList'>> & {
    readonly '@odata.type': '#microsoft.graph.teleconferenceDeviceQuality';
    readonly mediaQualityList: readonly MediaQuality[];
  };
};

/** A report without the identifiers that its leg lacks: what would be sent once they are known. */
export type QualityDraft = { readonly quality: Partial<QualityReport['quality']> };

const mediaOrder: readonly Media[] = ['audio', 'video', 'screenSharing'];

/**
 * The report of a leg in the shape that Graph documents, its properties always in the same order. Undefined while the call
 * or the participant is unknown, and for a leg that never had a channel.
 */
export function qualityReport(
  leg: Leg,
  channels: readonly ChannelSummary[],
  options: ReportOptions,
): QualityReport | undefined {
  const { callChainId, participantId } = leg.control;
  if (callChainId === undefined || participantId === undefined || channels.length === 0) return undefined;
  return { quality: qualityOf({ callChainId, participantId }, leg, channels, options) };
}

/** The same of a leg whose call or participant nobody knows, with whatever identifiers it has. */
export function qualityDraft(leg: Leg, channels: readonly ChannelSummary[], options: ReportOptions): QualityDraft {
  const { callChainId, participantId } = leg.control;
  const identifiers = {
    ...(callChainId === undefined ? {} : { callChainId }),
    ...(participantId === undefined ? {} : { participantId }),
  };
  return { quality: qualityOf(identifiers, leg, channels, options) };
}

function qualityOf<Identifiers extends object>(
  identifiers: Identifiers,
  leg: Leg,
  channels: readonly ChannelSummary[],
  options: ReportOptions,
) {
  return {
    '@odata.type': '#microsoft.graph.teleconferenceDeviceQuality',
    ...identifiers,
    mediaLegId: leg.mediaLegId,
    deviceName: leg.device.name,
    deviceDescription: leg.device.description,
    ...cloudService(options.cloudService ?? {}),
    mediaQualityList: channels.toSorted(byMedia).map((channel) => mediaQuality(leg, channel, options)),
  } as const;
}

const byMedia = (a: ChannelSummary, b: ChannelSummary): number =>
  mediaOrder.indexOf(a.media) - mediaOrder.indexOf(b.media) || a.channelIndex - b.channelIndex;

function cloudService({ name, deploymentId, environment, instance }: NonNullable<ReportOptions['cloudService']>) {
  return {
    ...(name === undefined ? {} : { cloudServiceName: name }),
    ...(deploymentId === undefined ? {} : { cloudServiceDeploymentId: deploymentId }),
    ...(environment === undefined ? {} : { cloudServiceDeploymentEnvironment: environment }),
    ...(instance === undefined ? {} : { cloudServiceInstanceName: instance }),
  };
}
