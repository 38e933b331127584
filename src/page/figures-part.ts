import type { ShownLegFigures, TeamsSessionAnswer, TeamsStreamAnswer } from '../client/read-shapes.ts';
import type { FigureAnswer } from '../client/shapes.ts';
import type { Journey } from '../model/verdict.ts';
import { h } from './dom.ts';
import { figureText, number } from './numbers.ts';
import { absenceText, channelName, journeyName, journeys } from './words.ts';

type Channel = ShownLegFigures['channels'][number];

type Row = {
  readonly name: string;
  /** Graph's property, without the side. */
  readonly figure: (side: 'Inbound' | 'Outbound') => keyof Channel['figures'];
  readonly teams: (stream: TeamsStreamAnswer) => string | undefined;
};

const percent = (ratio: number | undefined): string | undefined =>
  ratio === undefined ? undefined : `${number(ratio * 100)} %`;
const millis = (seconds: number | undefined): string | undefined =>
  seconds === undefined ? undefined : `${number(seconds * 1000)} ms`;

const rows: readonly Row[] = [
  { name: 'Loss', figure: (side) => `average${side}PacketLossRateInPercentage`, teams: (s) => percent(s.averageLoss) },
  {
    name: 'Loss at worst',
    figure: (side) => `maximum${side}PacketLossRateInPercentage`,
    teams: (s) => percent(s.maximumLoss),
  },
  { name: 'Jitter', figure: (side) => `average${side}Jitter`, teams: (s) => millis(s.averageJitter) },
  { name: 'Jitter at worst', figure: (side) => `maximum${side}Jitter`, teams: (s) => millis(s.maximumJitter) },
  { name: 'Round trip', figure: (side) => `average${side}RoundTripDelay`, teams: (s) => millis(s.averageRoundTrip) },
  {
    name: 'Round trip at worst',
    figure: (side) => `maximum${side}RoundTripDelay`,
    teams: (s) => millis(s.maximumRoundTrip),
  },
  { name: 'Bit rate', figure: (side) => `average${side}BitRate`, teams: () => undefined },
  {
    name: 'Frame rate',
    figure: (side) => `average${side}FrameRate`,
    teams: (s) => (s.averageFrameRate === undefined ? undefined : `${number(s.averageFrameRate)} frames/s`),
  },
  {
    name: 'Packets',
    figure: (side) => (side === 'Inbound' ? 'inboundPackets' : 'outboundPackets'),
    teams: (s) => (s.packets === undefined ? undefined : number(s.packets)),
  },
];

/** The bot's session of the call record, and which end of it the bot is. */
export type TeamsLeg = { readonly session: TeamsSessionAnswer; readonly bot: 'caller' | 'callee' };

/** The figures of both legs side by side, a table a channel. */
export function figuresPart(leg: ShownLegFigures, teamsLeg: TeamsLeg | undefined): readonly HTMLElement[] {
  const several = (media: Channel['media']): boolean =>
    leg.channels.filter((channel) => channel.media === media).length > 1;
  return leg.channels.map((channel) => channelTable(channel, channelName(channel, several(channel.media)), teamsLeg));
}

function channelTable(channel: Channel, title: string, teamsLeg: TeamsLeg | undefined): HTMLElement {
  const codecs = [...new Set([channel.codec?.inbound, channel.codec?.outbound])].filter((codec) => codec !== undefined);
  const shown = rows.filter(
    (row) => row.figure('Inbound') in channel.figures || row.figure('Outbound') in channel.figures,
  );
  const streams = journeys.map((journey) => teamsLeg && worstStream(teamsLeg, channel, journey));
  const legs = teamsLeg === undefined ? ['Room leg'] : ['Room leg', 'Teams leg'];
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Figures of ${title}` },
    h(
      'table',
      { class: 'figures' },
      h('caption', {}, title, codecs.length > 0 && h('small', {}, ` ${codecs.join(', ')}`)),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('td', { rowspan: legs.length }),
          journeys.map((journey) => h('th', { scope: 'colgroup', colspan: legs.length }, journeyName[journey])),
        ),
        legs.length > 1 &&
          h(
            'tr',
            {},
            journeys.flatMap(() => legs.map((name) => h('th', { scope: 'col' }, name))),
          ),
      ),
      h(
        'tbody',
        {},
        shown.map((row) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, row.name),
            journeys.flatMap((journey, n) => {
              const stream = streams[n];
              const theirs = h('td', {}, (stream && row.teams(stream)) ?? '–');
              return teamsLeg === undefined ? [ours(channel, row, journey)] : [ours(channel, row, journey), theirs];
            }),
          ),
        ),
      ),
    ),
  );
}

function ours({ figures }: Channel, row: Row, journey: Journey): HTMLElement {
  const figure: FigureAnswer | undefined = figures[row.figure(journey === 'fromRoom' ? 'Inbound' : 'Outbound')];
  if (figure === undefined) return h('td', {}, '–');
  if ('absent' in figure) return h('td', { class: 'absent' }, absenceText(figure.absent));
  const seen = `seen for ${Math.round(figure.coverage * 100)} % of the time`;
  const how = `${figure.origin}, ${seen}${figure.approximate ? ', approximate' : ''}`;
  return h(
    'td',
    { title: how },
    figureText(figure),
    figure.origin === 'reported' && h('small', {}, ' reported'),
    figure.coverage < WELL_SEEN && h('small', {}, ` ${seen}`),
  );
}

/** Below that share of the time a figure may not speak for the whole. */
const WELL_SEEN = 0.9;

/** Of several streams of one media the one that lost most stands for the session, as in the verdict. */
function worstStream({ session, bot }: TeamsLeg, { media }: Channel, journey: Journey): TeamsStreamAnswer | undefined {
  // What the bot sends comes from the room.
  const isSent = (bot === 'caller') === (journey === 'fromRoom');
  return session.streams
    .filter((stream) => stream.media === media && stream.direction === (isSent ? 'callerToCallee' : 'calleeToCaller'))
    .toSorted((a, b) => (b.averageLoss ?? 0) - (a.averageLoss ?? 0))[0];
}
