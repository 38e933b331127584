import type { ShownLeg, ShownLegFigures } from '../client/read-shapes.ts';
import { h, part, tell } from './dom.ts';
import { deviceLine, roomOf, sentenceOf, timeLine } from './leg-parts.ts';
import { figureText } from './numbers.ts';
import { deliveryText } from './report-part.ts';
import { channelName, journeyName, journeys } from './words.ts';

/** What a ticket needs to be understood by who has never seen this page. Plain text. */
export function ticketText(leg: ShownLegFigures, link: string): string {
  const { verdict } = leg;
  return [
    sentenceOf(leg),
    ...(verdict === undefined
      ? []
      : [`(confidence ${verdict.confidence}, ${verdict.state})`, ...verdict.reasons.map((reason) => `- ${reason}`)]),
    '',
    `Room: ${roomOf(leg)}${deviceLine(leg) === '' ? '' : ` (${deviceLine(leg)})`}`,
    `Time: ${timeLine(leg)}`,
    ...leg.channels.flatMap((channel) => journeys.map((journey) => lossLine(channel, journey))),
    `Report to Graph: ${deliveryText(leg.delivery, leg.device.timeZone)}`,
    '',
    ...idLines(leg),
    link,
  ]
    .map(oneLine)
    .join('\n');
}

/** Names come from the wire: what they hold of line ends, control characters and changes of writing direction says nothing here. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ');

function lossLine(channel: ShownLegFigures['channels'][number], journey: (typeof journeys)[number]): string {
  const side = journey === 'fromRoom' ? 'Inbound' : 'Outbound';
  const figure = channel.figures[`average${side}PacketLossRateInPercentage`];
  const jitter = channel.figures[`average${side}Jitter`];
  const trip = channel.figures[`average${side}RoundTripDelay`];
  const shown = [
    ['loss', figure],
    ['jitter', jitter],
    ['round trip', trip],
  ] as const;
  const texts = shown.map(
    ([name, one]) => `${name} ${one === undefined || 'absent' in one ? 'not measured' : figureText(one)}`,
  );
  return `${channelName(channel, true)} ${journeyName[journey].toLowerCase()}: ${texts.join(', ')}`;
}

/** Every id by which others know this leg. */
export function idLines(leg: ShownLeg): readonly string[] {
  const ids: readonly (readonly [string, string | undefined])[] = [
    ['callChainId', leg.callChainId],
    ['participantId', leg.participantId],
    ['mediaLegId', leg.mediaLegId],
    ['tenantId', leg.tenantId],
    ['gateway', leg.gateway],
    ['aliases', leg.aliases?.join(', ')],
    ['earlier ids', leg.earlierIdentifiers?.join(', ')],
    ['device address', leg.deviceAddress],
    ['device URI', leg.deviceUri],
  ];
  return ids.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [`${name}: ${value}`]));
}

/** Copies a text; where the browser does not let a page do that (plain http beyond loopback), shows it to be copied. */
export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell(`${what} copied`);
  } catch {
    show(text, what);
  }
}

function show(text: string, what: string): void {
  const area = h('textarea', { readonly: true, rows: 14, 'aria-label': what }, text);
  const close = h('button', { type: 'button', onclick: () => dialog.close() }, 'Close');
  const dialog = h('dialog', {}, h('p', {}, `${what}: copy it with Ctrl+C.`), area, close);
  dialog.addEventListener('close', () => dialog.remove());
  part('body', HTMLElement).append(dialog);
  dialog.showModal();
  area.select();
}
