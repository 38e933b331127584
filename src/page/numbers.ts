import type { PlotName } from '../client/read-shapes.ts';
import type { FigureAnswer } from '../client/shapes.ts';

/** Three digits that mean something, no exponent, no tail of zeros. */
export function number(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3;
  return grouped(
    value
      .toFixed(decimals)
      .replace(/(\.\d*?)0+$/, '$1')
      .replace(/\.$/, ''),
  );
}

const grouped = (text: string): string => text.replace(/\B(?=(?:\d{3})+(?!\d))(?<!\.\d*)/g, '\u202f');

/** How a measured value is shown beside its unit: times in milliseconds, rates in kilobits. */
export function figureText({ value, unit }: Extract<FigureAnswer, { readonly value: number }>): string {
  switch (unit) {
    case 'percent':
      return `${number(value)} %`;
    case 'seconds':
      return `${number(value * 1000)} ms`;
    case 'bits per second':
      return `${number(value / 1000)} kbit/s`;
    case 'frames per second':
      return `${number(value)} frames/s`;
    default:
      return number(value);
  }
}

/** A plotted value in the unit that its axis has. */
export const plotted = (name: PlotName, value: number): number => (name === 'bitRate' ? value / 1000 : value);
