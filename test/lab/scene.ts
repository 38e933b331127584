import { randomUUID } from 'node:crypto';
import type { ChannelPatch, LegPatch } from '../../src/client/shapes.ts';
import type { Media } from '../../src/model/channel.ts';
import type { RelayedChannel } from './agreement.ts';
import { DEVICE, GATEWAY, type Lab } from './lab.ts';
import type { RelayTruth, Rule } from './relay.ts';
import { clockOf, inlineKey, portOf, type Session } from './senders/gstreamer.ts';
import { streamsOf } from './truth.ts';

/** What one way of the relay does. */
export type Path = Omit<Rule, 'direction' | 'kind' | 'ports'>;

/** Who is in the call: without it no report goes out. */
export const identity = (): LegPatch => ({ callChainId: randomUUID(), participantId: randomUUID() });

/** Seconds. */
const RTCP_LATER = 0.007;

/** RTP is lost, RTCP and everything else only delayed. */
export function impair(lab: Lab, inbound: Path, outbound: Path): void {
  for (const [direction, path] of Object.entries({ inbound, outbound }) as ['inbound' | 'outbound', Path][]) {
    const delay = path.delay ?? 0;
    lab.relay.rule({ direction, kind: 'any', delay });
    // A call's two ends set their clocks for RTCP by its SIP: with the same delay each report would be written in the
    // millisecond in which the other's arrives, with a delay since it (DLSR) of 0, which tells no round trip.
    lab.relay.rule({ direction, kind: 'rtcp', delay: delay + RTCP_LATER });
    lab.relay.rule({ direction, kind: 'rtp', ...path });
  }
}

const MEDIA = { audio: 'audio', camera: 'video', screen: 'screenSharing' } as const satisfies Record<
  Session['media'],
  Media
>;
const SUITE = 'AES_CM_128_HMAC_SHA1_80';

/** Channels as a gateway tells them that knows its ports. `withKeys`: also those of SRTP. */
export function channelsOf(sessions: readonly Session[], withKeys = false): readonly ChannelPatch[] {
  const counts = new Map<Media, number>();
  return sessions.map((session) => {
    const media = MEDIA[session.media];
    const channelIndex = (counts.get(media) ?? 0) + 1;
    counts.set(media, channelIndex);
    const { key, codec, payloadType } = session;
    const keys = key !== undefined && {
      crypto: [
        { direction: 'inbound', suite: SUITE, key: inlineKey(key.device) },
        { direction: 'outbound', suite: SUITE, key: inlineKey(key.gateway) },
      ] as const,
    };
    return {
      media,
      channelIndex,
      local: { address: GATEWAY, port: portOf(session, 'gateway') },
      remote: { address: DEVICE, port: portOf(session, 'device') },
      payloadTypes: [{ payloadType, codec, clockRate: clockOf(session) }],
      ...(withKeys ? keys : {}),
    };
  });
}

/** The same channels as the relay saw them. */
export function relayedChannels(
  truth: RelayTruth,
  sessions: readonly Session[],
  reports: RelayedChannel['reports'],
): readonly RelayedChannel[] {
  const streams = streamsOf(truth);
  return channelsOf(sessions).map(({ media, channelIndex, remote }) => {
    const port = remote?.port ?? 0;
    const own = streams.filter(({ sourcePort, destinationPort }) => sourcePort === port || destinationPort === port);
    return { media, channelIndex, reports, devicePort: port + 1, streams: own };
  });
}
