import { announce, h } from './dom.ts';
import type { ChannelPlots, LegPlots, SidePlots } from './leg-plots.ts';
import { palette, whenRepainted } from './palette.ts';
import { type PanelBoard, PlotPanel, type TimeRange } from './plot-panel.ts';
import { plotTable } from './plot-table.ts';
import { clockSeconds, day, dayKey } from './shown-time.ts';
import { swatch } from './span-paint.ts';
import { journeyName, spanWord } from './words.ts';

const STEP = 0.5;
const SLOTS_AT_LEAST = 6;
/** So long after the last move of the time shown all of it is drawn. Milliseconds. */
const REST_MILLIS = 120;

const HELP =
  'Drag to zoom, double-click for the whole leg. With the keyboard: ← → move the time, + − zoom, 0 shows all.';

type Placed = { readonly panel: PlotPanel; readonly side: string; readonly name: string };

/** All plots of a leg on one time axis. */
export class PlotBoard implements PanelBoard {
  readonly element: HTMLElement;
  readonly timeZone: string | undefined;
  readonly #placed: Placed[] = [];
  readonly #tables: (() => void)[] = [];
  readonly #seen: IntersectionObserver;
  readonly #onZoom: (range: TimeRange | undefined) => void;
  readonly #shown = h('span', { class: 'range' });
  #plots: LegPlots;
  #range: TimeRange;
  #isWhole = true;
  #at: number | undefined;
  #due = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(
    plots: LegPlots,
    options: {
      readonly timeZone: string | undefined;
      readonly range: TimeRange | undefined;
      /** Undefined: the whole leg. */
      readonly onZoom: (range: TimeRange | undefined) => void;
      readonly signal: AbortSignal;
    },
  ) {
    this.#plots = plots;
    this.timeZone = options.timeZone;
    this.#onZoom = options.onZoom;
    this.#range = options.range ?? { from: plots.from, to: plots.to };
    this.#isWhole = options.range === undefined;
    this.#seen = new IntersectionObserver((entries) => this.#noteSeen(entries), { rootMargin: '60px' });
    this.element = this.#built();
    this.#tellRange();
    options.signal.addEventListener('abort', () => {
      this.#seen.disconnect();
      clearTimeout(this.#rest);
    });
    addEventListener('resize', () => this.#drawSoon(), { signal: options.signal });
    whenRepainted((onPaper) => this.#repaint(onPaper), options.signal);
  }

  range = (): TimeRange => this.#range;

  zoom = ({ from, to }: TimeRange): void => {
    const { from: first, to: last, interval } = this.#plots;
    const least = Math.min(last - first, SLOTS_AT_LEAST * interval);
    const length = Math.min(last - first, Math.max(least, to - from));
    const begin = Math.min(Math.max(first, (from + to - length) / 2), last - length);
    this.#isWhole = length >= last - first - interval / 2;
    this.#range = { from: begin, to: begin + length };
    this.#changed();
  };

  whole = (): void => {
    this.#range = { from: this.#plots.from, to: this.#plots.to };
    this.#isWhole = true;
    this.#changed();
  };

  point = (at: number | undefined): void => {
    this.#at = at;
    for (const { panel } of this.#placed) panel.read(at);
    this.#tellRange();
  };

  /** New values of a leg that goes on. False: it has other plots now and the board has to be built anew. */
  put(plots: LegPlots): boolean {
    const fresh = plots.channels.flatMap(({ key, sides }) =>
      sides.flatMap((side) => side.panels.map((data) => ({ side: `${key} ${side.journey}`, data }))),
    );
    const isSame =
      fresh.length === this.#placed.length &&
      fresh.every(({ side, data }, n) => this.#placed[n]?.side === side && this.#placed[n].name === data.name);
    if (!isSame) return false;
    this.#plots = plots;
    if (this.#isWhole) this.#range = { from: plots.from, to: plots.to };
    fresh.forEach(({ data }, n) => {
      this.#placed[n]?.panel.put(data);
    });
    this.element.querySelector('.legend')?.replaceWith(legend(plots));
    for (const refresh of this.#tables) refresh();
    this.#tellRange();
    return true;
  }

  #built(): HTMLElement {
    return h(
      'div',
      {
        class: 'board',
        tabindex: 0,
        role: 'group',
        'aria-label': `Plots. ${HELP}`,
        onkeydown: (event) => event instanceof KeyboardEvent && this.#key(event),
      },
      this.#tools(),
      legend(this.#plots),
      h('p', { class: 'note noprint' }, HELP),
      this.#plots.channels.map((channel) => this.#channel(channel)),
    );
  }

  #tools(): HTMLElement {
    const button = (label: string, text: string, onclick: () => void): HTMLElement =>
      h('button', { type: 'button', 'aria-label': label, title: label, onclick }, text);
    return h(
      'div',
      { class: 'tools', role: 'toolbar', 'aria-label': 'Time shown' },
      button('Earlier', '←', () => this.#move(-STEP)),
      button('Later', '→', () => this.#move(STEP)),
      button('Zoom in', '+', () => this.#scale(STEP)),
      button('Zoom out', '−', () => this.#scale(1 / STEP)),
      button('Whole leg', 'Whole leg', () => this.whole()),
      this.#shown,
    );
  }

  #channel(channel: ChannelPlots): HTMLElement {
    const sides = channel.sides.map((side) => this.#side(channel, side));
    return h(
      'section',
      { class: 'channel', 'data-channel': channel.key },
      h('h3', {}, channel.title),
      h('div', { class: 'sides' }, sides),
    );
  }

  #side({ key, title }: ChannelPlots, side: SidePlots): HTMLElement {
    const name = `${title}, ${journeyName[side.journey].toLowerCase()}`;
    const last = side.panels.at(-1);
    const panels = side.panels.map((data) => {
      const panel = new PlotPanel(data, this, data === last);
      this.#placed.push({ panel, side: `${key} ${side.journey}`, name: data.name });
      this.#seen.observe(panel.element);
      return panel.element;
    });
    return h(
      'div',
      { class: 'side', 'data-journey': side.journey },
      h('h4', {}, journeyName[side.journey]),
      panels,
      panels.length === 0 && side.absent.length === 0 && h('p', { class: 'absent' }, 'Nothing was measured.'),
      side.absent.map(({ title: what, reason }) => h('p', { class: 'absent' }, `${what}: ${reason}`)),
      panels.length > 0 && this.#table(side, name),
    );
  }

  #table(side: SidePlots, name: string): HTMLElement {
    const place = h('div', {});
    const details = h('details', { class: 'values noprint' }, h('summary', {}, `Values as a table: ${name}`), place);
    const fill = (): void => {
      const current = this.#plots.channels
        .flatMap(({ key, sides }) => sides.map((one) => ({ key: `${key} ${one.journey}`, one })))
        .find(({ one }) => one.panels[0]?.label === side.panels[0]?.label)?.one;
      place.replaceChildren(...(details.open ? [plotTable(current ?? side, this.#range, name, this.timeZone)] : []));
    };
    details.addEventListener('toggle', fill);
    this.#tables.push(() => details.open && fill());
    return details;
  }

  #noteSeen(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const panel = this.#placed.find((placed) => placed.panel.element === target)?.panel;
      if (panel === undefined) continue;
      const wasVisible = panel.isVisible;
      panel.isVisible = isIntersecting;
      if (isIntersecting && !wasVisible) panel.draw();
    }
  }

  #changed(): void {
    this.#drawSoon();
    this.#tellRange();
    this.#onZoom(this.#isWhole ? undefined : this.#range);
  }

  #drawSoon(): void {
    if (this.#due !== 0) return;
    this.#due = requestAnimationFrame(() => {
      this.#due = 0;
      for (const { panel } of this.#placed) panel.draw(true);
      clearTimeout(this.#rest);
      this.#rest = setTimeout(() => this.#drawAtRest(), REST_MILLIS);
    });
  }

  /** Every point, and the tables: they are built anew, which nobody could read while they change. */
  #drawAtRest(): void {
    for (const { panel } of this.#placed) panel.draw();
    for (const refresh of this.#tables) refresh();
  }

  #repaint(onPaper: boolean): void {
    for (const { panel } of this.#placed) panel.repaint(onPaper);
    this.element.querySelector('.legend')?.replaceWith(legend(this.#plots, onPaper));
  }

  #tellRange(): void {
    const { from, to } = this.#range;
    const isLong = dayKey(from, this.timeZone) !== dayKey(to, this.timeZone);
    const moment = (at: number): string =>
      `${isLong ? `${day(at, this.timeZone)} ` : ''}${clockSeconds(at, this.timeZone)}`;
    const span = `${moment(from)} – ${moment(to)}`;
    this.#shown.textContent = this.#at === undefined ? span : `${span}, at ${clockSeconds(this.#at, this.timeZone)}`;
  }

  #move(by: number): void {
    const { from, to } = this.#range;
    const length = to - from;
    const begin = Math.min(Math.max(this.#plots.from, from + by * length), this.#plots.to - length);
    this.zoom({ from: begin, to: begin + length });
  }

  #scale(by: number): void {
    const { from, to } = this.#range;
    const middle = this.#at ?? (from + to) / 2;
    this.zoom({ from: middle - (middle - from) * by, to: middle + (to - middle) * by });
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.#keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act(event.shiftKey);
  }

  readonly #keys: Readonly<Record<string, (isFast: boolean) => void>> = {
    ArrowLeft: (isFast) => this.#step(isFast ? -10 : -1),
    ArrowRight: (isFast) => this.#step(isFast ? 10 : 1),
    '+': () => this.#scale(STEP),
    '=': () => this.#scale(STEP),
    '-': () => this.#scale(1 / STEP),
    '0': () => this.whole(),
    Home: () => this.#step(Number.NEGATIVE_INFINITY),
    End: () => this.#step(Number.POSITIVE_INFINITY),
  };

  /** Moves the cross-hair by slots, or of long legs by what can be seen, and says what it stands on. */
  #step(by: number): void {
    const { from, to } = this.#range;
    const { interval } = this.#plots;
    const slot = interval * Math.max(1, Math.round((to - from) / interval / 400));
    const start = this.#at ?? (by > 0 ? from - slot + interval / 2 : to + slot - interval / 2);
    const at = Math.min(Math.max(start + by * slot, from + interval / 2), to - interval / 2);
    this.point(at);
    this.#placed.some(({ panel }) => panel.cross(at));
    const told = this.#placed
      .filter(({ name }) => name === 'loss')
      .map(({ panel, side }) => `${side}: ${panel.read(at)}`);
    announce(`${clockSeconds(at, this.timeZone)}. Loss ${told.join(', ')}`);
  }
}

/** What is shaded, of the kinds that this leg has. */
function legend({ channels }: LegPlots, onPaper = false): HTMLElement {
  const sides = channels.flatMap((channel) => channel.sides);
  const kinds = new Set(sides.flatMap(({ spans }) => spans.map(({ kind }) => kind)));
  const hasWorst = sides.some(({ panels }) => panels.some(({ worst }) => worst !== undefined));
  const colours = palette(onPaper);
  return h(
    'ul',
    { class: 'legend', 'aria-label': 'What is marked' },
    hasWorst && h('li', {}, swatch('worst', colours), 'where it was worst'),
    [...kinds].map((kind) => h('li', {}, swatch(kind, colours), spanWord[kind])),
    h('li', {}, 'a break in a line: not measured'),
  );
}
