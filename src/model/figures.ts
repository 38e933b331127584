import type { ChannelId, Endpoint } from './channel.ts';
import type { Origin, RoundTripOrigin } from './interval.ts';

/** The twelve measured properties of a media quality, by Graph's own names. */
export type GraphFigureName =
  | 'averageInboundPacketLossRateInPercentage'
  | 'maximumInboundPacketLossRateInPercentage'
  | 'averageOutboundPacketLossRateInPercentage'
  | 'maximumOutboundPacketLossRateInPercentage'
  | 'averageInboundJitter'
  | 'maximumInboundJitter'
  | 'averageOutboundJitter'
  | 'maximumOutboundJitter'
  | 'averageInboundRoundTripDelay'
  | 'maximumInboundRoundTripDelay'
  | 'averageOutboundRoundTripDelay'
  | 'maximumOutboundRoundTripDelay';

/** Counts and rates; the four rates exist for video and screen sharing only. */
export type GraphCountName =
  | 'inboundPackets'
  | 'outboundPackets'
  | 'averageInboundBitRate'
  | 'averageOutboundBitRate'
  | 'averageInboundFrameRate'
  | 'averageOutboundFrameRate';

/** Why a figure is absent (docs/metrics.md, section 8). */
export type Absence =
  | 'encrypted'
  | 'no-reports'
  | 'no-sender-report'
  | 'clock-unknown'
  | 'not-expected'
  | 'silent'
  | 'tainted'
  | 'source-down';

/** A value in our units: loss as ratio 0–1, times in seconds, rates per second. */
export type MeasuredFigure = {
  readonly value: number;
  readonly unit: 'ratio' | 'seconds' | 'packets' | 'bits per second' | 'frames per second';
  readonly origin: Origin | RoundTripOrigin;
  /** Packets expected, seconds of jitter, or round trip samples behind the value. */
  readonly samples: number;
  /** Untainted observed seconds ÷ enabled seconds, 0–1. */
  readonly coverage: number;
  readonly at?: number;
  readonly windowSeconds?: number;
  readonly approximate?: true;
};

export type Figure = MeasuredFigure | { readonly absent: Absence };

/** One channel of a leg, folded from its series. */
export type ChannelSummary = ChannelId & {
  /** Σ of its enabled spells, seconds. */
  readonly mediaDuration: number;
  readonly local?: Endpoint;
  readonly remote?: Endpoint;
  readonly codec?: { readonly inbound?: string; readonly outbound?: string };
  readonly figures: Readonly<Record<GraphFigureName | GraphCountName, Figure>>;
};
