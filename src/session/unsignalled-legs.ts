import type { Direction, Endpoint, Media } from '../model/channel.ts';
import type { Channel } from '../model/leg.ts';
import type { Place } from './call-media.ts';
import { type LegOutline, type LegStream, mediaSpells } from './captured-leg.ts';
import { legIdOf } from './leg-id.ts';

/** A leg that nobody controls is over after this long without anything (the agent's idle end). Seconds. */
const IDLE_END = 300;

/** What has no m-line comes behind what has one: no description has so many. */
const LAST = 1000;

type Directed = {
  readonly stream: LegStream;
  readonly direction: Direction;
  readonly local: Endpoint;
  readonly remote: Endpoint;
};

/**
 * The legs of a device without any signalling: one for each address that it exchanges media with, and each time after a
 * pause of five minutes. A channel is a pair of sockets, and where m-lines are known those of one m-line; channels count in
 * the order of m-lines, then of their first packets.
 */
export function unsignalledLegs(
  streams: readonly LegStream[],
  isDevice: (address: string) => boolean,
): readonly LegOutline[] {
  const directed = streams
    .flatMap((stream) => directedBy(stream, isDevice))
    .toSorted((a, b) => a.stream.firstAt - b.stream.firstAt);
  const pairs = Map.groupBy(directed, ({ local, remote }) => `${remote.address} ${local.address}`);
  return [...pairs.values()].flatMap(splitByPause).map(outlineOf);
}

function directedBy(stream: LegStream, isDevice: (address: string) => boolean): Directed[] {
  const { source, destination } = stream;
  if (isDevice(source.address)) return [{ stream, direction: 'inbound', remote: source, local: destination }];
  return isDevice(destination.address) ? [{ stream, direction: 'outbound', remote: destination, local: source }] : [];
}

function splitByPause(directed: readonly Directed[]): readonly (readonly Directed[])[] {
  const legs: Directed[][] = [];
  let lastAt = Number.NEGATIVE_INFINITY;
  for (const one of directed) {
    if (one.stream.firstAt - lastAt > IDLE_END) legs.push([]);
    legs.at(-1)?.push(one);
    lastAt = Math.max(lastAt, one.stream.lastAt);
  }
  return legs;
}

type Group = { readonly media: Media; readonly members: Directed[] };

function outlineOf(directed: readonly Directed[]): LegOutline {
  const startedAt = Math.min(...directed.map(({ stream }) => stream.firstAt));
  const endedAt = Math.max(...directed.map(({ stream }) => stream.lastAt));
  const places = new Map<string, Place>();
  for (const { stream, direction } of directed) places.set(stream.streamId, { direction });
  const counts = new Map<Media, number>();
  const channels = paired(grouped(directed))
    .toSorted(byLine)
    .map(({ media, members }): Channel => {
      const channelIndex = (counts.get(media) ?? 0) + 1;
      counts.set(media, channelIndex);
      for (const { stream, direction } of members) {
        places.set(stream.streamId, { direction, channel: { media, channelIndex } });
      }
      const spells = mediaSpells(
        members.map(({ stream }) => stream),
        startedAt,
        endedAt,
      );
      return { media, channelIndex, told: 'media', spells };
    });
  const device = directed[0]?.remote.address ?? '';
  const mediaLegId = legIdOf(device, directed[0]?.local.address ?? '', String(startedAt));
  return { mediaLegId, device: { address: device }, startedAt, endedAt, channels, places };
}

/** Streams of one medium that meet in a socket: both directions, and the SSRCs that follow each other. */
function grouped(directed: readonly Directed[]): Group[] {
  const groups: Group[] = [];
  for (const one of directed) {
    const { media, repair } = one.stream;
    if (media === undefined || repair === true) continue;
    const known = groups.find(
      (group) =>
        group.media === media &&
        isOneLine(lineOf(group), one.stream.mLine) &&
        group.members.some((member) => meet(member, one)),
    );
    if (known === undefined) groups.push({ media, members: [one] });
    else known.members.push(one);
  }
  return groups;
}

const meet = (a: Directed, b: Directed): boolean => a.local.port === b.local.port || a.remote.port === b.remote.port;

const isOneLine = (a: number | undefined, b: number | undefined): boolean =>
  a === undefined || b === undefined || a === b;

const lineOf = ({ members }: Group): number | undefined =>
  members.find(({ stream }) => stream.mLine !== undefined)?.stream.mLine;

const byLine = (a: Group, b: Group): number => (lineOf(a) ?? LAST) - (lineOf(b) ?? LAST);

/**
 * Some endpoints send from other sockets than they receive on: what has one direction only joins what has the other one
 * only, of the same medium and payload types, else in the order of their first packets.
 */
function paired(groups: readonly Group[]): readonly Group[] {
  const whole = [...groups];
  for (const alike of [samePayloadTypes, () => true]) {
    for (const group of [...whole]) {
      const index = whole.findIndex((other) => complete(group, other) && alike(group, other));
      const other = whole[index];
      if (!whole.includes(group) || other === undefined) continue;
      group.members.push(...other.members);
      whole.splice(index, 1);
    }
  }
  return whole;
}

/** Its direction, where it has one only. */
function onlyDirection({ members }: Group): Direction | undefined {
  const [first, ...others] = new Set(members.map(({ direction }) => direction));
  return others.length === 0 ? first : undefined;
}

function complete(a: Group, b: Group): boolean {
  const [ours, theirs] = [onlyDirection(a), onlyDirection(b)];
  if (!isOneLine(lineOf(a), lineOf(b))) return false;
  return a.media === b.media && ours !== undefined && theirs !== undefined && ours !== theirs;
}

const samePayloadTypes = (a: Group, b: Group): boolean =>
  a.members.some(({ stream }) =>
    b.members.some((other) => stream.payloadTypes.some((type) => other.stream.payloadTypes.includes(type))),
  );
