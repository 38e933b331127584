import type { Store } from '../../../src/store/store.ts';

/** One empty store of an engine, and the clock that it goes by. */
export interface Bench {
  /** Seconds since the epoch; tests set it. */
  now: number;
  /** It packs series as soon as legs end, without being asked. */
  readonly packsAtOnce?: true;
  /** Opens the store for an agent. What was opened before on this bench is closed first: the agent restarts. */
  open(owner?: string): Promise<Store>;
  /** Closes and removes it. */
  dispose(): Promise<void>;
}

export type MakeBench = () => Promise<Bench>;
