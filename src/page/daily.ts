import type { Day } from './daily-count.ts';
import { h, table } from './dom.ts';

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT, BASE] = [900, 120, 100];

function svg(name: string, attributes: Readonly<Record<string, string | number>>, ...children: Node[]): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** A bar a day: how high is the share of poor calls; a day without a call has none, one without a poor call a flat one. */
export function dailyChart(days: readonly Day[]): HTMLElement {
  const step = WIDTH / days.length;
  const bars = days.map((one, n) => bar(one, n * step, step));
  const poorDays = days.filter(({ poor }) => poor > 0).length;
  const label = `Bars of the last ${days.length} days: poor calls on ${poorDays} of them. The table below has the numbers.`;
  const chart = svg(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      class: 'daily',
      role: 'img',
      'aria-label': label,
      preserveAspectRatio: 'none',
    },
    svg('line', { x1: 0, x2: WIDTH, y1: BASE, y2: BASE, class: 'base' }),
    svg('line', { x1: 0, x2: WIDTH, y1: BASE / 2, y2: BASE / 2, class: 'half' }),
    ...bars,
  );
  const named = days.filter(({ calls }) => calls > 0);
  const rows = named.map(({ name, calls, measured, poor }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      ...[calls, measured, poor].map((value) => h('td', { class: 'number' }, value)),
      h('td', { class: 'number' }, measured === 0 ? '–' : `${Math.round((100 * poor) / measured)} %`),
    ),
  );
  return h(
    'div',
    { class: 'dailies' },
    h(
      'div',
      { class: 'scale', 'aria-hidden': 'true' },
      h('span', {}, '100 %'),
      h('span', {}, '50 %'),
      h('span', {}, '0'),
    ),
    h('div', { class: 'bars' }, chart, axis(days)),
    h(
      'details',
      { class: 'values' },
      h('summary', {}, 'Days as a table'),
      table('Calls of each day', ['Day', 'Calls', 'Measured', 'Poor', 'Share'], rows),
    ),
  );
}

function bar({ name, calls, measured, poor }: Day, x: number, step: number): SVGElement {
  const title = svg('title', {});
  title.textContent = `${name}: ${poor} of ${calls} calls poor`;
  const height = measured === 0 ? 0 : (poor / measured) * BASE;
  const flat = calls > 0 && height < 3;
  return svg(
    'g',
    {},
    title,
    svg('rect', { x, y: 0, width: step, height: BASE, class: 'day' }),
    svg('rect', {
      x: x + step * 0.15,
      y: BASE - Math.max(height, flat ? 3 : 0),
      width: step * 0.7,
      height: Math.max(height, flat ? 3 : 0),
      class: flat ? 'none' : 'poor',
    }),
  );
}

const axis = (days: readonly Day[]): HTMLElement =>
  h(
    'div',
    { class: 'axis', 'aria-hidden': 'true' },
    ...[days[0], days[Math.floor(days.length / 2)], days.at(-1)].map((one) => h('span', {}, one?.name ?? '')),
  );
