import type { AttemptAnswer, ReportAnswer, ShownLeg } from '../client/read-shapes.ts';
import type { ReportBody } from '../client/shapes.ts';
import { h, table } from './dom.ts';
import { clockSeconds, day, seconds } from './shown-time.ts';
import { attemptWord, deliveryReason, deliveryWord } from './words.ts';

/** Where the report of a leg stands, in a sentence. */
export function deliveryText({ state, reason, dueAt }: ShownLeg['delivery'], timeZone?: string): string {
  const why = reason === undefined ? '' : `: ${deliveryReason[reason] ?? reason}`;
  const next =
    dueAt === undefined || state !== 'queued' ? '' : `; tried next at ${clockSeconds(seconds(dueAt), timeZone)}`;
  return `${deliveryWord[state]}${why}${next}`;
}

/** The report that went or waits, or what it would be now. */
export type ToldReport = { readonly sent?: ReportAnswer; readonly draft?: ReportBody };

/** The report as sent, with every attempt at it; or as it would be sent now. */
export function reportPart(leg: ShownLeg, { sent, draft }: ToldReport): HTMLElement {
  const { timeZone } = leg.device;
  const body = sent?.report ?? draft;
  const name =
    sent === undefined
      ? 'The report as it would be now'
      : sent.state === 'queued'
        ? 'The report as it will be sent'
        : 'The report as sent';
  return h(
    'section',
    {},
    h('h2', {}, 'Report to Graph'),
    h('p', { id: 'delivery' }, sentence(deliveryText(leg.delivery, timeZone))),
    sent !== undefined && sent.history.length > 0 && attempts(sent.history, timeZone),
    body !== undefined &&
      h('details', { class: 'body' }, h('summary', {}, name), h('pre', { tabindex: 0 }, JSON.stringify(body, null, 2))),
  );
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function attempts(history: readonly AttemptAnswer[], timeZone: string | undefined): HTMLElement {
  const rows = history.map(({ kind, at, dueAt, trace }) => {
    const moment = seconds(at);
    const next = dueAt === undefined ? '' : ` at ${clockSeconds(seconds(dueAt), timeZone)}`;
    const ids = [
      trace?.requestId && `request-id ${trace.requestId}`,
      trace?.clientRequestId && `client-request-id ${trace.clientRequestId}`,
    ];
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, `${day(moment, timeZone)} ${clockSeconds(moment, timeZone)}`),
      h('td', {}, `${attemptWord[kind]}${next}`),
      h('td', {}, [trace?.status, trace?.code, trace?.message].filter((part) => part !== undefined).join(' ') || '–'),
      h(
        'td',
        { class: 'ids' },
        ids.filter(Boolean).join(', ') || '–',
        trace?.hint !== undefined && h('p', { class: 'note' }, trace.hint),
      ),
    );
  });
  return table('Delivery history', ['When', 'Outcome', "Graph's answer", 'To ask Microsoft with'], rows);
}
