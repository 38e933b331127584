import type { Route } from './route.ts';

/** A view of the page: what stands in `main`. `signal` aborts when another takes its place. */
export type View = (route: Route, signal: AbortSignal) => Promise<ViewContent>;

export type ViewContent = {
  /** The document's title. */
  readonly title: string;
  readonly content: readonly (Node | undefined)[];
};
