import type { SpanAnswer } from '../client/read-shapes.ts';
import type { Palette } from './palette.ts';

type Kind = SpanAnswer['kind'];

/** A stretch of time as it is painted. Epoch seconds. */
export type Span = Omit<SpanAnswer, 'from' | 'to'> & { readonly from: number; readonly to: number };

/** Where and with what: `x` turns epoch seconds into pixels of the canvas. */
export type Ground = {
  readonly context: CanvasRenderingContext2D;
  readonly box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  readonly x: (at: number) => number;
  readonly palette: Palette;
};

/** Side of a pattern's tile, in pixels of the screen. */
const TILE = 8;

type Hatch = (tile: CanvasRenderingContext2D, side: number) => void;

const rising: Hatch = (tile, side) => {
  tile.moveTo(-1, side + 1);
  tile.lineTo(side + 1, -1);
  tile.moveTo(-1, 1);
  tile.lineTo(1, -1);
  tile.moveTo(side - 1, side + 1);
  tile.lineTo(side + 1, side - 1);
};

const falling: Hatch = (tile, side) => {
  tile.moveTo(-1, -1);
  tile.lineTo(side + 1, side + 1);
};

const levelLines: Hatch = (tile, side) => {
  tile.moveTo(0, side / 2);
  tile.lineTo(side, side / 2);
};

/** Each kind has a hatch of its own: colour alone tells nothing to many. */
const hatches: Readonly<Record<Kind, readonly Hatch[]>> = {
  off: [],
  held: [levelLines],
  silent: [rising],
  tainted: [rising, falling],
  unobserved: [falling],
  restart: [],
};

const patterns = new Map<string, CanvasPattern | string>();

function fillOf(context: CanvasRenderingContext2D, kind: Kind, colour: string): CanvasPattern | string {
  const key = `${kind} ${colour} ${devicePixelRatio}`;
  const made = patterns.get(key) ?? patternOf(context, kind, colour);
  patterns.set(key, made);
  return made;
}

function patternOf(context: CanvasRenderingContext2D, kind: Kind, colour: string): CanvasPattern | string {
  const side = Math.round(TILE * devicePixelRatio);
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const tile = canvas.getContext('2d');
  if (tile === null) return colour;
  tile.globalAlpha = 0.14;
  tile.fillStyle = colour;
  tile.fillRect(0, 0, side, side);
  tile.globalAlpha = 0.55;
  tile.strokeStyle = colour;
  tile.lineWidth = devicePixelRatio;
  tile.beginPath();
  for (const hatch of hatches[kind]) hatch(tile, side);
  tile.stroke();
  return context.createPattern(canvas, 'repeat') ?? colour;
}

/** Paints the stretches behind the line; one that is narrower than two pixels is still seen. */
export function paintSpans(spans: readonly Span[], { context, box, x, palette }: Ground): void {
  const right = box.left + box.width;
  for (const { kind, from, to } of spans) {
    const begin = Math.max(box.left, x(from));
    const end = Math.min(right, Math.max(x(to), x(from) + 2));
    if (end <= box.left || begin >= right) continue;
    if (kind === 'restart') {
      dashed(context, begin, box, palette.span.restart);
      continue;
    }
    context.fillStyle = fillOf(context, kind, palette.span[kind]);
    context.fillRect(begin, box.top, end - begin, box.height);
  }
}

/** Marks when a value was worst: a frame around its window, and a wedge above that is seen however narrow it is. */
export function paintWorst(worst: Pick<Span, 'from' | 'to'>, { context, box, x, palette }: Ground): void {
  const [begin, end] = [x(worst.from), x(worst.to)];
  if (end < box.left || begin > box.left + box.width) return;
  const unit = devicePixelRatio;
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  context.strokeStyle = palette.worst;
  context.fillStyle = palette.worst;
  context.lineWidth = unit;
  if (end - begin > 3 * unit) context.strokeRect(begin, box.top + unit / 2, end - begin, box.height - unit);
  else dashed(context, (begin + end) / 2, box, palette.worst);
  const middle = (begin + end) / 2;
  context.beginPath();
  context.moveTo(middle - 4 * unit, box.top);
  context.lineTo(middle + 4 * unit, box.top);
  context.lineTo(middle, box.top + 6 * unit);
  context.fill();
  context.restore();
}

function dashed(context: CanvasRenderingContext2D, at: number, box: Ground['box'], colour: string): void {
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = devicePixelRatio;
  context.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  context.beginPath();
  context.moveTo(at, box.top);
  context.lineTo(at, box.top + box.height);
  context.stroke();
  context.restore();
}

/** A sample of how a kind is painted, for the legend. */
export function swatch(kind: Kind | 'worst', palette: Palette): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const [width, height] = [28, 14];
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  canvas.className = 'swatch';
  canvas.setAttribute('aria-hidden', 'true');
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  const box = { left: 0, top: 0, width: canvas.width, height: canvas.height };
  const ground: Ground = { context, box, x: (at) => at * canvas.width, palette };
  if (kind === 'worst') paintWorst({ from: 0.25, to: 0.75 }, ground);
  else paintSpans([{ kind, from: kind === 'restart' ? 0.5 : 0, to: 1 }], ground);
  return canvas;
}
