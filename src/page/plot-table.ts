import type { PlotName } from '../client/read-shapes.ts';
import { h, table } from './dom.ts';
import type { SidePlots } from './leg-plots.ts';
import { number } from './numbers.ts';
import type { PanelData, TimeRange } from './plot-panel.ts';
import { clockSeconds, duration } from './shown-time.ts';
import { plotTitle, plotUnit, spanText } from './words.ts';

/** More rows are folded: who reads a table wants to find something in it. */
const MOST_ROWS = 240;

/** Of folded slots the worst is told. */
const worseIsMore: Readonly<Record<PlotName, boolean>> = {
  loss: true,
  jitter: true,
  roundTrip: true,
  bitRate: false,
  frameRate: false,
};

/** The plots of one side as a table of what is in range. */
export function plotTable(side: SidePlots, range: TimeRange, title: string, timeZone?: string): HTMLElement {
  const [first] = side.panels;
  if (first === undefined) return h('p', {}, 'Nothing was measured.');
  const { from, interval, values } = first.column;
  const begin = Math.max(0, Math.ceil((range.from - from) / interval));
  const end = Math.min(values.length - 1, Math.floor((range.to - from) / interval));
  const fold = Math.max(1, Math.ceil((end - begin + 1) / MOST_ROWS));
  const rows: HTMLElement[] = [];
  for (let index = begin; index <= end; index += fold) {
    const at = from + index * interval - interval / 2;
    const last = Math.min(end + 1, index + fold);
    const notes = side.spans
      .filter((span) => span.from < at + fold * interval && span.to > at)
      .map((span) => spanText(span));
    rows.push(
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, clockSeconds(at, timeZone)),
        side.panels.map((panel) => h('td', {}, cell(panel, index, last))),
        h('td', {}, [...new Set(notes)].join('; ')),
      ),
    );
  }
  const heading = ['Time', ...side.panels.map(({ name }) => `${plotTitle[name]} (${plotUnit[name]})`), 'Note'];
  const folded = fold > 1 ? `, the worst of each ${duration(fold * interval)}; zoom in for every slot` : '';
  return h('div', {}, h('p', { class: 'note' }, `${rows.length} rows${folded}.`), table(title, heading, rows));
}

function cell({ name, column }: PanelData, begin: number, end: number): string {
  const known = Array.from(column.values.subarray(begin, end)).filter((value) => !Number.isNaN(value));
  if (known.length === 0) return '–';
  return number(known.reduce((a, b) => (worseIsMore[name] ? Math.max(a, b) : Math.min(a, b))));
}
