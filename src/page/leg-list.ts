import type { ShownLeg } from '../client/read-shapes.ts';
import { cardTable, h } from './dom.ts';
import { legLevel, lengthOf, levelChip, roomOf, sentenceOf, worstText } from './leg-parts.ts';
import { legHash, roomHash } from './route.ts';
import { clock, day, duration, seconds, zoneName } from './shown-time.ts';

const headings = ['Level', 'Room', 'Begin', 'Length', 'What happened', 'Worst figure'] as const;

/** A list of legs: a table, and where the window is narrow cards. On a room's own page the room is no link to where one is. */
export function legList(legs: readonly ShownLeg[], place: 'anywhere' | 'its room' = 'anywhere'): HTMLElement {
  const roomCell = place === 'its room' ? (room: string) => room : roomLink;
  const rows = legs.map((leg) => row(leg, roomCell(roomOf(leg))));
  return cardTable('Calls', headings, h('tbody', { role: 'rowgroup' }, rows));
}

const roomLink = (room: string): HTMLElement =>
  h('a', { href: roomHash(room), title: `Last 30 days of ${room}` }, room);

function row(leg: ShownLeg, room: HTMLElement | string): HTMLElement {
  const { timeZone } = leg.device;
  const at = seconds(leg.startedAt);
  const isLive = leg.state === 'live';
  const level = isLive ? h('span', { class: 'level live' }, 'live') : levelChip(legLevel(leg));
  const isGood = !isLive && legLevel(leg) === 'good';
  const cell = (name: string, ...content: readonly (Node | string)[]): HTMLElement =>
    h('td', { role: 'cell', class: name }, content);
  return h(
    'tr',
    { role: 'row' },
    cell('mark', level),
    h('th', { scope: 'row', role: 'rowheader' }, room),
    cell('time', h('span', {}, `${clock(at, timeZone)} ${zoneName(at, timeZone)}`), h('small', {}, day(at, timeZone))),
    cell('number', duration(lengthOf(leg))),
    cell('sentence', h('a', { href: legHash(leg.mediaLegId), class: isGood ? 'quiet' : 'told' }, sentenceOf(leg))),
    cell('worst', ...worstText(leg)),
  );
}
