import { intervalOf, streamOf } from '../../meter/currency.ts';
import type { MeasuredInterval, MeasuredStream } from '../../meter/measured.ts';
import type { Direction } from '../../model/channel.ts';
import type { Interval, Stream } from '../../model/interval.ts';
import { present } from '../../quality/present.ts';
import { mediaByCodec } from '../../session/codec-media.ts';
import type { LiveLeg } from './live-leg.ts';
import type { PlanLine } from './live-plan.ts';

/** A stream that runs, or has run, and the leg that has it. */
export type LiveStream = {
  measured: MeasuredStream;
  /** Its leg, once one claims it; for good. */
  leg: LiveLeg | undefined;
  direction: Direction;
  line: PlanLine | undefined;
  /** How sure the claim is. */
  rank: number;
  isOver: boolean;
  /** The leg that it would be of, if that had not too many: as long as that runs it is nobody's, and nothing of it is kept. */
  surplusOf: LiveLeg | undefined;
  /** What was told of it last, as text; empty before. */
  told: string;
  /** Intervals of no leg yet, by begin of their slot. */
  readonly kept: Map<number, MeasuredInterval>;
  /** Name of the stream of its leg that it goes on from, once that was sought; empty: of none. */
  before: string | undefined;
  /** Packets that were counted for the sight of its leg. */
  counted: number;
};

/** An interval of a stream that is not told yet. */
export type LiveInterval = { readonly stream: LiveStream; readonly interval: MeasuredInterval };

export const newLiveStream = (measured: MeasuredStream): LiveStream => ({
  measured,
  leg: undefined,
  direction: 'inbound',
  line: undefined,
  rank: 0,
  isOver: false,
  surplusOf: undefined,
  told: '',
  kept: new Map(),
  before: undefined,
  counted: 0,
});

/** Whether a stream may belong to a channel: what runs on an m-line of its own without one belongs to none. */
export const isMedia = ({ line, measured }: LiveStream): boolean =>
  (line === undefined || line.media !== undefined) && measured.repair !== true;

/** What is known of a capture: whether nothing of a leg escapes it, and when the last packet of a stream came. */
export type Seen = { readonly complete: boolean; readonly lastOf: (stream: LiveStream) => number };

/** The stream as its leg tells it. */
export function streamTold(stream: LiveStream, leg: LiveLeg, { complete, lastOf }: Seen): Stream {
  const { measured, direction, line } = stream;
  const media = measured.media ?? line?.media ?? mediaByCodec(measured.codec, measured.clockRate);
  const { continues, ...rest } = streamOf(measured, leg.mediaLegId, direction);
  return present<Stream>({
    ...rest,
    kind: media === 'screenSharing' ? 'video' : media,
    contentType: media === 'screenSharing' ? 'screenshare' : undefined,
    payloadTypes: measured.payloadTypes,
    continues:
      leg.owned.before(stream, lastOf) ?? (continues !== undefined && leg.has(continues) ? continues : undefined),
    complete: complete ? true : undefined,
    reportsEncrypted: leg.isDeaf ? true : undefined,
  });
}

/**
 * The interval as its leg tells it. A slot in which the leg or the stream begins, or the leg ends, is covered as far as
 * what it counts lies in it: who cuts it to the leg's life then takes away no more than what lies outside.
 */
export function intervalTold(given: MeasuredInterval, stream: LiveStream, leg: LiveLeg): Interval {
  const interval = intervalOf(given, stream.direction);
  const { startedAt, seconds, taint } = interval;
  const { firstAt, lastAt } = stream.measured;
  const end = startedAt + seconds;
  const from = leg.startedAt > startedAt ? Math.max(startedAt, Math.min(firstAt, leg.startedAt)) : startedAt;
  const begin = firstAt >= leg.startedAt ? Math.max(startedAt, leg.startedAt) : from;
  const to = leg.endedAt === undefined || lastAt > leg.endedAt ? end : Math.min(end, leg.endedAt);
  if (begin <= startedAt && to >= end) return interval;
  // Which seconds are tainted is not known here: they count as if they were the leg's.
  const covered = interval.coveredSeconds - (taint === undefined ? 0 : begin - startedAt);
  return { ...interval, coveredSeconds: Math.max(0, Math.min(covered, to - begin)) };
}

/** End of the interval's slot, epoch seconds. */
export const endOf = ({ observed: { startedAt, seconds } }: MeasuredInterval): number => startedAt + seconds;
