import type { Direction, Endpoint, Media, PayloadType } from '../../model/channel.ts';
import { OtherlegError } from '../../model/error.ts';
import type { Channel, ChannelControl } from '../../model/leg.ts';
import { socketsOf } from '../../session/media-map.ts';
import { parseSdp, type SdpMedia } from '../../session/sdp.ts';
import type { FollowedLeg } from './messages.ts';

type Ends<T> = Readonly<Record<'local' | 'remote', T>>;

/** One medium of a leg as it may be known on the wire. */
export type PlanLine = Ends<readonly Endpoint[]> & {
  /** Absent: no channel (far end camera control and the like). */
  readonly media?: Media;
  /** Where RTCP goes if not to the media's own socket or the next port. */
  readonly rtcp: Partial<Ends<Endpoint>>;
  /** What numbers mean, by direction: what the receiver named first. */
  readonly payloadTypes: Readonly<Record<Direction, readonly PayloadType[]>>;
  /** Unsigned; `any`: of both directions. */
  readonly ssrcs: Readonly<Record<Direction | 'any', readonly number[]>>;
  /** Absent: no description says so, and there is no key. */
  readonly encrypted?: boolean;
  /** Told before, and not any more: what runs there yet is the leg's. */
  readonly earlier?: true;
};

/** What is known of a leg's media, from all that was told. */
export type LegPlan = {
  readonly lines: readonly PlanLine[];
  readonly deviceAddress?: string;
  /** Somebody told, now or before, where its media go: then what else its device sends or gets is not its own. */
  readonly isDescribed: boolean;
  /** Addresses of each side, as told. */
  readonly addresses: Ends<ReadonlySet<string>>;
  /** All ports and SSRCs that were told: what has none of them, and no address either, is none of its streams. */
  readonly ports: ReadonlySet<number>;
  readonly ssrcs: ReadonlySet<number>;
};

/** More lines than any leg ever had. */
const MOST_LINES = 256;

/** The plan of a leg; `before`: the one that it replaces. */
export function planOf(leg: FollowedLeg, before?: LegPlan): LegPlan {
  const { control, channels } = leg;
  const keyed = (media: Media, index: number): boolean =>
    leg.keys?.some(({ channel }) => channel === `${media}/${index}`) === true;
  const told = [
    ...(control.channels ?? []).map((channel) => lineOfChannel(channel, keyed(channel.media, channel.channelIndex))),
    ...linesOfSdp(control.sdp),
  ];
  const older = [...channels.map(lineOfKnown), ...(before?.lines ?? [])].map((line) => ({
    ...line,
    earlier: true as const,
  }));
  const lines = distinct([...told, ...older])
    .filter(isUseful)
    .slice(0, MOST_LINES);
  const { deviceAddress } = control;
  const remote = new Set([...addressesOf(lines, 'remote'), ...(deviceAddress === undefined ? [] : [deviceAddress])]);
  return {
    lines,
    ...(deviceAddress === undefined ? {} : { deviceAddress }),
    isDescribed: before?.isDescribed === true || told.some(tellsPlace),
    addresses: { local: new Set(addressesOf(lines, 'local')), remote },
    ports: new Set(lines.flatMap((line) => [...line.local, ...line.remote].map(({ port }) => port))),
    ssrcs: new Set(lines.flatMap(({ ssrcs }) => [...ssrcs.any, ...ssrcs.inbound, ...ssrcs.outbound])),
  };
}

/** The port of what has no place yet (RFC 8840, 4.1.1), and of what has none (RFC 8866, 5.7 and RFC 4145). */
const DISCARD = 9;

const tellsPlace = ({ local, remote, ssrcs }: PlanLine): boolean =>
  [...local, ...remote].some(({ port }) => port !== DISCARD) ||
  ssrcs.any.length + ssrcs.inbound.length + ssrcs.outbound.length > 0;

const addressesOf = (lines: readonly PlanLine[], side: 'local' | 'remote'): readonly string[] =>
  lines.flatMap((line) => line[side].map(({ address }) => address));

const isUseful = ({ local, remote, ssrcs }: PlanLine): boolean =>
  local.length + remote.length + ssrcs.any.length + ssrcs.inbound.length + ssrcs.outbound.length > 0;

function distinct(lines: readonly PlanLine[]): readonly PlanLine[] {
  const known = new Map<string, PlanLine>();
  for (const line of lines) {
    const { earlier: _, ...same } = line;
    const key = JSON.stringify(same);
    if (!known.has(key)) known.set(key, line);
  }
  return [...known.values()];
}

const listed = (endpoint: Endpoint | undefined): readonly Endpoint[] => (endpoint === undefined ? [] : [endpoint]);

function lineOfChannel(channel: ChannelControl, keyed: boolean): PlanLine {
  const { media, local, remote, rtcp = {}, ssrcs = [], payloadTypes = [] } = channel;
  return {
    media,
    local: listed(local),
    remote: listed(remote),
    rtcp,
    payloadTypes: { inbound: payloadTypes, outbound: payloadTypes },
    ssrcs: { inbound: [], outbound: [], any: ssrcs },
    ...(keyed ? { encrypted: true } : {}),
  };
}

function lineOfKnown({ media, local, remote, ssrcs = [] }: Channel): PlanLine {
  return {
    media,
    local: listed(local),
    remote: listed(remote),
    rtcp: {},
    payloadTypes: { inbound: [], outbound: [] },
    ssrcs: { inbound: [], outbound: [], any: ssrcs },
  };
}

/** A description that cannot be read was refused when it came. */
function linesOfSdp(sdp: FollowedLeg['control']['sdp']): readonly PlanLine[] {
  const [local, remote] = [sdp?.local, sdp?.remote].map((text) => {
    try {
      return text === undefined ? [] : parseSdp(text);
    } catch (error) {
      if (error instanceof OtherlegError) return [];
      throw error;
    }
  });
  const count = Math.max(local?.length ?? 0, remote?.length ?? 0);
  return Array.from({ length: count }, (_, mLine) => lineOfSides(local ?? [], remote ?? [], mLine));
}

function lineOfSides(local: readonly SdpMedia[], remote: readonly SdpMedia[], mLine: number): PlanLine {
  const [ours, theirs] = [local[mLine], remote[mLine]];
  const roles = [ours, theirs].flatMap((side) => side?.media ?? []);
  const media = roles.find((role) => role === 'screenSharing') ?? roles[0];
  const [near, far] = [ours?.payloadTypes ?? [], theirs?.payloadTypes ?? []];
  const sent = (side: SdpMedia | undefined) => [...(side?.ssrcs ?? []), ...(side?.repairSsrcs ?? [])];
  return {
    ...(media === undefined ? {} : { media }),
    local: socketsIn(local, ours),
    remote: socketsIn(remote, theirs),
    rtcp: { ...(ours?.rtcp && { local: ours.rtcp }), ...(theirs?.rtcp && { remote: theirs.rtcp }) },
    payloadTypes: { inbound: [...near, ...far], outbound: [...far, ...near] },
    ssrcs: { inbound: sent(theirs), outbound: sent(ours), any: [] },
    encrypted: ours?.security !== undefined || theirs?.security !== undefined,
  };
}

const socketsIn = (side: readonly SdpMedia[], line: SdpMedia | undefined): readonly Endpoint[] =>
  line === undefined || line.rejected ? [] : socketsOf(side, line);
