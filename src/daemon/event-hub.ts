import type { AgentEvent, AgentEvents } from '../http/http.ts';

type Listener = (event: AgentEvent) => void;

/** Tells whoever listens what happens. Keeps nothing: who comes later asks the API for what was. */
export class EventHub implements AgentEvents {
  readonly #listeners = new Set<Listener>();

  /** Whether anybody listens: what is made only for listeners need not be made. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  publish(event: AgentEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
