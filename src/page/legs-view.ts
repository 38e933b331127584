import type { ShownLeg } from '../client/read-shapes.ts';
import { api, type Query } from './api.ts';
import { h } from './dom.ts';
import { legList } from './leg-list.ts';
import { lengthOf } from './leg-parts.ts';
import { hashOf, type Route } from './route.ts';
import { type SearchTerms, searchTerms } from './search-terms.ts';
import { dayKey, minuteOfDay, seconds } from './shown-time.ts';
import type { View } from './view.ts';

const DAY = 86_400;
const PAGE = 100;
/** More are not looked through for a time of day. */
const MOST_SEARCHED = 2000;
/** Who says ten o'clock means a quarter of an hour about it. */
const ABOUT_MINUTES = 15;
/** Without a day, that many are looked through for a time. */
const DAYS_OF_TIME = 7;

/** Calls, the worst first; found by room, time or any id. */
export const legsView: View = async (route, signal) => {
  const typed = route.query.get('q') ?? '';
  const sort = route.query.get('sort') ?? 'worst';
  const days = Number(route.query.get('days') ?? 7);
  const terms = searchTerms(typed);
  const found = await find(terms, { typed, sort, days }, signal);
  const heading = typed === '' ? 'Calls' : `Calls: ${typed}`;
  return {
    title: heading,
    content: [
      h('h1', { tabindex: -1 }, heading),
      controls(route, terms, { typed, sort, days }),
      found.legs.length === 0 ? nothing(terms, typed, days) : legList(found.legs),
      found.isMore
        ? h('p', { class: 'note' }, `The first ${found.legs.length}. Narrow the search to see the rest.`)
        : undefined,
    ],
  };
};

type Asked = { readonly typed: string; readonly sort: string; readonly days: number };
type Found = { readonly legs: readonly ShownLeg[]; readonly isMore: boolean };

async function find(terms: SearchTerms, { sort, days }: Asked, signal: AbortSignal): Promise<Found> {
  if (terms.identifier !== undefined) return byId(terms.identifier, sort, signal);
  const { text, minute } = terms;
  const span = spanOf(terms, days);
  const query: Query = { ...span, text, sort };
  if (minute === undefined && terms.date === undefined && terms.daysBack === undefined) {
    const { items, next } = await api.legs({ ...query, limit: PAGE }, signal);
    return { legs: items, isMore: next !== undefined };
  }
  const all = await api.allLegs(query, MOST_SEARCHED, signal);
  const legs = all.filter((leg) => isOfDay(leg, terms) && (minute === undefined || lastedAt(leg, minute)));
  return { legs: legs.slice(0, PAGE), isMore: legs.length > PAGE || all.length >= MOST_SEARCHED };
}

/** An id may be the leg's own, or anything that it is or was called. */
async function byId(identifier: string, sort: string, signal: AbortSignal): Promise<Found> {
  const { items, next } = await api.legs({ identifier, sort, limit: PAGE }, signal);
  return { legs: items, isMore: next !== undefined };
}

/** The agent is asked for whole days, half a day more on either side: rooms have zones of their own. */
function spanOf(
  { date, daysBack, minute }: SearchTerms,
  days: number,
): { readonly from?: string; readonly to?: string } {
  const iso = (at: number): string => new Date(at * 1000).toISOString();
  if (date !== undefined) {
    const noon = Date.parse(`${date}T12:00:00Z`) / 1000;
    return Number.isNaN(noon) ? {} : { from: iso(noon - DAY), to: iso(noon + DAY) };
  }
  const now = Date.now() / 1000;
  if (daysBack !== undefined) return { from: iso(now - (daysBack + 2) * DAY) };
  if (minute !== undefined) return { from: iso(now - DAYS_OF_TIME * DAY) };
  return days > 0 ? { from: iso(now - days * DAY) } : {};
}

function isOfDay({ startedAt, device }: ShownLeg, { date, daysBack }: SearchTerms): boolean {
  const at = dayKey(seconds(startedAt), device.timeZone);
  if (date !== undefined) return at === date;
  return daysBack === undefined || at === dayKey(Date.now() / 1000 - daysBack * DAY, device.timeZone);
}

/** Whether a leg went on about that time of day where its room is. */
export function lastedAt(leg: ShownLeg, minute: number): boolean {
  const { timeZone } = leg.device;
  const [from, length] = [seconds(leg.startedAt), lengthOf(leg)];
  const begin = minuteOfDay(from, timeZone) - ABOUT_MINUTES;
  const end = minuteOfDay(from + length, timeZone) + ABOUT_MINUTES;
  const most = length / 60 + 2 * ABOUT_MINUTES;
  // From either end: in between the clocks may have been put forward or back.
  return withinDay(minute - begin) <= most || withinDay(end - minute) <= most;
}

/** Minutes from one time of day on to another, over midnight too. */
const withinDay = (minutes: number): number => ((minutes % 1440) + 1440) % 1440;

/** What the last days are asked for; a search for a day or a time has its own, and an id has none. */
const isOfDays = ({ identifier, minute, date, daysBack }: SearchTerms): boolean =>
  identifier === undefined && minute === undefined && date === undefined && daysBack === undefined;

function controls(route: Route, terms: SearchTerms, { typed, sort, days }: Asked): HTMLElement {
  const link = (text: string, changes: Query, isCurrent: boolean): HTMLElement =>
    h(
      'a',
      {
        href: hashOf('calls', { ...Object.fromEntries(route.query), q: typed, ...changes }),
        'aria-current': isCurrent && 'true',
      },
      text,
    );
  return h(
    'div',
    { class: 'controls' },
    h(
      'span',
      { class: 'choice', role: 'group', 'aria-label': 'Order' },
      'Order: ',
      link('worst first', { sort: 'worst' }, sort === 'worst'),
      link('newest first', { sort: 'newest' }, sort === 'newest'),
    ),
    isOfDays(terms) &&
      h(
        'span',
        { class: 'choice', role: 'group', 'aria-label': 'Time' },
        'Last: ',
        link('day', { days: 1 }, days === 1),
        link('7 days', { days: 7 }, days === 7),
        link('30 days', { days: 30 }, days === 30),
      ),
  );
}

function nothing(terms: SearchTerms, typed: string, days: number): HTMLElement {
  const span = days === 1 ? 'day' : `${days} days`;
  const told =
    typed === ''
      ? `No call in the last ${span}. A leg appears here as soon as a gateway or the wire tells of it.`
      : `Nothing${isOfDays(terms) ? ` of the last ${span}` : ''} is called “${typed}”. Try a part of the room's or device's name, a time (10:00), a day (yesterday, 2026-02-03), or an id.`;
  return h('p', { class: 'empty' }, told);
}
