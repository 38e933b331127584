import uPlot from 'uplot';
import type { PlotName } from '../client/read-shapes.ts';
import { h } from './dom.ts';
import { type Column, pointsWithin } from './downsample.ts';
import { number } from './numbers.ts';
import { type Palette, palette } from './palette.ts';
import { clock, clockSeconds, day } from './shown-time.ts';
import { type Ground, paintSpans, paintWorst, type Span } from './span-paint.ts';
import { plotTitle, plotUnit } from './words.ts';

/** One plot: a figure of one channel and direction. */
export type PanelData = {
  readonly name: PlotName;
  /** "Loss of video from the room", for who does not see the plot. */
  readonly label: string;
  readonly column: Column;
  readonly spans: readonly Span[];
  /** When it was worst, epoch seconds. */
  readonly worst?: Pick<Span, 'from' | 'to'>;
};

/** Epoch seconds. */
export type TimeRange = { readonly from: number; readonly to: number };

/** What a panel asks of the board it stands on. */
export type PanelBoard = {
  readonly range: () => TimeRange;
  readonly zoom: (range: TimeRange) => void;
  readonly whole: () => void;
  /** The cross-hair stands at a time, or is gone. */
  readonly point: (at: number | undefined) => void;
  readonly timeZone: string | undefined;
};

const SYNC = 'leg';
const HEIGHT = 84;
/** Half of an A4 page, where the two ways stand beside each other. The window is still as wide as it was when paper is made. */
const PAPER_WIDTH = 340;
const AXIS_HEIGHT = 26;
/** Wide enough for "10 000", so that all plots of a column begin at the same place. */
const AXIS_WIDTH = 52;

/** From where on an axis ends: a leg without loss must not look like one full of noise. */
const leastTop: Readonly<Record<PlotName, number>> = { loss: 2, jitter: 20, roundTrip: 50, bitRate: 50, frameRate: 10 };

export class PlotPanel {
  readonly element: HTMLElement;
  readonly #board: PanelBoard;
  readonly #readout = h('output', { class: 'readout' });
  readonly #place = h('div', { class: 'plot', role: 'img' });
  readonly #hasAxis: boolean;
  #data: PanelData;
  #plot: uPlot | undefined;
  #colours: Palette = palette(false);
  /** Of the pixels that it has now; 0 before it was ever shown. */
  #width = 0;
  #isOnPaper = false;
  isVisible = false;

  constructor(data: PanelData, board: PanelBoard, hasAxis: boolean) {
    this.#data = data;
    this.#board = board;
    this.#hasAxis = hasAxis;
    this.#place.style.height = `${HEIGHT + (hasAxis ? AXIS_HEIGHT : 0)}px`;
    const title = h('span', {}, `${plotTitle[data.name]} `, h('small', {}, plotUnit[data.name]));
    this.element = h('figure', { class: 'panel' }, h('figcaption', {}, title, this.#readout), this.#place);
    this.#describe();
  }

  /** New values: a live leg goes on. */
  put(data: PanelData): void {
    this.#data = data;
    this.#describe();
    this.draw();
  }

  /** Draws what is in the board's range, if anybody can see it; `isMoving`: with half the points, for the next picture comes at once. */
  draw(isMoving = false): void {
    if (!this.isVisible) return;
    const width = this.#isOnPaper ? PAPER_WIDTH : this.#place.clientWidth;
    if (width === 0) return;
    this.#plot ??= this.#made(width);
    const plot = this.#plot;
    if (width !== this.#width) plot.setSize({ width, height: this.#place.clientHeight });
    this.#width = width;
    const { from, to } = this.#board.range();
    const points = pointsWithin(this.#data.column, from, to, (width - AXIS_WIDTH) / (isMoving ? 2 : 1));
    plot.batch(() => {
      plot.setData([points[0], points[1]], false);
      plot.setScale('x', { min: from, max: to });
    });
  }

  /** Draws anew in other colours. */
  repaint(onPaper: boolean): void {
    this.#isOnPaper = onPaper;
    this.#colours = palette(onPaper);
    this.#plot?.destroy();
    this.#plot = undefined;
    if (onPaper) this.isVisible = true;
    this.draw();
  }

  /** Shows the value at a time; undefined: no time is pointed at. */
  read(at: number | undefined): string {
    const { column, name } = this.#data;
    const index = at === undefined ? -1 : Math.round((at - column.from) / column.interval);
    const value = column.values[index];
    const text = at === undefined ? '' : value === undefined || Number.isNaN(value) ? 'not measured' : number(value);
    const unit = at === undefined || text === 'not measured' ? '' : ` ${plotUnit[name]}`;
    this.#readout.textContent = `${text}${unit}`;
    return `${text}${unit}`;
  }

  /** Puts the cross-hair of all plots to a time. False: this one is not drawn. */
  cross(at: number): boolean {
    if (this.#plot === undefined || !this.isVisible) return false;
    this.#plot.setCursor({ left: this.#plot.valToPos(at, 'x'), top: HEIGHT / 2 });
    return true;
  }

  #describe(): void {
    const { values } = this.#data.column;
    let [sum, count, greatest] = [0, 0, Number.NEGATIVE_INFINITY];
    for (const value of values) {
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
      greatest = Math.max(greatest, value);
    }
    const unit = plotUnit[this.#data.name];
    const told = `${number(sum / count)} ${unit} on average, ${number(greatest)} ${unit} at most`;
    const gaps = count < values.length ? `; ${values.length - count} of ${values.length} slots not measured` : '';
    this.#place.setAttribute('aria-label', `${this.#data.label}: ${count === 0 ? 'not measured' : told}${gaps}`);
  }

  #made(width: number): uPlot {
    this.#width = width;
    return new uPlot(this.#options(width), [[], []], this.#place);
  }

  #options(width: number): uPlot.Options {
    const { timeZone } = this.#board;
    const { name } = this.#data;
    const colour = this.#colours.line[name];
    return {
      width,
      height: this.#place.clientHeight,
      padding: [6, 4, this.#hasAxis ? 0 : 4, 0],
      legend: { show: false },
      cursor: this.#cursor(),
      scales: {
        x: { time: true, auto: false },
        y: { range: (_, __, greatest) => [0, Math.max(leastTop[name], (greatest ?? 0) * 1.1)] },
      },
      axes: [this.#timeAxis(), this.#valueAxis()],
      series: [
        {},
        { stroke: colour, width: 1, spanGaps: false, points: { show: true, size: 3, fill: colour, filter: lonely } },
      ],
      hooks: {
        drawClear: [(plot) => paintSpans(this.#data.spans, this.#ground(plot))],
        draw: [(plot) => this.#data.worst && paintWorst(this.#data.worst, this.#ground(plot))],
        setSelect: [(plot) => this.#selected(plot)],
        setCursor: [({ cursor, posToVal }) => this.#pointed(cursor, posToVal)],
      },
      ...(timeZone === undefined ? {} : { tzDate: (at: number) => zonedDate(at, timeZone) }),
    };
  }

  #cursor(): uPlot.Cursor {
    return {
      y: false,
      points: { size: 5 },
      drag: { x: true, y: false, setScale: false },
      // Only where the pointer is: what is selected with it is the business of the plot that it is in.
      sync: { key: SYNC, setSeries: false, filters: { pub: isPointing, sub: isPointing } },
      bind: { dblclick: () => () => this.#wholeAgain() },
    };
  }

  #wholeAgain(): null {
    this.#board.whole();
    return null;
  }

  #timeAxis(): uPlot.Axis {
    const { text, grid } = this.#colours;
    return {
      show: true,
      size: this.#hasAxis ? AXIS_HEIGHT : 0,
      stroke: text,
      font: '11px system-ui, sans-serif',
      grid: { stroke: grid, width: 1 },
      ticks: { show: this.#hasAxis, stroke: grid, size: 4 },
      ...(this.#hasAxis ? { values: timeLabels(this.#board.timeZone) } : { values: () => [] }),
    };
  }

  #valueAxis(): uPlot.Axis {
    const { text, grid } = this.#colours;
    return {
      size: AXIS_WIDTH,
      stroke: text,
      font: '11px system-ui, sans-serif',
      grid: { stroke: grid, width: 1 },
      ticks: { show: false },
      space: 28,
      values: (_, splits) => splits.map((value) => number(value)),
    };
  }

  #ground(plot: uPlot): Ground {
    return { context: plot.ctx, box: plot.bbox, x: (at) => plot.valToPos(at, 'x', true), palette: this.#colours };
  }

  #selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 3) return;
    this.#board.zoom({ from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') });
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  #pointed({ left, event }: uPlot.Cursor, posToVal: uPlot['posToVal']): void {
    // The others only follow.
    if (event !== undefined && event !== null)
      this.#board.point(left === undefined || left < 0 ? undefined : posToVal(left, 'x'));
  }
}

const isPointing = (type: string): boolean => type === 'mousemove' || type === 'mouseleave';

const zoned = new Map<string, Date>();

/** What uPlot asks for each tick of each plot, and takes a while: all plots of a leg ask for the same ones. */
function zonedDate(at: number, timeZone: string): Date {
  const key = `${at} ${timeZone}`;
  const date = zoned.get(key) ?? uPlot.tzDate(new Date(at * 1000), timeZone);
  if (zoned.size > 5_000) zoned.clear();
  zoned.set(key, date);
  return date;
}

/** A value between two gaps has no line to be seen by. */
function lonely(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const found: number[] = [];
  for (let index = 0; index < values.length; index += 1)
    if (values[index] != null && values[index - 1] == null && values[index + 1] == null) found.push(index);
  return found;
}

/** "10:04", with seconds where they differ, and the day where another begins. */
const timeLabels =
  (timeZone: string | undefined): uPlot.Axis.DynamicValues =>
  (_, splits, __, ___, step) =>
    splits.map((at) => {
      const text = clock(at, timeZone);
      if (step < 60) return clockSeconds(at, timeZone);
      return text === '00:00' ? day(at, timeZone).split(' ').slice(1, 3).join(' ') : text;
    });
