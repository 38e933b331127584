import type { ShownLeg } from '../client/read-shapes.ts';
import { api } from './api.ts';
import { events } from './events.ts';

/** More are not listed. */
const MOST = 2000;

/**
 * The legs that go on. `told`: those that began or ended while the list was under way, on another connection than the events;
 * it may not know of them yet, or still, so that they are left out of `legs`.
 */
export type LiveLegs = { readonly legs: readonly ShownLeg[]; readonly told: ReadonlySet<string> };

/** Reads which legs are live. Who keeps a list of them leaves those in `told` as the events said. */
export async function liveLegs(signal?: AbortSignal): Promise<LiveLegs> {
  const told = new Set<string>();
  const reading = new AbortController();
  for (const name of ['began', 'ended'] as const)
    events.on(name, ({ mediaLegId }) => void told.add(mediaLegId), reading.signal);
  try {
    const legs = await api.allLegs({ state: 'live' }, MOST, signal);
    return { legs: legs.filter(({ mediaLegId }) => !told.has(mediaLegId)), told };
  } finally {
    reading.abort();
  }
}
