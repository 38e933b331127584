import type { Endpoint } from '../model/channel.ts';
import type { Absence, ChannelSummary, GraphFigureName } from '../model/figures.ts';
import type { AnalysedCapture, AnalysedStream, Analysis } from './analysis.ts';
import type { AnalysedLeg } from './analysis-leg.ts';
import { channelFigures, type OutwardFigure, type OutwardFigures } from './channel-figures.ts';

/** A line of text, or a table whose first row is the heading. */
export type Part = string | readonly (readonly string[])[];

/** An analysis for people: every figure with its unit, and for what is absent the reason. */
export function analysisTables({ capture, streams, legs }: Analysis): readonly Part[] {
  return [
    captureLine(capture),
    '',
    ...(streams.length === 0 ? [noStreams(capture)] : [streamTable(streams), ...absentNotes(capture, streams)]),
    ...legs.flatMap(legParts),
  ];
}

/** Grouped by hand: the tables of locales weigh 7 MB. */
const count = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');

function captureLine(capture: AnalysedCapture): string {
  const { packets, rtpPackets, rtcpPackets, otherPackets, malformed, captureDropped, firstAt, lastAt } = capture;
  const span = firstAt === undefined || lastAt === undefined ? '' : ` in ${(lastAt - firstAt).toFixed(1)} s`;
  const parts = [
    `${count(packets)} packets${span}: ${count(rtpPackets)} RTP, ${count(rtcpPackets)} RTCP, ${count(otherPackets)} other`,
    ...(malformed > 0 ? [`${count(malformed)} malformed`] : []),
    ...(captureDropped > 0 ? [`${count(captureDropped)} lost by the capture itself`] : []),
    ...(capture.truncated ? ['not whole'] : []),
  ];
  return parts.join('; ');
}

const noStreams = ({ packets }: AnalysedCapture): string =>
  packets === 0
    ? 'There is no packet in it.'
    : 'There is no RTP stream in it. A stream is two packets in a row; encrypted tunnels are not looked into.';

const HEADING = [
  'from',
  'to',
  'SSRC',
  'codec',
  'media',
  'packets',
  'lost',
  'loss',
  'worst',
  'jitter',
  'max',
  'round trip',
  'reported loss',
];

const NONE = '–';

function streamTable(streams: readonly AnalysedStream[]): readonly (readonly string[])[] {
  return [HEADING, ...streams.map(streamRow)];
}

function streamRow(stream: AnalysedStream): readonly string[] {
  return [
    socketText(stream.source),
    socketText(stream.destination),
    `0x${stream.ssrc.toString(16).padStart(8, '0')}`,
    codecText(stream),
    stream.media ?? NONE,
    String(stream.packets),
    String(stream.lost),
    percentText(stream.loss),
    percentText(stream.maximumLoss),
    millis(stream.averageJitter),
    millis(stream.maximumJitter),
    stream.roundTrip === undefined ? NONE : `${millis(stream.roundTrip.average)}`,
    percentText(stream.reported?.loss),
  ];
}

const socketText = ({ address, port }: Endpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

function codecText({ codec, clockRate, clockRateOrigin, payloadTypes }: AnalysedStream): string {
  const name = codec ?? `type ${payloadTypes.join(', ')}`;
  if (clockRate === undefined) return name;
  return `${name}/${clockRate}${clockRateOrigin === 'inferred' ? ' (inferred)' : ''}`;
}

const percentText = (ratio: number | undefined): string =>
  ratio === undefined ? NONE : `${(100 * Math.max(0, ratio)).toFixed(2)} %`;

const millis = (seconds: number | undefined): string =>
  seconds === undefined ? NONE : `${(1000 * seconds).toFixed(2)} ms`;

/** Why some cells of the table are empty. */
function absentNotes(capture: AnalysedCapture, streams: readonly AnalysedStream[]): readonly string[] {
  const unclocked = streams.filter(({ clockRate }) => clockRate === undefined);
  const types = [...new Set(unclocked.flatMap(({ payloadTypes }) => payloadTypes))].toSorted((a, b) => a - b);
  const early = streams.some((stream) => stream.clockRate !== undefined && stream.averageJitter === undefined);
  const silent = streams.some(({ reported }) => reported === undefined);
  const lossless = streams.some(({ loss }) => loss === undefined);
  return [
    '',
    ...(unclocked.length === 0
      ? []
      : [
          `No jitter where the clock is unknown (payload types ${types.join(', ')}): give --sdp FILE or --clock PT=RATE.`,
        ]),
    ...(early ? ['No jitter where fewer than two packets in a row carry media.'] : []),
    ...(lossless ? ['No loss where the capture itself lost packets.'] : []),
    ...(silent
      ? [`No round trip or reported loss where no RTCP of the receiver can be read${encryptedNote(capture)}.`]
      : []),
  ];
}

const encryptedNote = ({ encryptedRtcp = 0 }: AnalysedCapture): string =>
  encryptedRtcp === 0 ? '' : ` (${count(encryptedRtcp)} RTCP packets are encrypted)`;

function legParts(leg: AnalysedLeg): readonly Part[] {
  const call = leg.callId === undefined ? '' : `, call ${leg.callId}`;
  return [
    '',
    `Leg of ${leg.device} (${leg.deviceName})${call}; in = from the device, out = to the device`,
    [['channel', 'figure', 'average', 'maximum', 'by'], ...leg.channels.flatMap(channelRows)],
  ];
}

type Row = readonly [name: string, average: keyof OutwardFigures, maximum?: GraphFigureName];

const ROWS: readonly Row[] = [
  ['packets in', 'inboundPackets'],
  ['packets out', 'outboundPackets'],
  ['loss in', 'averageInboundPacketLossRateInPercentage', 'maximumInboundPacketLossRateInPercentage'],
  ['loss out', 'averageOutboundPacketLossRateInPercentage', 'maximumOutboundPacketLossRateInPercentage'],
  ['jitter in', 'averageInboundJitter', 'maximumInboundJitter'],
  ['jitter out', 'averageOutboundJitter', 'maximumOutboundJitter'],
  ['round trip in', 'averageInboundRoundTripDelay', 'maximumInboundRoundTripDelay'],
  ['round trip out', 'averageOutboundRoundTripDelay', 'maximumOutboundRoundTripDelay'],
  ['bit rate in', 'averageInboundBitRate'],
  ['bit rate out', 'averageOutboundBitRate'],
  ['frame rate in', 'averageInboundFrameRate'],
  ['frame rate out', 'averageOutboundFrameRate'],
];

function channelRows(summary: ChannelSummary): readonly (readonly string[])[] {
  const figures = channelFigures(summary);
  const name = `${summary.media} ${summary.channelIndex}, ${summary.mediaDuration.toFixed(1)} s`;
  const rows = ROWS.flatMap(([label, average, maximum]) => {
    const value = figures[average];
    if (value === undefined) return [];
    const most = maximum === undefined ? undefined : figures[maximum];
    return [
      [label, figureText(value), most === undefined || 'absent' in most ? '' : figureText(most), originText(value)],
    ];
  });
  return rows.map((row, index) => [index === 0 ? name : '', ...row]);
}

type Shown = OutwardFigure | { readonly absent: Absence };

function figureText(figure: Shown): string {
  if ('absent' in figure) return REASONS[figure.absent];
  const { value, unit } = figure;
  if (unit === 'percent') return `${value.toFixed(2)} %`;
  if (unit === 'seconds') return millis(value);
  if (unit === 'bits per second') return `${(value / 1000).toFixed(0)} kbit/s`;
  return unit === 'frames per second' ? `${value.toFixed(2)} fps` : count(value);
}

const originText = (figure: Shown): string => ('absent' in figure ? '' : figure.origin);

const REASONS: Readonly<Record<Absence, string>> = {
  encrypted: 'none: the RTCP is encrypted',
  'no-reports': 'none: the device sent no reports',
  'no-sender-report': 'none: no report answers a sender report',
  'clock-unknown': 'none: the clock rate is unknown',
  'not-expected': 'none: nothing was to come',
  silent: 'none: nothing came',
  tainted: 'none: the capture itself lost too much',
  'source-down': 'none: not observed',
};
