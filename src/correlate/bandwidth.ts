import type { ChannelId } from '../model/channel.ts';
import { channelStreams, joinSlots } from '../quality/channel-series.ts';
import type { MeasuredLeg } from './vtc-leg.ts';

/** Slots that a tendency needs, and the correlation from which on there is one. */
const LEAST_SLOTS = 12;
const CORRELATED = 0.5;

/** Whether the inbound loss of a channel grows with its bit rate: Pearson's coefficient over its slots is above 0.5. */
export function growsWithBitRate({ series, assignment }: MeasuredLeg, channel: ChannelId): boolean {
  const slots = joinSlots(channelStreams(series, assignment, channel, 'inbound'), series.intervals);
  const points = slots.flatMap(({ loss, octets, coveredSeconds }) =>
    loss === undefined || octets === undefined || loss.of <= 0 || coveredSeconds <= 0
      ? []
      : [{ rate: octets / coveredSeconds, lost: Math.max(0, loss.lost) / loss.of }],
  );
  return points.length >= LEAST_SLOTS && correlation(points) > CORRELATED;
}

/** 0 where one of both never changes. */
function correlation(points: readonly { readonly rate: number; readonly lost: number }[]): number {
  const mean = (of: (point: (typeof points)[number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [rate, lost] = [mean((point) => point.rate), mean((point) => point.lost)];
  const covariance = mean((point) => (point.rate - rate) * (point.lost - lost));
  const spread = Math.sqrt(mean((point) => (point.rate - rate) ** 2) * mean((point) => (point.lost - lost) ** 2));
  return spread > 0 ? covariance / spread : 0;
}
