import { Refused } from './api.ts';
import { callView } from './call-view.ts';
import { h, part } from './dom.ts';
import { events } from './events.ts';
import { legView } from './leg-view.ts';
import { legsView } from './legs-view.ts';
import { liveLegs } from './live-legs.ts';
import { liveView } from './live-view.ts';
import { loginForm } from './login.ts';
import { outboxView } from './outbox-view.ts';
import { roomView } from './room-view.ts';
import { hashOf, type Route, routeOf } from './route.ts';
import type { View } from './view.ts';

const views: Readonly<Record<Route['view'], View>> = {
  calls: legsView,
  live: liveView,
  room: roomView,
  call: callView,
  leg: legView,
  outbox: outboxView,
};

const main = part('#main', HTMLElement);
const search = part('.search', HTMLFormElement);
const field = part('#q', HTMLInputElement);
const count = part('nav .count', HTMLElement);
const lost = part('#lost', HTMLElement);

/** Until when an answer may take without a word about it. Milliseconds. */
const PATIENCE = 200;

let current = new AbortController();
let isFirst = true;
/** Whether a token is asked for: until it is given there is no connection that could be lost. */
let isAsked = false;

async function show(): Promise<void> {
  current.abort();
  current = new AbortController();
  const { signal } = current;
  const route = routeOf(location.hash);
  field.value = route.query.get('q') ?? '';
  markCurrent(route);
  const late = setTimeout(() => main.replaceChildren(h('p', { class: 'waiting' }, 'Loading …')), PATIENCE);
  try {
    const { title, content } = await views[route.view](route, signal);
    clearTimeout(late);
    if (!signal.aborted)
      put(
        title,
        content.filter((one) => one !== undefined),
      );
  } catch (error) {
    clearTimeout(late);
    if (!signal.aborted) put('otherleg', [failure(error)]);
  }
}

function put(title: string, content: readonly Node[]): void {
  document.title = title === 'otherleg' ? title : `${title} – otherleg`;
  main.replaceChildren(...content);
  scrollTo(0, 0);
  const token = main.querySelector<HTMLElement>('#token');
  // Whoever reads by ear hears what came; at the first view they are where they should be anyway. A login has one thing to do.
  if (token !== null) token.focus();
  else if (!isFirst) main.querySelector('h1')?.focus({ preventScroll: true });
  isFirst = false;
}

function failure(error: unknown): HTMLElement {
  if (error instanceof Refused && error.status === 401) {
    isAsked = true;
    lost.hidden = true; // it is there, and asks who is
    return loginForm(loggedIn);
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Refused ? error.hint : undefined;
  return h(
    'div',
    { role: 'alert' },
    h('h1', { tabindex: -1 }, 'That did not work'),
    h('p', {}, message),
    hint !== undefined && h('p', { class: 'note' }, hint),
    h('p', {}, h('button', { type: 'button', onclick: () => void show() }, 'Try again')),
  );
}

function loggedIn(): void {
  isAsked = false;
  events.reconnect();
  void show();
}

function markCurrent({ view }: Route): void {
  const hashes: Partial<Record<Route['view'], string>> = { calls: '#/calls', live: '#/live', outbox: '#/outbox' };
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('href') === hashes[view]) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

const live = new Set<string>();

/** How many legs are live, beside the link to them. */
function tellLive(): void {
  count.textContent = live.size === 0 ? '' : ` ${live.size}`;
}

async function countLive(): Promise<void> {
  const { legs, told } = await liveLegs().catch(() => ({ legs: [], told: new Set<string>() }));
  for (const id of live) if (!told.has(id)) live.delete(id);
  for (const { mediaLegId } of legs) live.add(mediaLegId);
  tellLive();
}

search.addEventListener('submit', (event) => {
  event.preventDefault();
  const hash = hashOf('calls', { q: field.value.trim() });
  if (location.hash === hash) void show();
  else location.hash = hash;
});
document.querySelector('.skip')?.addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener('hashchange', () => void show());
addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  field.focus();
});

const always = new AbortController().signal;
events.onState((isConnected) => {
  lost.hidden = isConnected || isAsked;
  lost.textContent = isConnected ? '' : 'The connection to the agent is lost; trying again. What is shown may be old.';
}, always);
events.on('hello', () => void countLive(), always);
events.on(
  'began',
  ({ mediaLegId }) => {
    live.add(mediaLegId);
    tellLive();
  },
  always,
);
events.on(
  'ended',
  ({ mediaLegId }) => {
    live.delete(mediaLegId);
    tellLive();
  },
  always,
);
void show();
