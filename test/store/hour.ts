import type { Interval, Presence, Series, Spread, Stream } from '../../src/model/interval.ts';
import { fromIntervalCells, toIntervalCells } from '../../src/store/interval-cells.ts';
import { intervalOf, origin, presenceOf, slotSeconds, streamOf } from './measured.ts';

/** Uniform in [0, 1), the same in every run (Park and Miller). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

export type HourOptions = { readonly video: boolean /** Share of the slots with loss. */; readonly lossy: number };

/**
 * An hour of one channel in both directions as capture sees it: jitter that wanders, a round trip at each report by two
 * origins inbound and one outbound, losses in bursts, a maximum with its time for everything.
 */
export function hourOf(mediaLegId: string, options: HourOptions): Series {
  const random = noise(options.video ? 7 : 11);
  const normal = (): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const streams = [streamOf(mediaLegId, 'inbound'), streamOf(mediaLegId, 'outbound')];
  const intervals: Interval[] = [];
  const presence: Presence[] = [];
  let jitter = 0.005;
  for (let slot = 0; slot < 3600 / slotSeconds; slot += 1) {
    jitter = Math.max(0.001, jitter + 0.0003 * normal());
    const roundTrip = 0.08 + 0.004 * normal();
    for (const stream of streams)
      intervals.push(slotOf(stream, slot, { ...options, jitter, roundTrip, random, normal }));
    presence.push(presenceOf(mediaLegId, slot, { media: options.video ? 'video' : 'audio' }));
  }
  return { mediaLegId, streams, intervals, presence };
}

type Slot = HourOptions & { jitter: number; roundTrip: number; random: () => number; normal: () => number };

function slotOf(stream: Stream, slot: number, { video, lossy, jitter, roundTrip, random, normal }: Slot): Interval {
  const startedAt = origin + slot * slotSeconds;
  const inbound = stream.direction === 'inbound';
  const of = video ? Math.round(1500 + 80 * normal()) : 250;
  const lost = random() < lossy ? Math.ceil(random() * 20) : 0;
  const js = Array.from({ length: slotSeconds }, () => Math.max(0.0001, jitter + 0.0008 * normal()));
  const worst = { value: Math.max(...js), at: startedAt + random() * slotSeconds };
  const trip = (value: number): Spread => ({
    origin: 'observed',
    sum: value,
    count: 1,
    worst: { value, at: startedAt + random() * slotSeconds },
  });
  const exact = intervalOf(stream, slot, {
    packets: of - lost,
    octets: Math.round((of - lost) * (video ? 1000 : 100) + 500 * random()),
    ...(video && { frames: 150 - Math.round(2 * random()), height: 1080 }),
    loss: {
      origin: inbound ? 'observed' : 'reported',
      lost,
      of,
      unit: 'packets',
      worst: { value: lost / of, at: startedAt + Math.floor(random() * slotSeconds), windowSeconds: 5 },
    },
    jitter: { origin: inbound ? 'observed' : 'reported', sum: js.reduce((a, b) => a + b), count: js.length, worst },
    roundTrip: inbound
      ? { 'sr-chain': trip(roundTrip + 0.0005 * normal()), 'reverse-loop': trip(roundTrip) }
      : { 'sr-rr': trip(roundTrip) },
  });
  return fromIntervalCells(toIntervalCells(exact, startedAt), stream.streamId, startedAt);
}
