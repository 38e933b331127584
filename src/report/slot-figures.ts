import type { ChannelId, Direction, Media } from '../model/channel.ts';
import type { Interval } from '../model/interval.ts';
import { sampleOf } from './quality-arrays.ts';

/** What one channel did in one direction in one slot: percent, milliseconds, bits and pictures per second. */
export type SlotFigures = {
  readonly loss?: number;
  readonly jitter?: number;
  readonly roundTrip?: number;
  readonly bitRate?: number;
  readonly frameRate?: number;
};

/** The last slot of a live leg, by channel; `startedAt` in epoch seconds. */
export type LiveFigures = {
  readonly mediaLegId: string;
  readonly startedAt: number;
  readonly seconds: number;
  readonly channels: readonly (ChannelId & { readonly [D in Direction]: SlotFigures })[];
};

/** The names of the figures, in the order in which they are shown. */
export const slotFigureNames = ['loss', 'jitter', 'roundTrip', 'bitRate', 'frameRate'] as const;

/** The figures of one slot. What was not measured is left out. */
export function slotFigures(slot: Interval, media: Media): SlotFigures {
  const { packetLoss: loss, jitter, latency: roundTrip, mediaBitRate: bitRate, frameRate } = sampleOf(slot, media);
  const figures: { -readonly [Name in keyof SlotFigures]: SlotFigures[Name] } = {};
  if (loss !== undefined) figures.loss = loss;
  if (jitter !== undefined) figures.jitter = jitter;
  if (roundTrip !== undefined) figures.roundTrip = roundTrip;
  if (bitRate !== undefined) figures.bitRate = bitRate;
  if (frameRate !== undefined) figures.frameRate = frameRate;
  return figures;
}
