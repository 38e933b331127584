import type { PlotName, SpanAnswer } from '../client/read-shapes.ts';

/** What canvases are painted with: style sheets do not reach into them. */
export type Palette = {
  readonly text: string;
  readonly grid: string;
  readonly worst: string;
  readonly line: Readonly<Record<PlotName, string>>;
  readonly span: Readonly<Record<SpanAnswer['kind'], string>>;
};

const light: Palette = {
  text: '#4a5568',
  grid: '#e4e8ef',
  worst: '#c2185b',
  line: { loss: '#c62828', jitter: '#b45f06', roundTrip: '#6a3fb5', bitRate: '#1f5fbf', frameRate: '#1b7a43' },
  span: {
    off: '#8a94a6',
    held: '#3f7ac0',
    silent: '#c62828',
    tainted: '#b07a00',
    unobserved: '#b07a00',
    restart: '#333b49',
  },
};

const dark: Palette = {
  text: '#a9b4c6',
  grid: '#2b3342',
  worst: '#ff6f9f',
  line: { loss: '#ff7b72', jitter: '#f0a35a', roundTrip: '#b79cff', bitRate: '#74a9ff', frameRate: '#5fce8d' },
  span: {
    off: '#7c879b',
    held: '#74a9ff',
    silent: '#ff7b72',
    tainted: '#e0b04c',
    unobserved: '#e0b04c',
    restart: '#d4dbe7',
  },
};

const wantsDark = matchMedia('(prefers-color-scheme: dark)');

/** The colours of the moment; paper is light. */
export const palette = (onPaper: boolean): Palette => (wantsDark.matches && !onPaper ? dark : light);

/** Calls when colours change, until `signal` aborts. */
export function whenRepainted(repaint: (onPaper: boolean) => void, signal: AbortSignal): void {
  wantsDark.addEventListener('change', () => repaint(false), { signal });
  addEventListener('beforeprint', () => repaint(true), { signal });
  addEventListener('afterprint', () => repaint(false), { signal });
}
