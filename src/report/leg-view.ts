import type { ChannelSummary } from '../model/figures.ts';
import type { Leg } from '../model/leg.ts';
import { endpointsOf, maskAddress, maskAddressesIn, maskEndpoint, type PartialEndpoint } from './address.ts';
import { verdictView } from './call-view.ts';
import { channelFigures } from './channel-figures.ts';
import { deliveryView } from './delivery-view.ts';
import { rfc3339, timeMember } from './rfc3339.ts';

/** What people may see: `masked` shows the network of an address instead of the address. */
export type Privacy = { readonly addresses: 'full' | 'masked' };

/** A leg as lists show it: identity, times, delivery; no figures. */
export function legEntryView(leg: Leg, { addresses }: Privacy) {
  const { control, device } = leg;
  return {
    mediaLegId: leg.mediaLegId,
    state: leg.state,
    revision: leg.revision,
    ...member('callChainId', control.callChainId),
    ...member('participantId', control.participantId),
    ...member('tenantId', leg.tenantId),
    ...(leg.earlierIdentifiers.length === 0 ? {} : { earlierIdentifiers: leg.earlierIdentifiers }),
    ...member('gateway', control.gateway),
    ...member('aliases', control.aliases),
    device: addresses === 'masked' ? { ...device, description: maskAddressesIn(device.description) } : device,
    ...member('deviceAddress', shownAddress(control.deviceAddress, addresses)),
    ...member(
      'deviceUri',
      addresses === 'masked' ? control.deviceUri && maskAddressesIn(control.deviceUri) : control.deviceUri,
    ),
    startedAt: rfc3339(leg.startedAt),
    ...timeMember('endedAt', leg.endedAt),
    ...member('endReason', leg.endReason),
    ...member('severity', leg.severity),
    ...member('verdict', leg.verdict && verdictView(leg.verdict)),
    delivery: deliveryView(leg.delivery),
  };
}

const member = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: V }); // a computed key widens to string

const shownAddress = (address: string | undefined, addresses: Privacy['addresses']): string | undefined =>
  address !== undefined && addresses === 'masked' ? maskAddress(address) : address;

const shownEndpoint = (endpoint: PartialEndpoint, { addresses }: Privacy): PartialEndpoint | undefined =>
  Object.keys(endpoint).length === 0 ? undefined : addresses === 'masked' ? maskEndpoint(endpoint) : endpoint;

function channelView(leg: Leg, summary: ChannelSummary, privacy: Privacy) {
  const { media, channelIndex, mediaDuration, codec } = summary;
  const { local, remote } = endpointsOf(leg, summary);
  const channel = leg.channels.find(
    (candidate) => candidate.media === media && candidate.channelIndex === channelIndex,
  );
  const enabled = leg.state === 'live' && (channel?.spells.some((spell) => spell.to === undefined) ?? false);
  return {
    media,
    channelIndex,
    enabled,
    mediaDuration,
    ...member('local', shownEndpoint(local, privacy)),
    ...member('remote', shownEndpoint(remote, privacy)),
    ...member('codec', codec),
    figures: channelFigures(summary),
  };
}

/** A leg with the figures of its channels, in Graph's names and outward units. */
export function legView(
  { leg, channels }: { readonly leg: Leg; readonly channels: readonly ChannelSummary[] },
  privacy: Privacy,
) {
  return { ...legEntryView(leg, privacy), channels: channels.map((summary) => channelView(leg, summary, privacy)) };
}
