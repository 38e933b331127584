import type { PlotSideAnswer, PlotsAnswer, ShownLegFigures, SpanAnswer } from '../client/read-shapes.ts';
import type { FigureAnswer } from '../client/shapes.ts';
import type { ChannelId, Media } from '../model/channel.ts';
import type { GraphFigureName } from '../model/figures.ts';
import type { Journey } from '../model/verdict.ts';
import { columnOf } from './downsample.ts';
import { plotted } from './numbers.ts';
import type { PanelData } from './plot-panel.ts';
import { seconds } from './shown-time.ts';
import type { Span } from './span-paint.ts';
import { absenceText, channelName, directionOf, journeyName, plotNames, plotTitle } from './words.ts';

/** The plots of one channel on one journey; `absent`: those that have no value at all, and why. */
export type SidePlots = {
  readonly journey: Journey;
  readonly panels: readonly PanelData[];
  readonly absent: readonly { readonly title: string; readonly reason: string }[];
  readonly spans: readonly Span[];
};

export type ChannelPlots = { readonly key: string; readonly title: string; readonly sides: readonly SidePlots[] };

/** What the board draws of a leg. Times in epoch seconds. */
export type LegPlots = {
  readonly from: number;
  readonly to: number;
  readonly interval: number;
  readonly channels: readonly ChannelPlots[];
};

const figureOf = { loss: 'PacketLossRateInPercentage', jitter: 'Jitter', roundTrip: 'RoundTripDelay' } as const;

/** Joins what was measured slot by slot with the figures of the whole leg, which know when it was worst and what is absent. */
export function legPlots(plots: PlotsAnswer): LegPlots {
  const { leg } = plots;
  const from = seconds(plots.startedAt);
  const several = (media: Media): boolean => plots.channels.filter((channel) => channel.media === media).length > 1;
  return {
    from,
    to: from + plots.slots * plots.interval,
    interval: plots.interval,
    channels: plots.channels.map((channel) => ({
      key: `${channel.media}/${channel.channelIndex}`,
      title: channelName(channel, several(channel.media)),
      sides: (['fromRoom', 'toRoom'] as const).map((journey) =>
        sidePlots(channel, channel[directionOf[journey]], journey, plots, figuresOf(leg, channel)),
      ),
    })),
  };
}

type Figures = ShownLegFigures['channels'][number]['figures'];

const figuresOf = (leg: ShownLegFigures, id: ChannelId): Figures =>
  leg.channels.find(({ media, channelIndex }) => media === id.media && channelIndex === id.channelIndex)?.figures ?? {};

function sidePlots(
  id: ChannelId,
  side: PlotSideAnswer,
  journey: Journey,
  { startedAt, interval }: PlotsAnswer,
  figures: Figures,
): SidePlots {
  const spans = side.spans.map(spanOf);
  const panels: PanelData[] = [];
  const absent: { title: string; reason: string }[] = [];
  for (const name of plotNames) {
    const values = side[name];
    const { maximum, reason } = toldOf(name, id.media, journey, figures);
    if (values === undefined) {
      if (reason !== undefined) absent.push({ title: plotTitle[name], reason: absenceText(reason) });
      continue;
    }
    const label = `${plotTitle[name]} of ${channelName(id, true)}, ${journeyName[journey].toLowerCase()}`;
    const worst = worstOf(maximum);
    const shown = values.map((value) => (value === null ? null : plotted(name, value)));
    const column = columnOf(seconds(startedAt), interval, shown);
    panels.push({ name, label, column, spans, ...(worst && { worst }) });
  }
  return { journey, panels, absent, spans };
}

const spanOf = ({ from, to, ...rest }: SpanAnswer): Span => ({ ...rest, from: seconds(from), to: seconds(to) });

/** What the figures of the whole leg say to a plot: its maximum, or why there is nothing. */
function toldOf(
  name: PanelData['name'],
  media: Media,
  journey: Journey,
  figures: Figures,
): { readonly maximum?: FigureAnswer; readonly reason?: string } {
  const side = journey === 'fromRoom' ? 'Inbound' : 'Outbound';
  if (name === 'bitRate' || name === 'frameRate') {
    if (name === 'frameRate' && media === 'audio') return {};
    const rate = figures[`average${side}${name === 'bitRate' ? 'BitRate' : 'FrameRate'}`];
    return rate !== undefined && 'absent' in rate ? { reason: rate.absent } : {};
  }
  const graphName: GraphFigureName = `average${side}${figureOf[name]}`;
  const average = figures[graphName];
  const maximum = figures[`maximum${side}${figureOf[name]}`];
  return {
    ...(maximum && { maximum }),
    ...(average !== undefined && 'absent' in average ? { reason: average.absent } : {}),
  };
}

/** A maximum of windows is told with the end of its window. */
function worstOf(maximum: FigureAnswer | undefined): PanelData['worst'] | undefined {
  if (maximum === undefined || 'absent' in maximum || maximum.at === undefined || maximum.value <= 0) return undefined;
  const to = seconds(maximum.at);
  return { from: to - (maximum.windowSeconds ?? 0), to };
}
