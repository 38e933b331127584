import type { ReportBody } from '../client/shapes.ts';
import type { ChannelId, Direction, Media } from '../model/channel.ts';
import type { Journey } from '../model/verdict.ts';
import type { Comparison } from './comparison.ts';
import { type Figures, reportedChannels } from './media-quality.ts';
import { type Row, textTable } from './text-table.ts';
import type { LegSide, Passage } from './two-legs.ts';

const ABSENT = '–';

const MEDIA_NAME: Readonly<Record<Media, string>> = { audio: 'audio', video: 'video', screenSharing: 'screen' };

const WAY: Readonly<Record<Direction, string>> = { inbound: 'in', outbound: 'out' };

const JOURNEY: Readonly<Record<Journey, string>> = { fromRoom: 'from the room', toRoom: 'to the room' };

const number = (value: number | undefined, decimals: number): string => value?.toFixed(decimals) ?? ABSENT;

const channelName = ({ media, channelIndex }: ChannelId): string => `${MEDIA_NAME[media]} ${channelIndex}`;

/** The report, a line for each channel and direction; in = device to gateway. */
export function reportLines(report: ReportBody): readonly string[] {
  const heading = ['channel', 'way', 'packets', 'loss %', 'max', 'jitter ms', 'max', 'round trip ms', 'max'];
  const body = reportedChannels(report).flatMap((channel) => [
    figureRow(channelName(channel), 'inbound', channel.inbound),
    figureRow('', 'outbound', channel.outbound),
  ]);
  return textTable([[...heading, 'kbit/s', 'frames/s'], ...body]);
}

function figureRow(name: string, direction: Direction, figures: Figures): Row {
  return [
    name,
    WAY[direction],
    number(figures.packets, 0),
    number(figures.lossPercent, 2),
    number(figures.maximumLossPercent, 2),
    number(figures.jitterMillis, 1),
    number(figures.maximumJitterMillis, 1),
    number(figures.roundTripMillis, 1),
    number(figures.maximumRoundTripMillis, 1),
    number(figures.kilobitsPerSecond, 0),
    number(figures.framesPerSecond, 1),
  ];
}

/** What the relay did beside what was measured. */
export function comparisonLines(comparisons: readonly Comparison[]): readonly string[] {
  const rows = comparisons.map((row) => {
    const decimals = row.unit === '%' ? 2 : 1;
    const { relay, measured, note } = row;
    const difference = relay === undefined || measured === undefined ? undefined : measured - relay;
    return [
      channelName(row.channel),
      WAY[row.direction],
      row.figure,
      number(relay, decimals),
      number(measured, decimals),
      row.unit,
      note ?? signed(difference, decimals),
    ];
  });
  return textTable([['channel', 'way', 'figure', 'relay', 'measured', '', 'difference'], ...rows]);
}

/** Both legs, a line a media and journey. */
export function passageLines(passages: readonly Passage[]): readonly string[] {
  const figures = ['loss %', 'jitter ms', 'round trip ms'];
  const rows = passages.map(({ media, journey, room, teams }) => [
    MEDIA_NAME[media],
    JOURNEY[journey],
    ...sideCells(room),
    ...sideCells(teams),
  ]);
  return textTable([['media', 'journey', 'room leg', ...figures, 'Teams leg', ...figures], ...rows]);
}

const sideCells = ({ level, lossPercent, jitterMillis, roundTripMillis }: LegSide): Row => [
  level ?? ABSENT,
  number(lossPercent, 2),
  number(jitterMillis, 1),
  number(roundTripMillis, 1),
];

function signed(value: number | undefined, decimals: number): string {
  if (value === undefined) return ABSENT;
  return `${value < 0 ? '' : '+'}${value.toFixed(decimals)}`;
}
