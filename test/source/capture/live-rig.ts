import type { Interval, Stream } from '../../../src/model/interval.ts';
import { LiveMeter, type LiveMeterOptions } from '../../../src/source/capture/live-meter.ts';
import type { FollowedLeg, FromMeter, ToMeter } from '../../../src/source/capture/messages.ts';
import { BEGIN } from '../../meter/wire.ts';

/** A live meter, and all that it says. Times are seconds after the begin. */
export function liveRig(options: Partial<LiveMeterOptions> = {}) {
  const said: FromMeter[] = [];
  const meter = new LiveMeter({
    slotSeconds: 5,
    discover: false,
    lag: 0,
    say: (message) => said.push(structuredClone(message)),
    ...options,
  });
  let asks = 0;
  const release = (mediaLegId: string, at: number): void => {
    asks += 1;
    meter.take({ kind: 'release', mediaLegId, endedAt: BEGIN + at, ask: asks });
  };
  const measured = (mediaLegId: string) => {
    const own = said.flatMap((one) => (one.kind === 'measured' && one.mediaLegId === mediaLegId ? [one] : []));
    const streams = new Map<string, Stream>();
    const slots = new Map<string, Interval>();
    for (const batch of own) {
      for (const stream of batch.streams) streams.set(stream.streamId, stream);
      for (const interval of batch.intervals) slots.set(`${interval.streamId} ${interval.startedAt}`, interval);
    }
    return { streams: [...streams.values()], intervals: [...slots.values()] };
  };
  /** Packets, lost and expected of all streams of a leg, by direction and SSRC. */
  const counts = (mediaLegId: string): Record<string, readonly number[]> => {
    const { streams, intervals } = measured(mediaLegId);
    const sums: Record<string, [number, number, number]> = {};
    for (const { streamId, direction, ssrc } of streams) {
      const own = intervals.filter((interval) => interval.streamId === streamId);
      const sum = (of: (interval: Interval) => number): number => own.reduce((total, one) => total + of(one), 0);
      const key = `${direction} ${ssrc}`;
      const before = sums[key] ?? [0, 0, 0];
      sums[key] = [
        before[0] + sum(({ packets = 0 }) => packets),
        before[1] + sum(({ loss }) => loss?.lost ?? 0),
        before[2] + sum(({ loss }) => loss?.of ?? 0),
      ];
    }
    return sums;
  };
  return {
    meter,
    said,
    take: (message: ToMeter) => meter.take(message),
    follow: (
      mediaLegId: string,
      startedAt: number,
      control: FollowedLeg['control'] = {},
      more: Partial<FollowedLeg> = {},
    ) =>
      meter.take({ kind: 'follow', leg: { mediaLegId, startedAt: BEGIN + startedAt, control, channels: [], ...more } }),
    release,
    advance: (at: number) => meter.advance((BEGIN + at) * 1e6),
    measured,
    counts,
  };
}
