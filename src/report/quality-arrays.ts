import type { Media } from '../model/channel.ts';
import type { Interval, Stream } from '../model/interval.ts';
import { joinSlots } from '../quality/channel-series.ts';
import { add } from '../quality/interval.ts';
import { chooseRoundTrip, withReverseLoop } from '../quality/round-trip-choice.ts';
import { rfc3339 } from './rfc3339.ts';

/** One run of samples of one media and way, in the shape and units of Webex: percent, milliseconds, bits/s. */
export type QualityArrays = {
  readonly samplingInterval: number;
  readonly startTime: string;
  readonly endTime: string;
  readonly packetLoss?: readonly number[];
  readonly latency?: readonly number[];
  readonly jitter?: readonly number[];
  readonly resolutionHeight?: readonly number[];
  readonly frameRate?: readonly number[];
  readonly mediaBitRate?: readonly number[];
  readonly codec?: string;
  readonly transportType?: 'UDP' | 'TCP';
};

type Name = 'packetLoss' | 'latency' | 'jitter' | 'resolutionHeight' | 'frameRate' | 'mediaBitRate';
type Sample = Partial<Record<Name, number>>;
type Named = Pick<QualityArrays, 'codec' | 'transportType'>;

const names: readonly Name[] = ['packetLoss', 'latency', 'jitter', 'resolutionHeight', 'frameRate', 'mediaBitRate'];

/**
 * The samples of one channel and direction, `every` seconds apart. An array holds numbers only: where a gap begins or
 * another figure becomes known or unknown, the object ends and the next one has its own start. `reverse`: what the other
 * direction of the channel did, whose round trip is this one's as well (docs/metrics.md, section 6).
 */
export function qualityArrays(
  streams: readonly Stream[],
  intervals: readonly Interval[],
  media: Media,
  every: number,
  reverse: readonly Interval[] = [],
): readonly QualityArrays[] {
  const byId = new Map(streams.map((stream) => [stream.streamId, stream]));
  const own = intervals.filter(({ streamId }) => byId.has(streamId));
  const named = namesBySample(own, byId, every);
  const back = new Map(samplesOf(reverse, every));
  const arrays: QualityArrays[] = [];
  let run: Run | undefined;
  for (const [startedAt, slot] of samplesOf(joinSlots(streams, own), every)) {
    const loop = back.get(startedAt)?.roundTrip;
    // Blind seconds have no figure, even if the other direction was seen.
    const isLooped = loop !== undefined && slot.coveredSeconds > 0;
    const sample = sampleOf(isLooped ? { ...slot, roundTrip: withReverseLoop(slot.roundTrip, loop) } : slot, media);
    const known = names.filter((name) => sample[name] !== undefined);
    const what = named.get(startedAt) ?? {};
    const key = JSON.stringify([known, what]);
    if (run === undefined || run.end !== startedAt || run.key !== key) {
      if (run !== undefined) arrays.push(closed(run, every));
      run = { key, startedAt, end: startedAt, known, what, samples: [] };
    }
    if (known.length === 0) run = undefined;
    else {
      run.samples.push(sample);
      run.end = startedAt + every;
    }
  }
  if (run !== undefined) arrays.push(closed(run, every));
  return arrays;
}

type Run = {
  readonly key: string;
  readonly startedAt: number;
  end: number;
  readonly known: readonly Name[];
  readonly what: Named;
  readonly samples: Sample[];
};

function closed({ startedAt, end, known, what, samples }: Run, every: number): QualityArrays {
  const arrays = known.map((name) => [name, samples.flatMap((sample) => sample[name] ?? [])] as const);
  return {
    samplingInterval: every,
    startTime: rfc3339(startedAt),
    endTime: rfc3339(end),
    ...Object.fromEntries(arrays),
    ...what,
  };
}

const beginOf = (at: number, every: number): number => Math.floor(at / every) * every;

/** Slots folded into samples, by time. */
function samplesOf(slots: readonly Interval[], every: number): readonly (readonly [number, Interval])[] {
  const samples = new Map<number, Interval>();
  for (const slot of slots) {
    const begin = beginOf(slot.startedAt, every);
    const held = samples.get(begin);
    samples.set(begin, held === undefined ? slot : add(held, slot));
  }
  return [...samples].toSorted(([a], [b]) => a - b);
}

/** Codec and transport of the stream with most packets in each sample. */
function namesBySample(
  intervals: readonly Interval[],
  byId: ReadonlyMap<string, Stream>,
  every: number,
): ReadonlyMap<number, Named> {
  const most = new Map<number, { packets: number; stream: Stream | undefined }>();
  for (const { startedAt, streamId, packets = 0 } of intervals) {
    const begin = beginOf(startedAt, every);
    const held = most.get(begin);
    if (held === undefined || packets > held.packets) most.set(begin, { packets, stream: byId.get(streamId) });
  }
  return new Map([...most].map(([begin, { stream }]) => [begin, namesOf(stream)]));
}

const namesOf = (stream: Stream | undefined): Named => ({
  ...(stream?.codec === undefined ? {} : { codec: stream.codec }),
  ...(stream?.transport === undefined ? {} : { transportType: stream.transport }),
});

/** Six digits: more were never measured, and a day of them has to go over a wire. */
export function rounded(value: number): number {
  const decimals = 5 - Math.floor(Math.log10(Math.abs(value)));
  // Powers of ten up to the 22nd are exact, so the quotient is the number that the digits spell; by text it takes ten times as long.
  if (decimals < 0 || decimals > 15) return Number(value.toPrecision(6));
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor;
}

/** The figures of one slot. What was not measured is left out. One object a slot: a day of five channels has 172,800. */
export function sampleOf(slot: Interval, media: Media): Sample {
  const { loss, jitter, coveredSeconds, octets, frames, height } = slot;
  const trip = chooseRoundTrip(slot.roundTrip)?.spread;
  const isPicture = media !== 'audio';
  const isCovered = coveredSeconds > 0;
  const sample: Sample = {};
  if (loss !== undefined && loss.of > 0)
    sample.packetLoss = rounded((100 * Math.min(Math.max(loss.lost, 0), loss.of)) / loss.of);
  if (trip !== undefined) sample.latency = rounded((1000 * trip.sum) / trip.count);
  if (jitter !== undefined && jitter.count > 0) sample.jitter = rounded((1000 * jitter.sum) / jitter.count);
  if (isPicture && height !== undefined) sample.resolutionHeight = height;
  if (isPicture && isCovered && frames !== undefined) sample.frameRate = rounded(frames / coveredSeconds);
  if (isCovered && octets !== undefined) sample.mediaBitRate = rounded(8 * (octets / coveredSeconds));
  return sample;
}
