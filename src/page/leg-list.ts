import type { ShownLeg } from '../client/read-shapes.ts';
import { cardTable, h } from './dom.ts';
import { legLevel, lengthOf, levelChip, roomOf, sentenceOf, worstText } from './leg-parts.ts';
import { legHash, roomHash } from './route.ts';
import { clock, day, duration, seconds, zoneName } from './shown-time.ts';

const headings = ['Level', 'Room', 'Begin', 'Length', 'What happened', 'Worst figure'] as const;

/** A list of legs: a table, and where the window is narrow cards. */
export function legList(legs: readonly ShownLeg[], caption = 'Calls'): HTMLElement {
  return cardTable(caption, headings, h('tbody', { role: 'rowgroup' }, legs.map(row)));
}

function row(leg: ShownLeg): HTMLElement {
  const { timeZone } = leg.device;
  const at = seconds(leg.startedAt);
  const room = roomOf(leg);
  const isLive = leg.state === 'live';
  const level = isLive ? h('span', { class: 'level live' }, 'live') : levelChip(legLevel(leg));
  const isGood = !isLive && legLevel(leg) === 'good';
  const cell = (name: string, ...content: readonly (Node | string)[]): HTMLElement =>
    h('td', { role: 'cell', class: name }, content);
  return h(
    'tr',
    { role: 'row' },
    cell('mark', level),
    h(
      'th',
      { scope: 'row', role: 'rowheader' },
      h('a', { href: roomHash(room), title: `Last 30 days of ${room}` }, room),
    ),
    cell('time', h('span', {}, `${clock(at, timeZone)} ${zoneName(at, timeZone)}`), h('small', {}, day(at, timeZone))),
    cell('number', duration(lengthOf(leg))),
    cell('sentence', h('a', { href: legHash(leg.mediaLegId), class: isGood ? 'quiet' : 'told' }, sentenceOf(leg))),
    cell('worst', ...worstText(leg)),
  );
}
