import type { ChannelId, Direction, Endpoint, Media } from '../model/channel.ts';
import type { Channel, Spell } from '../model/leg.ts';
import { type CallMedia, callMedia, placeOf } from './call-media.ts';
import { legIdOf } from './leg-id.ts';
import { socketsOf } from './media-map.ts';
import type { CallSide } from './negotiation.ts';
import type { SipCall } from './sip-call.ts';

/** A stream as far as legs go. Epoch seconds; `active`: when it had packets. `ssrc` unsigned. */
export type LegStream = {
  readonly streamId: string;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly ssrc: number;
  readonly payloadTypes: readonly number[];
  readonly codec?: string;
  readonly media?: Media;
  readonly repair?: true;
  /** Position of its m-line, from 0, where a description tells it: what else meets in its sockets is of another channel. */
  readonly mLine?: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly active: readonly { readonly from: number; readonly to: number }[];
};

/** A leg as signalling or addresses show it: its device, its channels, and which stream is which. */
export type LegOutline = {
  readonly mediaLegId: string;
  readonly callId?: string;
  readonly device: { readonly address: string; readonly uri?: string; readonly name?: string };
  readonly startedAt: number;
  readonly endedAt: number;
  readonly channels: readonly Channel[];
  /** By streamId; without a channel a stream repairs another, or its m-line has none. */
  readonly places: ReadonlyMap<string, { readonly direction: Direction; readonly channel?: ChannelId }>;
};

/** The streams from or to a socket. */
export type StreamsAt = (socket: Endpoint) => readonly LegStream[];

/** Streams by their sockets: a call then looks at its own only. */
export function streamsBySocket(streams: readonly LegStream[]): StreamsAt {
  const found = new Map<string, LegStream[]>();
  for (const stream of streams) {
    for (const key of [keyOf(stream.source), keyOf(stream.destination)]) {
      const held = found.get(key);
      if (held === undefined) found.set(key, [stream]);
      else held.push(stream);
    }
  }
  return (socket) => found.get(keyOf(socket)) ?? [];
}

const keyOf = ({ address, port }: Endpoint): string => `${address}|${port}`;

const everySocketOf = ({ agreements }: SipCall): readonly Endpoint[] =>
  agreements.flatMap(({ caller = [], callee = [] }) =>
    [caller, callee].flatMap((side) => side.flatMap((line) => socketsOf(side, line))),
  );

/** A time in which nothing came for so long ends a spell of what nobody signals (docs/metrics.md, section 4). Seconds. */
const PAUSE = 10;

/** From the answer to the end; undefined for a call that nobody answered or whose media the capture does not have. */
export function legOfCall(
  call: SipCall,
  device: CallSide,
  streams: StreamsAt,
  capture: { readonly from: number; readonly to: number },
): LegOutline | undefined {
  const startedAt = call.answeredAt ?? (call.joined ? capture.from : undefined);
  if (startedAt === undefined) return undefined;
  const endedAt = Math.max(startedAt, call.endedAt ?? capture.to);
  const media = callMedia(call, device, startedAt, endedAt);
  const near = new Set(everySocketOf(call).flatMap(streams));
  const own = [...near].filter(({ firstAt, lastAt }) => firstAt < endedAt && lastAt >= startedAt);
  const places = placesOf(media, own);
  if (places.size === 0) return undefined;
  const party = call.parties[device];
  const address = deviceAddress(media, own, places) ?? party.endpoint.address;
  return {
    mediaLegId: legIdOf(call.callId, call.parties.caller.tag ?? '', call.parties.callee.tag ?? ''),
    callId: call.callId,
    device: { address, uri: party.uri, ...(party.agent === undefined ? {} : { name: party.agent }) },
    startedAt,
    endedAt,
    channels: media.channels.map((channel) => withSpells(channel, own, places, startedAt, endedAt)),
    places,
  };
}

function placesOf(media: CallMedia, streams: readonly LegStream[]): LegOutline['places'] {
  return new Map(
    streams.flatMap((stream) => {
      const place = placeOf(media, stream);
      return place === undefined ? [] : [[stream.streamId, place] as const];
    }),
  );
}

/** Where the device's media come from: signalling may have gone through proxies. */
function deviceAddress({ channels }: CallMedia, streams: readonly LegStream[], places: LegOutline['places']) {
  const sent = streams.find(({ streamId }) => places.get(streamId)?.direction === 'inbound');
  return sent?.source.address ?? channels.find(({ remote }) => remote !== undefined)?.remote?.address;
}

function withSpells(
  channel: Channel,
  streams: readonly LegStream[],
  places: LegOutline['places'],
  from: number,
  to: number,
): Channel {
  if (channel.told !== 'media') return channel;
  const own = streams.filter(({ streamId }) => {
    const placed = places.get(streamId)?.channel;
    return placed?.media === channel.media && placed.channelIndex === channel.channelIndex;
  });
  return { ...channel, spells: mediaSpells(own, from, to) };
}

/** From the first media packet in either direction to the last one before a pause of ten seconds or more. */
export function mediaSpells(
  streams: readonly Pick<LegStream, 'active' | 'firstAt' | 'lastAt'>[],
  from: number,
  to: number,
): readonly Spell[] {
  const runs = streams.flatMap(({ active, firstAt, lastAt }) =>
    (active.length === 0 ? [{ from: firstAt, to: lastAt }] : active).map((run) => ({
      from: Math.max(run.from, firstAt, from),
      to: Math.min(run.to, lastAt, to),
    })),
  );
  const spells: { from: number; to: number }[] = [];
  for (const run of runs.filter((one) => one.to > one.from).toSorted((a, b) => a.from - b.from)) {
    const last = spells.at(-1);
    if (last === undefined || run.from - last.to >= PAUSE) spells.push(run);
    else last.to = Math.max(last.to, run.to);
  }
  return spells.map((spell) => ({ ...spell, direction: 'sendrecv' }));
}
