import type { ChannelId, Direction, Media } from '../../model/channel.ts';
import type { Interval, Spread, Stream } from '../../model/interval.ts';
import type { WebexItem, WebexRun } from './shape.ts';

/** What an import yields: streams with their channels, and intervals as long as Webex samples. */
export type Imported = { readonly streams: readonly Stream[]; readonly intervals: readonly Interval[] };

/** In is what is sent to the client, which is the room: our outbound. */
const WAYS: readonly (readonly [keyof WebexItem & `${string}${'In' | 'Out'}`, Media, Direction])[] = [
  ['audioIn', 'audio', 'outbound'],
  ['audioOut', 'audio', 'inbound'],
  ['videoIn', 'video', 'outbound'],
  ['videoOut', 'video', 'inbound'],
  ['shareIn', 'screenSharing', 'outbound'],
  ['shareOut', 'screenSharing', 'inbound'],
];

/** Webex' own length of a sample, where it does not say. Seconds. */
const SAMPLE = 60;
/** A day of samples; an answer that claims more is not believed. */
const MOST_SAMPLES = 1440;

/**
 * The intervals of one media session of Webex (docs/metrics.md, section 3). Loss weighs bit rate × time, because packets are
 * not told; latency is a round trip of origin `imported`. Arrays of unequal length count from the start, as far as each goes.
 */
export function importedQuality(item: WebexItem, mediaLegId: string): Imported {
  const parts = WAYS.flatMap(([way, media, direction]) => {
    const runs = runsOf(item[way]);
    const place = { mediaLegId, way, media, direction, usualRate: usualRate(runs) };
    return runs.map((run, index) => importedRun(run, index, place));
  });
  return {
    streams: parts.flatMap(({ stream }) => stream),
    intervals: parts.flatMap(({ intervals }) => intervals),
  };
}

const runsOf = (value: unknown): readonly WebexRun[] => (Array.isArray(value) ? value : []);

/** Of a medium and way, for the samples of a run that tells no bit rate at all: they weigh their time. */
function usualRate(runs: readonly WebexRun[]): number {
  const told = runs.flatMap(({ mediaBitRate }) => mediaBitRate).filter((rate) => rate !== null);
  return told.reduce((sum, rate) => sum + rate, 0) / told.length || 1;
}

type Place = {
  readonly mediaLegId: string;
  readonly way: string;
  readonly media: Media;
  readonly direction: Direction;
  /** Bits per second. */
  readonly usualRate: number;
};

function importedRun(run: WebexRun, index: number, { mediaLegId, way, media, direction, usualRate }: Place) {
  const channel: ChannelId = { media, channelIndex: 1 };
  // Of two legs that end at once no stream may have the other's name.
  const streamId = `${mediaLegId}/webex-${way}-${index}`;
  const stream: Stream = {
    streamId,
    mediaLegId,
    source: 'webex',
    direction,
    ...(run.codec === undefined ? {} : { codec: run.codec }),
    ...(run.transportType === undefined ? {} : { transport: run.transportType }),
    channel,
  };
  return { stream, intervals: run.startTime === undefined ? [] : samples(run, run.startTime, { streamId, usualRate }) };
}

type Sampled = { readonly streamId: string; readonly usualRate: number };

function samples(run: WebexRun, startedAt: number, { streamId, usualRate }: Sampled): readonly Interval[] {
  const every = run.samplingInterval ?? SAMPLE;
  const { packetLoss, latency, jitter, resolutionHeight, frameRate, mediaBitRate } = run;
  const arrays = [packetLoss, latency, jitter, resolutionHeight, frameRate, mediaBitRate];
  const isRated = mediaBitRate.some((rate) => rate !== null);
  const count = Math.min(MOST_SAMPLES, Math.max(...arrays.map(({ length }) => length)));
  return Array.from({ length: count }, (_, index) => {
    const begin = startedAt + index * every;
    const end = Math.min(begin + every, run.endTime ?? Number.POSITIVE_INFINITY);
    const seconds = Math.max(0, end - begin);
    // A loss beside rates that has none of its own cannot be weighed against the others.
    const weight = mediaBitRate[index] ?? (isRated ? undefined : usualRate);
    return sampleOf(run, index, { streamId, startedAt: begin, seconds, coveredSeconds: seconds }, weight);
  }).filter(({ seconds }) => seconds > 0);
}

type Frame = Pick<Interval, 'streamId' | 'startedAt' | 'seconds' | 'coveredSeconds'>;

function sampleOf(run: WebexRun, index: number, frame: Frame, weight: number | undefined): Interval {
  const { seconds, startedAt } = frame;
  const at = startedAt + seconds;
  const [percent, latency, jitter] = [run.packetLoss[index], run.latency[index], run.jitter[index]];
  const [rate, pictures, height] = [run.mediaBitRate[index], run.frameRate[index], run.resolutionHeight[index]];
  return {
    ...frame,
    ...(rate == null ? {} : { octets: (rate * seconds) / 8 }),
    ...(pictures == null ? {} : { frames: pictures * seconds }),
    ...(height == null || height === 0 ? {} : { height }),
    ...(percent == null || percent > 100 || weight === undefined
      ? {}
      : { loss: lossOf(percent / 100, weight, seconds, at) }),
    ...(jitter == null ? {} : { jitter: spread(jitter / 1000, seconds, at) }),
    ...(latency == null ? {} : { roundTrip: { imported: spread(latency / 1000, 1, at) } }),
  };
}

function lossOf(ratio: number, rate: number, seconds: number, at: number): NonNullable<Interval['loss']> {
  // A sample without a bit moved nothing, and cannot have lost any of it.
  const of = rate * seconds;
  return {
    origin: 'reported',
    lost: ratio * of,
    of,
    unit: 'seconds',
    ...(of > 0 ? { worst: { value: ratio, at, windowSeconds: seconds } } : {}),
  };
}

const spread = (value: number, count: number, at: number): Spread => ({
  origin: 'reported',
  sum: value * count,
  count,
  worst: { value, at },
});
