import type { CallAnswer, TeamsSessionAnswer } from '../client/read-shapes.ts';
import { api, ifThere } from './api.ts';
import { h, table } from './dom.ts';
import { levelGrid } from './grid-part.ts';
import { legList } from './leg-list.ts';
import { deviceLine, legLevel, levelChip, roomOf, sentenceOf, timeLine } from './leg-parts.ts';
import { number } from './numbers.ts';
import { legHash } from './route.ts';
import { clock, seconds } from './shown-time.ts';
import { copy } from './ticket.ts';
import { recordText, verdictPart } from './verdict-part.ts';
import type { View } from './view.ts';
import { mediaName } from './words.ts';

/** One call: the sentence first, then each of its legs, then who else was in it. */
export const callView: View = async ({ of: callChainId }, signal) => {
  const call = await ifThere(api.call(callChainId, signal));
  if (call === undefined) return withoutCall(callChainId, signal);
  const [first] = call.legs;
  const title = first === undefined ? 'Call' : `Call of ${[...new Set(call.legs.map(roomOf))].join(', ')}`;
  return {
    title,
    content: [
      h('h1', { tabindex: -1 }, title),
      first && h('p', { class: 'when' }, timeLine(first)),
      call.verdict && verdictPart({ verdict: call.verdict, level: legLevel(call), sentence: call.verdict.sentence }),
      h(
        'p',
        { class: 'actions noprint' },
        h('button', { type: 'button', onclick: () => void copy(location.href, 'Link') }, 'Copy link'),
        h('button', { type: 'button', onclick: () => print() }, 'Print'),
      ),
      ...call.legs.map(legPart),
      recordPart(call),
    ],
  };
};

/** What this agent knows of a call that has no page of its own: its legs. */
async function withoutCall(callChainId: string, signal: AbortSignal) {
  const { items } = await api.legs({ identifier: callChainId, limit: 100 }, signal);
  return {
    title: 'Call',
    content: [
      h('h1', { tabindex: -1 }, 'Call'),
      h('p', { class: 'device' }, callChainId),
      items.length === 0 ? h('p', { class: 'empty' }, 'No leg of this call was seen here.') : legList(items),
    ],
  };
}

const legPart = (leg: CallAnswer['legs'][number]): HTMLElement =>
  h(
    'section',
    { class: 'leg' },
    h('h2', {}, h('a', { href: legHash(leg.mediaLegId) }, roomOf(leg)), ' ', levelChip(legLevel(leg))),
    h('p', { class: 'device' }, deviceLine(leg)),
    h('p', {}, sentenceOf(leg)),
    (leg.levels !== undefined || leg.teams?.levels !== undefined) && levelGrid(leg.levels, leg.teams?.levels),
    h('p', { class: 'noprint' }, h('a', { href: legHash(leg.mediaLegId) }, `Figures and plots of ${roomOf(leg)}`)),
  );

function recordPart({ callRecord, legs }: CallAnswer): HTMLElement {
  const sessions = callRecord?.sessions ?? [];
  const bots = new Map(
    legs.flatMap((leg) => (leg.teams === undefined ? [] : [[leg.teams.sessionId, roomOf(leg)] as const])),
  );
  return h(
    'section',
    { class: 'record' },
    h('h2', {}, "Graph's record of the call"),
    sessions.length === 0
      ? h('p', { class: 'note' }, recordText(callRecord))
      : table(
          'Sessions of the call',
          ['Who', 'Time', 'Media', 'Worst loss', 'Worst round trip'],
          sessions.map((session) => sessionRow(session, bots.get(session.id), legs[0]?.device.timeZone)),
        ),
  );
}

function sessionRow(session: TeamsSessionAnswer, room: string | undefined, timeZone: string | undefined): HTMLElement {
  const { caller, callee, startedAt, endedAt, streams } = session;
  const who = [caller, callee].find(({ kind }) => kind === 'participant') ?? caller;
  const somebody = who.platform === undefined ? 'a participant' : `a participant on ${who.platform}`;
  const name = room === undefined ? (who.displayName ?? somebody) : `the bot of ${room}`;
  const worst = (of: (stream: (typeof streams)[number]) => number | undefined): number | undefined => {
    const known = streams.flatMap((stream) => of(stream) ?? []);
    return known.length === 0 ? undefined : Math.max(...known);
  };
  const loss = worst(({ averageLoss }) => averageLoss);
  const trip = worst(({ averageRoundTrip }) => averageRoundTrip);
  const media = [
    ...new Set(streams.flatMap((stream) => (stream.media === undefined ? [] : [mediaName[stream.media]]))),
  ];
  const time = (at: string | undefined): string => (at === undefined ? '' : clock(seconds(at), timeZone));
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name),
    h('td', {}, `${time(startedAt)} – ${time(endedAt)}`),
    h('td', {}, media.join(', ') || '–'),
    h('td', { class: 'number' }, loss === undefined ? '–' : `${number(loss * 100)} %`),
    h('td', { class: 'number' }, trip === undefined ? '–' : `${number(trip * 1000)} ms`),
  );
}
