import type { MeasuredEvent, PlotName, ShownLeg } from '../client/read-shapes.ts';
import { announce, cardTable, h } from './dom.ts';
import { events } from './events.ts';
import { deviceLine, lengthOf, roomOf } from './leg-parts.ts';
import { liveLegs } from './live-legs.ts';
import { number, plotted } from './numbers.ts';
import { callHash, legHash, roomHash } from './route.ts';
import { clock, duration, seconds } from './shown-time.ts';
import type { View } from './view.ts';
import { directionOf, journeyName, journeys, mediaName, plotUnit } from './words.ts';

/** From where on a value of one slot is shown as bad. */
const BAD: Readonly<Partial<Record<PlotName, number>>> = { loss: 5, roundTrip: 300, jitter: 30 };

type Row = {
  leg: ShownLeg;
  readonly element: HTMLElement;
  readonly length: HTMLElement;
  readonly now: HTMLTableCellElement;
};

/** A fleet's agents tell of each other's legs in lists only. */
const RELIST_MILLIS = 30_000;

/** The legs that go on, with the figures of their last slot. */
export const liveView: View = async (_route, signal) => {
  const rows = new Map<string, Row>();
  const body = h('tbody', { role: 'rowgroup' });
  const summary = h('p', { class: 'summary' });
  const count = (): void => {
    summary.textContent =
      rows.size === 0 ? 'No leg is live.' : `${rows.size} ${rows.size === 1 ? 'leg is' : 'legs are'} live.`;
  };
  const put = (leg: ShownLeg): void => {
    const known = rows.get(leg.mediaLegId);
    const row = rowOf(leg, known?.now);
    rows.set(leg.mediaLegId, row);
    if (known === undefined) body.prepend(row.element);
    else known.element.replaceWith(row.element);
    count();
  };
  listen({ rows, put, count }, signal);
  // What begins while the list is read is in the events.
  for (const leg of (await liveLegs(signal)).legs.toReversed()) put(leg);
  const clocks = [
    setInterval(() => lengthen(rows), 5_000),
    // Of legs of other agents there are no events here.
    setInterval(() => void again({ rows, put, count }, signal), RELIST_MILLIS),
  ];
  signal.addEventListener('abort', () => clocks.forEach(clearInterval));
  count();
  const place = cardTable('Live legs', ['Room', 'Since', 'Length', 'The last seconds'], body);
  return { title: 'Live', content: [h('h1', { tabindex: -1 }, 'Live'), summary, place] };
};

type Table = { readonly rows: Map<string, Row>; readonly put: (leg: ShownLeg) => void; readonly count: () => void };

function listen({ rows, put, count }: Table, signal: AbortSignal): void {
  events.on(
    'began',
    (leg) => {
      put(leg);
      announce(`${roomOf(leg)} began`);
    },
    signal,
  );
  events.on('changed', (leg) => leg.state === 'live' && put(leg), signal);
  events.on(
    'ended',
    (leg) => {
      rows.get(leg.mediaLegId)?.element.remove();
      rows.delete(leg.mediaLegId);
      count();
      announce(`${roomOf(leg)} ended`);
    },
    signal,
  );
  events.on('measured', (event) => rows.get(event.mediaLegId)?.now.replaceChildren(...figures(event)), signal);
  // What happened while the connection was lost is asked for.
  events.on('hello', () => void again({ rows, put, count }, signal), signal);
}

async function again({ rows, put, count }: Table, signal: AbortSignal): Promise<void> {
  const live = await liveLegs(signal).catch(() => undefined);
  if (live === undefined) return;
  const ids = new Set(live.legs.map(({ mediaLegId }) => mediaLegId));
  for (const [id, { element }] of rows) {
    if (ids.has(id) || live.told.has(id)) continue;
    element.remove();
    rows.delete(id);
  }
  for (const leg of live.legs.toReversed()) put(leg);
  count();
}

function rowOf(
  leg: ShownLeg,
  now = h('td', { role: 'cell', class: 'now' }, h('span', { class: 'absent' }, 'no figures yet')),
): Row {
  const { timeZone } = leg.device;
  const length = h('td', { role: 'cell', class: 'number' }, duration(lengthOf(leg)));
  const room = roomOf(leg);
  const element = h(
    'tr',
    { role: 'row', 'data-leg': leg.mediaLegId },
    h(
      'th',
      { scope: 'row', role: 'rowheader' },
      h('a', { href: legHash(leg.mediaLegId) }, room),
      h('small', {}, deviceLine(leg)),
    ),
    h(
      'td',
      { role: 'cell', class: 'time' },
      h('span', {}, clock(seconds(leg.startedAt), timeZone)),
      leg.callChainId !== undefined &&
        h(
          'small',
          {},
          h('a', { href: callHash(leg.callChainId) }, 'call'),
          ' · ',
          h('a', { href: roomHash(room) }, 'room'),
        ),
    ),
    length,
    now,
  );
  return { leg, element, length, now };
}

const lengthen = (rows: ReadonlyMap<string, Row>): void => {
  for (const { leg, length } of rows.values()) length.textContent = duration(lengthOf(leg));
};

/** "Audio → loss 0 % jitter 3 ms": a line a channel and journey. */
function figures({ channels }: MeasuredEvent): HTMLElement[] {
  return channels.flatMap((channel) =>
    journeys.flatMap((journey) => {
      const side = channel[directionOf[journey]];
      const names = (['loss', 'jitter', 'roundTrip', 'bitRate', 'frameRate'] as const).filter(
        (name) => side[name] !== undefined,
      );
      if (names.length === 0) return [];
      const told = names.map((name) => {
        const value = side[name] ?? 0;
        const isBad = value >= (BAD[name] ?? Number.POSITIVE_INFINITY);
        return h(
          'span',
          { class: isBad ? 'bad' : 'value', title: name },
          `${short[name]} ${number(plotted(name, value))} ${plotUnit[name]}`,
        );
      });
      return [
        h(
          'div',
          { class: 'line' },
          h('b', {}, `${mediaName[channel.media]} ${journeyName[journey].toLowerCase()}`),
          told,
        ),
      ];
    }),
  );
}

const short: Readonly<Record<PlotName, string>> = {
  loss: 'loss',
  jitter: 'jitter',
  roundTrip: 'trip',
  bitRate: '',
  frameRate: '',
};
