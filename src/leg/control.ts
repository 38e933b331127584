import type { Device } from '../model/device.ts';
import { OtherlegError } from '../model/error.ts';
import type { Channel, ChannelControl, Leg, LegControl } from '../model/leg.ts';
import { withoutKeys } from '../session/sdes.ts';
import { wireAddress, wireEndpoint } from '../session/wire-address.ts';
import { matchDevice, resolveDevice, resolveTenant } from './device-match.ts';
import type { ChannelKeys } from './key-ring.ts';
import { type MergePatch, mergePatch } from './merge-patch.ts';
import { type ChannelTold, toldChannels } from './spells.ts';
import { toldBySdp } from './told-by-sdp.ts';

/** A patch of a leg; `at` says when the change took effect (epoch seconds). `keys` and those in `sdp` are never kept in the leg. */
export type LegPatch = MergePatch<LegControl> & { readonly at?: number; readonly keys?: readonly ChannelKeys[] };

/** What a leg's own words are completed from. */
export type ControlContext = {
  readonly owner: string;
  readonly devices: readonly Device[];
  readonly defaultTenantId?: string;
};

/** A leg that nobody has told anything of yet. */
export function newLeg(mediaLegId: string, now: number, context: ControlContext): Leg {
  return {
    mediaLegId,
    revision: 0,
    owner: context.owner,
    state: 'live',
    control: {},
    device: resolveDevice({}, undefined),
    channels: [],
    earlierIdentifiers: [],
    startedAt: now,
    delivery: { state: 'none' },
  };
}

/** `leg` after a patch that came at `now`, without keys. Pure; the leg's figures are not touched. */
export function patched(leg: Leg, patch: LegPatch, now: number, context: ControlContext): Leg {
  const { at, keys: _keys, ...changes } = patch;
  const control = asOnWire(keyless(mergePatch(leg.control, changes)));
  const startedAt = control.startedAt ?? leg.startedAt;
  const configured = matchDevice(context.devices, control);
  const tenantId = resolveTenant(control, configured, context.defaultTenantId);
  const { tenantId: _, ...rest } = leg;
  return {
    ...rest,
    control,
    startedAt,
    ...(tenantId === undefined ? {} : { tenantId }),
    device: resolveDevice(control, configured, leg.wire?.userAgent),
    earlierIdentifiers: earlier(leg, control),
    channels:
      leg.state === 'ended'
        ? leg.channels
        : withoutHoles(channelsAfter({ ...leg, startedAt }, leg, control, at ?? now, at)),
  };
}

/** Keys go no further than memory: session descriptions are kept without. */
function keyless({ sdp, ...control }: LegControl): LegControl {
  if (sdp === undefined) return control;
  const { local, remote } = sdp;
  return {
    ...control,
    sdp: {
      ...(local === undefined ? {} : { local: withoutKeys(local) }),
      ...(remote === undefined ? {} : { remote: withoutKeys(remote) }),
    },
  };
}

/** Addresses as the packets will have them: gateways tell them as their sockets show them. */
function asOnWire({ channels, deviceAddress, ...control }: LegControl): LegControl {
  return {
    ...control,
    ...(deviceAddress === undefined ? {} : { deviceAddress: wireAddress(deviceAddress) }),
    ...(channels === undefined ? {} : { channels: channels.map(channelOnWire) }),
  };
}

const channelOnWire = (channel: ChannelControl): ChannelControl => ({
  ...channel,
  ...endsOnWire(channel),
  ...(channel.rtcp && { rtcp: endsOnWire(channel.rtcp) }),
});

const endsOnWire = ({ local, remote }: Pick<ChannelControl, 'local' | 'remote'>) => ({
  ...(local && { local: wireEndpoint(local) }),
  ...(remote && { remote: wireEndpoint(remote) }),
});

function earlier(leg: Leg, control: LegControl): readonly string[] {
  const now = new Set([control.callChainId, control.participantId, ...(control.aliases ?? [])]);
  const before = [leg.control.callChainId, leg.control.participantId, ...(leg.control.aliases ?? [])];
  const gone = before.filter((identifier): identifier is string => identifier !== undefined && !now.has(identifier));
  return [...new Set([...leg.earlierIdentifiers, ...gone])];
}

/** The first list that is told counts from the leg's begin unless it says when it took effect; later ones from now. */
function channelsAfter(
  leg: Leg,
  before: Leg,
  control: LegControl,
  effective: number,
  at: number | undefined,
): readonly Channel[] {
  const told = toldOf(control, leg.channels) ?? [];
  const first = before.channels.every((channel) => channel.told === 'media');
  const channels = before.channels.map((channel) => moved(channel, before.startedAt, leg.startedAt));
  return toldChannels(channels, told, first && at === undefined ? leg.startedAt : Math.max(effective, leg.startedAt));
}

/** Spells that began with the leg begin with it still when its begin is corrected. */
const moved = (channel: Channel, from: number, to: number): Channel => ({
  ...channel,
  spells: channel.spells.map((spell) => (spell.from === from ? { ...spell, from: to } : spell)),
});

function toldOf(control: LegControl, before: readonly Channel[]): readonly ChannelTold[] | undefined {
  const bySdp = control.sdp && toldBySdp(control.sdp, before);
  return control.channels?.map(toldByControl) ?? bySdp;
}

function toldByControl(channel: ChannelControl): ChannelTold {
  const direction = channel.direction ?? 'sendrecv';
  const { media, channelIndex, mid, ssrcs, local, remote } = channel;
  return {
    media,
    channelIndex,
    told: 'control',
    ...(mid === undefined ? {} : { mid }),
    ...(ssrcs === undefined ? {} : { ssrcs }),
    ...(local === undefined ? {} : { local }),
    ...(remote === undefined ? {} : { remote }),
    ...(channel.enabled === false || direction === 'inactive' ? {} : { on: direction }),
  };
}

/** Numbers count from 1 for each media (Graph's documentation), so one that is missing is a mistake. */
function withoutHoles(channels: readonly Channel[]): readonly Channel[] {
  for (const { media, channelIndex } of channels) {
    if (
      channelIndex === 1 ||
      channels.some((other) => other.media === media && other.channelIndex === channelIndex - 1)
    )
      continue;
    throw new OtherlegError('BODY_INVALID', `${media} ${channelIndex} is told, but no ${media} ${channelIndex - 1}`, {
      hint: 'channelIndex counts from 1 for each media, in the order in which they appear in the call',
    });
  }
  return channels;
}
