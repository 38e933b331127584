import type { ChannelId } from '../model/channel.ts';
import type { NamedStream } from './messages.ts';
import type { Relay } from './relay.ts';
import type { Passage, RelayPath } from './relay-path.ts';
import type { PacketCount, RelayedStream } from './relayed-stream.ts';
import { Tally } from './tally.ts';

/** Mean and maximum; absent where there was nothing. Seconds. */
export type Times = { readonly averageSeconds?: number; readonly maximumSeconds?: number; readonly samples: number };

/** RTP packets of the media's own SSRC, and those the relay dropped. Percent 0–100, as the report has it. */
export type LossTruth = PacketCount & { readonly lossPercent?: number };

/** What the relay did to a channel in one direction. `jitter`: RFC 3550, A.8, where packets leave the relay. */
export type DirectionTruth = LossTruth & { readonly jitter: Times; readonly delay: Times };

export type OutboundTruth = DirectionTruth & {
  /** Up to the last of the device's reports that had come back; all that the gateway can know of. */
  readonly untilLastReport: LossTruth;
};

export type ChannelTruth = ChannelId & {
  readonly inbound: DirectionTruth;
  readonly outbound: OutboundTruth;
  /** Mean loop of the channel's own reports: delay of the sender report there + of the report that answered it back. */
  readonly roundTrip: Times;
};

/** What the relay did, as it counted it itself. */
export type Truth = {
  /** Mean loop of all RTCP packets: mean delay there + mean delay back. */
  readonly roundTrip: Times;
  readonly channels: readonly ChannelTruth[];
  /** For how long the relay did not look at what had come, at most: on a busy machine its delays are longer than it knows. */
  readonly longestStallSeconds: number;
};

/** What happened until `at` (epoch seconds), the moment of the last sample. */
export function truthOf(relay: Relay, named: readonly NamedStream[], at: number): Truth {
  const outbound = named.filter(({ direction }) => direction === 'outbound');
  return {
    roundTrip: loopOf(relay.inbound, relay.outbound),
    longestStallSeconds: relay.longestStallSeconds,
    channels: outbound.flatMap((there) => {
      const back = named.find((other) => other.direction === 'inbound' && isSame(other, there));
      return back === undefined ? [] : [channelTruth(relay, there, back, at)];
    }),
  };
}

const isSame = (one: ChannelId, other: ChannelId): boolean =>
  one.media === other.media && one.channelIndex === other.channelIndex;

function channelTruth(relay: Relay, there: NamedStream, back: NamedStream, at: number): ChannelTruth {
  const sent = relay.outbound.senderReports.get(there.ssrc) ?? [];
  const reports = relay.inbound.receiverReports.get(back.ssrc) ?? [];
  const answers = reports.filter(({ forwardedAt }) => forwardedAt <= at);
  const outbound = relay.outbound.stream(there.ssrc);
  // The device wrote its report when the relay received it, loopback being without delay.
  const untilLastReport = lossTruth(outbound.countAt(answers.at(-1)?.receivedAt ?? 0));
  return {
    media: there.media,
    channelIndex: there.channelIndex,
    inbound: directionTruth(relay.inbound.stream(back.ssrc), at),
    outbound: { ...directionTruth(outbound, at), untilLastReport },
    roundTrip: loops(sent, answers),
  };
}

function directionTruth(stream: RelayedStream, at: number): DirectionTruth {
  return { ...lossTruth(stream.countAt(at)), jitter: timesOf(stream.jitter.values), delay: timesOf(stream.delay) };
}

function lossTruth({ packets, lost }: PacketCount): LossTruth {
  return packets === 0 ? { packets, lost } : { packets, lost, lossPercent: (100 * lost) / packets };
}

/** A report tells the round trip since the last sender report that had reached its author (RFC 3550, 6.4.1: LSR). */
function loops(sent: readonly Passage[], back: readonly Passage[]): Times {
  const tally = new Tally();
  for (const report of back) {
    const answered = sent.findLast(({ forwardedAt }) => forwardedAt <= report.receivedAt);
    if (answered !== undefined) tally.add(delayOf(answered) + delayOf(report));
  }
  return timesOf(tally);
}

const delayOf = ({ receivedAt, forwardedAt }: Passage): number => forwardedAt - receivedAt;

function loopOf(there: RelayPath, back: RelayPath): Times {
  const [one, other] = [there.rtcp.mean, back.rtcp.mean];
  if (one === undefined || other === undefined) return { samples: 0 };
  return { averageSeconds: one + other, samples: Math.min(there.rtcp.count, back.rtcp.count) };
}

function timesOf({ mean, maximum, count }: Tally): Times {
  if (mean === undefined || maximum === undefined) return { samples: 0 };
  return { averageSeconds: mean, maximumSeconds: maximum, samples: count };
}
