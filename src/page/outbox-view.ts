import type { ReportEntry } from '../client/read-shapes.ts';
import { api } from './api.ts';
import { h, table } from './dom.ts';
import { events } from './events.ts';
import { hashOf, legHash } from './route.ts';
import { clockSeconds, day, seconds } from './shown-time.ts';
import type { View } from './view.ts';
import { attemptWord, deliveryWord } from './words.ts';

const states = ['queued', 'refused', 'expired', 'dropped', 'delivered'] as const;
const PAGE = 100;

/** Reports that Graph has not taken, and those that are settled. */
export const outboxView: View = async ({ query }, signal) => {
  const state = states.find((one) => one === query.get('state')) ?? 'queued';
  const place = h('div', {});
  const fill = async (): Promise<void> => {
    const { items, next } = await api.reports({ state, limit: PAGE }, signal);
    place.replaceChildren(
      items.length === 0 ? h('p', { class: 'empty' }, empty[state]) : list(items),
      ...(next === undefined ? [] : [h('p', { class: 'note' }, `The first ${PAGE}; otherleg outbox list shows all.`)]),
    );
  };
  await fill();
  const again = (): void => void fill().catch(() => undefined);
  events.on('report', again, signal);
  events.on('ended', again, signal);
  events.onState((isConnected) => isConnected && again(), signal);
  const links = states.map((one) =>
    h('a', { href: hashOf('outbox', { state: one }), 'aria-current': one === state && 'true' }, names[one]),
  );
  return {
    title: 'Outbox',
    content: [
      h('h1', { tabindex: -1 }, 'Outbox'),
      h(
        'div',
        { class: 'controls' },
        h('span', { class: 'choice', role: 'group', 'aria-label': 'State' }, 'Reports that are ', links),
      ),
      place,
      h('p', { class: 'note' }, 'To try one again or to give it up: otherleg outbox retry or drop.'),
    ],
  };
};

type State = (typeof states)[number];

const names: Readonly<Record<State, string>> = {
  queued: 'on their way',
  refused: 'refused',
  expired: 'expired',
  dropped: 'dropped',
  delivered: 'accepted',
};

const empty: Readonly<Record<State, string>> = {
  queued: 'Nothing is owed: Graph has every report.',
  refused: 'Graph refused no report.',
  expired: 'No report was too old.',
  dropped: 'No report was given up.',
  delivered: 'No report was sent yet.',
};

function list(items: readonly ReportEntry[]): HTMLElement {
  const moment = (text: string | undefined): string =>
    text === undefined ? '–' : `${day(seconds(text))} ${clockSeconds(seconds(text))}`;
  const rows = items.map(({ mediaLegId, state, attempts, createdAt, dueAt, settledAt, last }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('a', { href: legHash(mediaLegId) }, mediaLegId)),
      h('td', {}, deliveryWord[state]),
      h('td', { class: 'number' }, attempts),
      h('td', {}, moment(createdAt)),
      h('td', {}, state === 'queued' ? moment(dueAt) : moment(settledAt)),
      h(
        'td',
        {},
        last === undefined
          ? '–'
          : [attemptWord[last.kind], last.trace?.status, last.trace?.code, last.trace?.message]
              .filter((part) => part !== undefined)
              .join(' '),
        last?.trace?.hint !== undefined && h('p', { class: 'note' }, last.trace.hint),
      ),
    ),
  );
  return table('Reports', ['Leg', 'State', 'Attempts', 'Made', 'Next try, or settled', 'Last attempt'], rows);
}
