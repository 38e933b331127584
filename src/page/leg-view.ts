import type { CallAnswer, PlotsAnswer, ShownLegFigures } from '../client/read-shapes.ts';
import { api, ifThere } from './api.ts';
import { h } from './dom.ts';
import { events } from './events.ts';
import { figuresPart, type TeamsLeg } from './figures-part.ts';
import { levelGrid } from './grid-part.ts';
import { deviceLine, roomOf, timeLine } from './leg-parts.ts';
import { legPlots } from './leg-plots.ts';
import { PlotBoard } from './plot-board.ts';
import type { TimeRange } from './plot-panel.ts';
import { reportPart, type ToldReport } from './report-part.ts';
import { callHash, hashOf, type Route, roomHash, routeOf } from './route.ts';
import { clock, seconds } from './shown-time.ts';
import { copy, idLines, ticketText } from './ticket.ts';
import { legVerdict, recordText } from './verdict-part.ts';
import type { View } from './view.ts';

/** Plots of a live leg are read again so often; of one that lasts for hours less. Milliseconds. */
const REFRESH_MILLIS = 5_000;
const SLOTS_OF_AN_HOUR = 720;

/** What is known of the leg so far: the call and the report come after what is seen first. */
type Loaded = { plots: PlotsAnswer; call?: CallAnswer; report?: ToldReport; failure?: Failure | undefined };

/** Why the rest is not there, and how it is asked for once more. */
type Failure = { readonly message: string; readonly again: () => void };

/** One leg: what was wrong, both legs side by side, its plots, its report. */
export const legView: View = async (route, signal) => {
  const loaded: Loaded = { plots: await api.plots(route.of, signal, 'first') };
  const { leg } = loaded.plots;
  const shown: Shown = {
    head: h('div', {}),
    facts: h('div', {}),
    board: boardOf(loaded, route, signal),
    delivery: h('div', {}),
  };
  show(loaded, shown);
  follow(loaded, shown, signal);
  return {
    title: `${roomOf(leg)} ${clock(seconds(leg.startedAt), leg.device.timeZone)}`,
    content: [
      h(
        'h1',
        { tabindex: -1 },
        h('a', { href: roomHash(roomOf(leg)) }, roomOf(leg)),
        leg.state === 'live' && h('span', { class: 'level live' }, 'live'),
      ),
      shown.head,
      actions(loaded),
      shown.facts,
      h('section', {}, h('h2', { id: 'plots' }, 'The room leg, as it went'), shown.board.place),
      shown.delivery,
      h(
        'section',
        {},
        h('h2', {}, 'Identifiers'),
        h(
          'ul',
          { class: 'ids' },
          idLines(leg).map((line) => h('li', {}, line)),
        ),
      ),
    ],
  };
};

type Shown = {
  readonly head: HTMLElement;
  readonly facts: HTMLElement;
  readonly board: Board;
  readonly delivery: HTMLElement;
};

/** Puts what is known into its places, but takes nothing away under somebody's hands. */
function show(loaded: Loaded, { head, facts: place, delivery }: Shown): void {
  const put = (element: HTMLElement, content: readonly (HTMLElement | false)[]): void => {
    const held = element.contains(document.activeElement) ? document.activeElement : null;
    // What offers to try again has no use once that was done.
    const isOver = held?.matches('.again') ?? false;
    if (held !== null && !isOver) return;
    element.replaceChildren(...content.filter((one) => one !== false));
    if (isOver) document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  };
  put(head, top(loaded));
  put(place, facts(loaded));
  put(delivery, [reportPart(loaded.plots.leg, loaded.report ?? {})]);
}

/** The report as it went or waits to go; of a leg without one, as it would be now. */
async function reportOf(leg: ShownLegFigures, signal: AbortSignal): Promise<ToldReport> {
  const { state, reason } = leg.delivery;
  const wasMade = state !== 'none' && state !== 'waiting' && reason !== 'no-meeting';
  const sent = wasMade ? await ifThere(api.report(leg.mediaLegId, signal)) : undefined;
  if (sent !== undefined) return { sent };
  const draft = leg.channels.length === 0 ? undefined : await ifThere(api.draft(leg.mediaLegId, signal));
  return draft === undefined ? {} : { draft };
}

/** The call is judged anew with each question; what lies with the leg was said at its end. */
function judged({ plots: { leg }, call }: Loaded): ShownLegFigures {
  const verdict = call?.legs.find(({ mediaLegId }) => mediaLegId === leg.mediaLegId)?.verdict;
  return verdict === undefined ? leg : { ...leg, verdict };
}

function top(loaded: Loaded): readonly HTMLElement[] {
  const leg = judged(loaded);
  return [
    h('p', { class: 'device' }, deviceLine(leg)),
    h('p', { class: 'when' }, timeLine(leg)),
    legVerdict(leg, loaded.plots.levels),
  ];
}

function actions(loaded: Loaded): HTMLElement {
  const { mediaLegId, callChainId } = loaded.plots.leg;
  const link = new URL(hashOf(`legs/${mediaLegId}`), location.href).href;
  const button = (text: string, onclick: () => void): HTMLElement => h('button', { type: 'button', onclick }, text);
  return h(
    'p',
    { class: 'actions noprint' },
    button('Copy for a ticket', () => void copy(ticketText(judged(loaded), link), 'Text for a ticket')),
    button('Copy link', () => void copy(location.href, 'Link')),
    button('Print', () => print()),
    callChainId !== undefined && h('a', { href: callHash(callChainId) }, 'The whole call'),
  );
}

/** The grid and the figures of both legs. */
function facts({ plots, call, failure }: Loaded): readonly HTMLElement[] {
  const { leg, part } = plots;
  if (part !== undefined) return [failure === undefined ? reading() : failed(failure)];
  const own = call?.legs.find(({ mediaLegId }) => mediaLegId === leg.mediaLegId);
  const teamsLeg = teamsLegOf(call, own?.teams);
  return [
    h(
      'section',
      {},
      h('h2', {}, 'Both legs'),
      levelGrid(plots.levels, own?.teams?.levels),
      h(
        'p',
        { class: 'note' },
        teamsLeg === undefined && call !== undefined && leg.state === 'ended' && recordText(call.callRecord),
      ),
    ),
    h(
      'section',
      {},
      h('h2', {}, 'Figures of the whole leg'),
      h('div', { class: 'tables' }, figuresPart(leg, teamsLeg)),
    ),
  ];
}

const reading = (): HTMLElement => h('p', { class: 'waiting', role: 'status' }, 'The other channels are being read …');

const failed = ({ message, again }: Failure): HTMLElement =>
  h(
    'div',
    { class: 'problem', role: 'alert' },
    h('p', {}, `The other channels could not be read: ${message}`),
    h('p', { class: 'noprint' }, h('button', { type: 'button', class: 'again', onclick: again }, 'Try again')),
  );

function teamsLegOf(call: CallAnswer | undefined, teams: CallAnswer['legs'][number]['teams']): TeamsLeg | undefined {
  const session = call?.callRecord?.sessions?.find(({ id }) => id === teams?.sessionId);
  return session && { session, bot: teams?.bot ?? 'caller' };
}

type Board = { readonly place: HTMLElement; put(loaded: Loaded): void };

/** The plots; a leg that goes on may get channels, and then a new board. */
function boardOf(first: Loaded, route: Route, signal: AbortSignal): Board {
  const place = h('div', {});
  let board: PlotBoard | undefined;
  const build = ({ plots }: Loaded, range: TimeRange | undefined): void => {
    board = new PlotBoard(legPlots(plots), {
      timeZone: plots.leg.device.timeZone,
      range,
      onZoom: (zoomed) => rememberZoom(plots.mediaLegId, zoomed),
      signal,
    });
    const hadFocus = place.contains(document.activeElement);
    place.replaceChildren(board.element);
    if (hadFocus) board.element.focus({ preventScroll: true });
  };
  build(first, rangeIn(route));
  return {
    place,
    put: (loaded) => {
      if (board?.put(legPlots(loaded.plots)) !== true) build(loaded, rangeIn(routeOf(location.hash)));
    },
  };
}

function rangeIn({ query }: Route): TimeRange | undefined {
  const [from, to] = [query.get('from'), query.get('to')].map((text) =>
    text === null ? Number.NaN : Date.parse(text) / 1000,
  );
  return from !== undefined && to !== undefined && to > from ? { from, to } : undefined;
}

/** The address always leads back to what is seen. */
function rememberZoom(mediaLegId: string, range: TimeRange | undefined): void {
  const iso = (at: number): string => new Date(Math.round(at) * 1000).toISOString();
  const query = range === undefined ? {} : { from: iso(range.from), to: iso(range.to) };
  history.replaceState(null, '', hashOf(`legs/${mediaLegId}`, query));
}

/** For each question one that says of its answer whether no later question was answered before. */
function inOrder(): () => () => boolean {
  let [asked, answered] = [0, 0];
  return () => {
    asked += 1;
    const turn = asked;
    return () => {
      if (turn < answered) return false;
      answered = turn;
      return true;
    };
  };
}

/** Asks for the rest, and keeps what is shown as it is in the agent: a leg that goes on, its end, its report. */
function follow(loaded: Loaded, shown: Shown, signal: AbortSignal): void {
  const { mediaLegId } = loaded.plots;
  let readAt = performance.now();
  const [plotsAsked, restAsked] = [inOrder(), inOrder()];
  const refresh = async (): Promise<void> => {
    readAt = performance.now();
    const isNewest = plotsAsked();
    const plots = await api.plots(mediaLegId, signal);
    if (!isNewest()) return;
    loaded.plots = plots;
    shown.board.put(loaded);
    show(loaded, shown);
  };
  const complete = async (): Promise<void> => {
    const { leg } = loaded.plots;
    const isNewest = restAsked();
    if (leg.state === 'ended') document.querySelector('h1 .live')?.remove();
    const report = await reportOf(leg, signal);
    const call = leg.callChainId === undefined ? undefined : await ifThere(api.call(leg.callChainId, signal));
    if (!isNewest()) return;
    loaded.report = report;
    if (call !== undefined) loaded.call = call;
    show(loaded, shown);
  };
  // What fails is asked for again with the next event.
  const quietly = (asked: Promise<void>): void => void asked.catch(() => undefined);
  const settle = (): void => {
    const told = (failure: Failure | undefined): void => {
      loaded.failure = failure;
      show(loaded, shown);
    };
    if (loaded.failure !== undefined) told(undefined);
    const missed = (error: unknown): void => {
      if (signal.aborted || loaded.plots.part === undefined) return;
      told({ message: error instanceof Error ? error.message : String(error), again: settle });
    };
    refresh().then(() => quietly(complete()), missed);
  };
  const pause = (): number => (loaded.plots.slots > SLOTS_OF_AN_HOUR ? 6 * REFRESH_MILLIS : REFRESH_MILLIS);
  const isDue = (): boolean => performance.now() - readAt >= pause() - 500;
  const isOwn = (event: { readonly mediaLegId: string }): boolean => event.mediaLegId === mediaLegId;
  events.on('measured', (event) => isOwn(event) && isDue() && quietly(refresh()), signal);
  events.on('changed', (event) => isOwn(event) && settle(), signal);
  events.on('ended', (event) => isOwn(event) && settle(), signal);
  events.on('report', (event) => isOwn(event) && settle(), signal);
  // What happened while the connection was lost was not told.
  events.onState((isConnected) => isConnected && settle(), signal);
  // Until the rest was read it is not known why something is absent.
  if (loaded.plots.part === undefined) quietly(complete());
  else settle();
}
