import type { Direction, Media } from '../model/channel.ts';
import type { ChannelSummary } from '../model/figures.ts';

/** From where on a value is poor: Teams' own classification of streams. Ratio, seconds, seconds. */
export type PoorValues = { readonly loss: number; readonly roundTrip: number; readonly audioJitter: number };

/** How bad the worst of a leg is: 1 is the border of poor. */
export type Severity = {
  readonly severity: number;
  readonly media: Media;
  /** `fromRoom`: from the device to the gateway. */
  readonly direction: 'fromRoom' | 'toRoom';
  /** When it was worst, epoch seconds. */
  readonly at?: number;
};

const POOR: PoorValues = { loss: 0.1, roundTrip: 0.5, audioJitter: 0.03 };

/** Fewer packets, or less of the enabled time observed, is no ground for a grade. */
const LEAST = { packets: 100, coverage: 0.5 };

/** Severities this near to the greatest are told in a fixed order, so that noise does not choose the culprit. */
const NEAR = 0.9;

const mediaOrder: readonly Media[] = ['audio', 'screenSharing', 'video'];
const journeyOrder: readonly Severity['direction'][] = ['fromRoom', 'toRoom'];
const directions: readonly Direction[] = ['inbound', 'outbound'];

/**
 * The greatest call average ÷ poor value of our own leg (docs/metrics.md, section 9). Jitter counts for audio only, and
 * never where the sender's pacing is in it. Undefined: too little was measured to tell.
 */
export function severity(channels: readonly ChannelSummary[], poor: PoorValues = POOR): Severity | undefined {
  const grades = channels.flatMap((channel) => directions.flatMap((direction) => gradesOf(channel, direction, poor)));
  const greatest = Math.max(...grades.map((grade) => grade.severity));
  const near = grades.filter((grade) => grade.severity >= greatest * NEAR);
  const [told] = near.toSorted(byRank);
  return told && { ...told, severity: greatest };
}

function gradesOf(channel: ChannelSummary, direction: Direction, poor: PoorValues): readonly Severity[] {
  if (!isMeasured(channel, direction)) return [];
  const { media, figures } = channel;
  const side = direction === 'inbound' ? 'Inbound' : 'Outbound';
  const journey = direction === 'inbound' ? 'fromRoom' : 'toRoom';
  const gradable: readonly (readonly [Measure, number])[] = [
    ['PacketLossRateInPercentage', poor.loss],
    ['RoundTripDelay', poor.roundTrip],
    ...(media === 'audio' ? [['Jitter', poor.audioJitter] as const] : []),
  ];
  return gradable.flatMap(([measure, border]) => {
    const average = figures[`average${side}${measure}`];
    if ('absent' in average || average.coverage < LEAST.coverage || average.origin === 'paced') return [];
    const maximum = figures[`maximum${side}${measure}`];
    const at = 'absent' in maximum ? undefined : maximum.at;
    return [
      { severity: average.value / border, media, direction: journey, ...(at === undefined ? {} : { at }) } as const,
    ];
  });
}

type Measure = 'PacketLossRateInPercentage' | 'RoundTripDelay' | 'Jitter';

/** Where packets were not counted, those that a loss rate expected stand for them. */
function isMeasured({ figures }: ChannelSummary, direction: Direction): boolean {
  const packets = figures[direction === 'inbound' ? 'inboundPackets' : 'outboundPackets'];
  if (!('absent' in packets)) return packets.value >= LEAST.packets;
  const loss = figures[`average${direction === 'inbound' ? 'Inbound' : 'Outbound'}PacketLossRateInPercentage`];
  return !('absent' in loss) && loss.samples >= LEAST.packets;
}

function byRank(a: Severity, b: Severity): number {
  return (
    mediaOrder.indexOf(a.media) - mediaOrder.indexOf(b.media) ||
    journeyOrder.indexOf(a.direction) - journeyOrder.indexOf(b.direction) ||
    (a.at ?? Number.POSITIVE_INFINITY) - (b.at ?? Number.POSITIVE_INFINITY) ||
    b.severity - a.severity
  );
}
