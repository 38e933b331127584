import type { ChannelId, Direction, Endpoint, SourceKind } from './channel.ts';

/** How a value came to us: seen by ourselves, told by the other end, concluded, or told with the sender's pacing in it. */
export type Origin = 'observed' | 'reported' | 'inferred' | 'paced';

/** By which method a round trip was measured (docs/metrics.md, section 6). */
export type RoundTripOrigin =
  | 'sr-rr'
  | 'sr-chain'
  | 'xr-dlrr'
  | 'xr-voip'
  | 'reverse-loop'
  | 'stun'
  | 'stats'
  | 'imported';

/** Why seconds were not observed although the source followed the leg. */
export type Taint = 'capture-dropped' | 'capture-restarted' | 'agent-down' | 'clock-step';

/** Where a stream's clock rate was learnt. */
export type ClockRateOrigin = 'sdp' | 'static' | 'option' | 'inferred';

/** A maximum and when it was reached, in seconds since the epoch. */
export type Peak = { readonly value: number; readonly at: number };

/**
 * Lost of expected. Adds up over time and streams. `lost` is signed and may be fractional (late packets repay, deltas are
 * shared over slots); it is clamped only when shown. `unit` says what both count.
 */
export type Loss = {
  readonly origin: Origin;
  readonly lost: number;
  readonly of: number;
  readonly unit: 'packets' | 'seconds';
  /** Ratio 0–1 of the worst window that ended here, with the window really used. */
  readonly worst?: Peak & { readonly windowSeconds: number };
  /** The denominator is an upper bound (docs/metrics.md, section 5). */
  readonly approximate?: true;
};

/** Σ of values and their weight: jitter weighs seconds, round trip samples. Values in seconds. */
export type Spread = { readonly origin: Origin; readonly sum: number; readonly count: number; readonly worst?: Peak };

/**
 * What one stream did in one direction in one slot of the wall clock: sums, counts and maxima, never means.
 * Times in seconds since the epoch; `seconds` is the length of the slot.
 */
export type Interval = {
  readonly streamId: string;
  readonly startedAt: number;
  readonly seconds: number;
  /** Seconds of the slot that were observed and are untainted. */
  readonly coveredSeconds: number;
  readonly taint?: Taint;
  /** Unique media packets; octets of media payload; distinct frames; height in pixels. */
  readonly packets?: number;
  readonly octets?: number;
  readonly frames?: number;
  readonly height?: number;
  readonly loss?: Loss;
  /** Jitter from the 16th update of a segment on, and before it. */
  readonly jitter?: Spread;
  readonly earlyJitter?: Spread;
  /** Every origin that yielded a sample; which one the report takes is decided at the end. */
  readonly roundTrip?: Readonly<Partial<Record<RoundTripOrigin, Spread>>>;
};

/** What does not change from slot to slot. A new SSRC, codec or address pair is a new stream. */
export type Stream = {
  readonly streamId: string;
  readonly mediaLegId: string;
  readonly source: SourceKind;
  readonly direction: Direction;
  /** The stream that this one goes on from. */
  readonly continues?: string;
  readonly ssrc?: number;
  readonly mid?: string;
  readonly kind?: 'audio' | 'video';
  readonly contentType?: 'screenshare';
  readonly transport?: 'UDP' | 'TCP';
  readonly local?: Endpoint;
  readonly remote?: Endpoint;
  readonly codec?: string;
  readonly clockRate?: number;
  readonly clockRateOrigin?: ClockRateOrigin;
  /** The device's RTCP on its transport comes encrypted, and none of it could be read so far. */
  readonly reportsEncrypted?: true;
  /** What told of it lists every stream of the leg: a channel without a stream then has none, and not merely untold ones. */
  readonly complete?: true;
  /** Only where the source itself knows it; otherwise the leg joins streams to channels, also later. */
  readonly channel?: ChannelId;
  /** What it sent, in the order of appearance; told by sources that see packets. */
  readonly payloadTypes?: readonly number[];
};

/** What the leg itself knows of a channel in a slot, with or without streams: silence has no stream to lie in. */
export type Presence = ChannelId & {
  readonly mediaLegId: string;
  readonly startedAt: number;
  readonly seconds: number;
  readonly enabledSeconds: number;
  readonly observedSeconds: Readonly<Record<Direction, number>>;
  readonly silentSeconds: Readonly<Record<Direction, number>>;
};

/** Everything measured of one leg: what a report, a page and a recovery are made of. */
export type Series = {
  readonly mediaLegId: string;
  readonly streams: readonly Stream[];
  readonly intervals: readonly Interval[];
  readonly presence: readonly Presence[];
};
