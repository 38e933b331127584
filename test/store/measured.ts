import type { Direction } from '../../src/model/channel.ts';
import type { Interval, Presence, Stream } from '../../src/model/interval.ts';
import type { MeasuredBatch } from '../../src/store/store.ts';

/** A slot boundary; tests count their slots from it. */
export const origin = 1_790_000_000;
export const slotSeconds = 5;

export const streamOf = (mediaLegId: string, direction: Direction = 'inbound', more: Partial<Stream> = {}): Stream => ({
  streamId: `${mediaLegId}/${direction}`,
  mediaLegId,
  source: 'capture',
  direction,
  ssrc: 0xcafe,
  transport: 'UDP',
  local: { address: '10.1.0.1', port: 5004 },
  remote: { address: '10.1.0.9', port: 40_000 },
  codec: 'opus',
  clockRate: 48_000,
  ...more,
});

export const intervalOf = (stream: Stream, slot: number, more: Partial<Interval> = {}): Interval => ({
  streamId: stream.streamId,
  startedAt: origin + slot * slotSeconds,
  seconds: slotSeconds,
  coveredSeconds: slotSeconds,
  packets: 250,
  octets: 25_000,
  loss: { origin: 'observed', lost: 0, of: 250, unit: 'packets' },
  ...more,
});

export const presenceOf = (mediaLegId: string, slot: number, more: Partial<Presence> = {}): Presence => ({
  mediaLegId,
  media: 'audio',
  channelIndex: 1,
  startedAt: origin + slot * slotSeconds,
  seconds: slotSeconds,
  enabledSeconds: slotSeconds,
  observedSeconds: { inbound: slotSeconds, outbound: 4.5 },
  silentSeconds: { inbound: 0, outbound: 0.25 },
  ...more,
});

export const batch = (given: Partial<MeasuredBatch>): MeasuredBatch => ({
  streams: [],
  intervals: [],
  presence: [],
  cursors: new Map(),
  ...given,
});

/** All members that an interval can have, with more decimals than the store keeps. A new member must be added here. */
export const fullInterval: Required<Interval> = {
  streamId: 's',
  startedAt: origin,
  seconds: 5,
  coveredSeconds: 4.123456789,
  taint: 'capture-dropped',
  packets: 250.3333333333,
  octets: 25_000,
  frames: 149,
  height: 1080,
  loss: {
    origin: 'reported',
    lost: -1.5,
    of: 252.25,
    unit: 'packets',
    worst: { value: 0.0123456789, at: origin + 2.3456, windowSeconds: 7 },
    approximate: true,
  },
  jitter: { origin: 'paced', sum: 0.0273456789, count: 5, worst: { value: 0.00654321987, at: origin + 4.999 } },
  earlyJitter: { origin: 'observed', sum: 0.01, count: 1 },
  roundTrip: {
    'sr-rr': { origin: 'observed', sum: 0.0812345678, count: 1, worst: { value: 0.0812345678, at: origin - 1.25 } },
    imported: { origin: 'reported', sum: 0.2, count: 4 },
  },
};

/** The same as the store keeps it: microseconds, and peaks to 10 ms. */
export const keptFullInterval: Required<Interval> = {
  ...fullInterval,
  coveredSeconds: 4.123457,
  packets: 250.333333,
  loss: {
    origin: 'reported',
    lost: -1.5,
    of: 252.25,
    unit: 'packets',
    worst: { value: 0.012346, at: origin + 2.35, windowSeconds: 7 },
    approximate: true,
  },
  jitter: { origin: 'paced', sum: 0.027346, count: 5, worst: { value: 0.006543, at: origin + 5 } },
  roundTrip: {
    'sr-rr': { origin: 'observed', sum: 0.081235, count: 1, worst: { value: 0.081235, at: origin - 1.25 } },
    imported: { origin: 'reported', sum: 0.2, count: 4 },
  },
};
