import type { Meter } from '../../meter/meter.ts';
import type { Format, Path } from '../../meter/options.ts';
import type { Direction, Endpoint } from '../../model/channel.ts';
import { readCompound } from '../../packet/rtcp.ts';
import { present } from '../../quality/present.ts';
import type { LiveLeg } from './live-leg.ts';
import type { Match } from './live-match.ts';
import type { PushedRtcp } from './messages.ts';

/** What a payload type means to who claims the stream; undefined where nothing was told of its line. */
export function formatIn({ line, direction }: Match, payloadType: number): Format | undefined {
  if (line === undefined) return undefined;
  const type = line.payloadTypes[direction].find((one) => one.payloadType === payloadType);
  return present<Format>({
    codec: type?.codec,
    clockRate: type?.clockRate,
    clockRateOrigin: type && 'sdp',
    media: line.media,
    encrypted: line.encrypted,
  });
}

/** Hands a pushed compound to the meter, as if it had been captured; not where nobody can tell which way it went. */
export function givePushed(meter: Pick<Meter, 'rtcp'>, leg: LiveLeg, compound: PushedRtcp): void {
  const path = pathOfPushed(leg, compound);
  if (path !== undefined) meter.rtcp(path, compound.octets, Math.round(compound.at * 1e6));
}

/** The way that a pushed compound would have gone: that of the streams it is about, else between the sockets that were told. */
function pathOfPushed(leg: LiveLeg, { octets, direction }: PushedRtcp): Path | undefined {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const packets = readCompound(octets, view, 0, octets.length);
  const senders = packets.flatMap((packet) => ('ssrc' in packet ? [packet.ssrc] : []));
  const blocks = packets.flatMap((packet) => (packet.kind === 'sr' || packet.kind === 'rr' ? packet.blocks : []));
  const subjects = blocks.map(({ ssrc }) => ssrc);
  const streams = [...leg.streams.values()];
  const of = (ssrcs: readonly number[], way: Direction) =>
    streams.findLast((one) => one.direction === way && ssrcs.includes(one.measured.ssrc))?.measured;
  const own = of(senders, direction);
  if (own !== undefined) return { source: own.source, destination: own.destination };
  const other = of(subjects, direction === 'inbound' ? 'outbound' : 'inbound');
  if (other !== undefined) return { source: other.destination, destination: other.source };
  return pathOfPlan(leg, direction);
}

function pathOfPlan({ plan }: LiveLeg, direction: Direction): Path | undefined {
  const line = plan.lines.find(({ local, remote }) => local.length > 0 && remote.length > 0);
  const [local, remote]: readonly (Endpoint | undefined)[] = [line?.local[0], line?.remote[0]];
  if (local === undefined || remote === undefined) return undefined;
  return direction === 'inbound' ? { source: remote, destination: local } : { source: local, destination: remote };
}
