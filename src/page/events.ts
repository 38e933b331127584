import type { EventAnswers } from '../client/read-shapes.ts';

type Name = keyof EventAnswers;
type Listener = (data: never) => void;

const names: readonly Name[] = ['hello', 'began', 'changed', 'ended', 'measured', 'report'];

/** A browser gives up where it was refused (a token ran out, too many clients). Milliseconds until the page asks again. */
const AGAIN_MILLIS = 5_000;

/** The agent's events. One connection for the whole page, which comes back by itself. */
export class Events {
  readonly #listeners = new Map<Name, Set<Listener>>();
  readonly #onState = new Set<(connected: boolean) => void>();
  #source: EventSource | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** Listens until `signal` aborts. */
  on<N extends Name>(name: N, listener: (data: EventAnswers[N]) => void, signal: AbortSignal): void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    signal.addEventListener('abort', () => listeners.delete(listener));
    this.#connect();
  }

  /** Told at each loss and return of the connection, until `signal` aborts. */
  onState(listener: (connected: boolean) => void, signal: AbortSignal): void {
    this.#onState.add(listener);
    signal.addEventListener('abort', () => this.#onState.delete(listener));
    this.#connect();
  }

  /** Connects anew: after a login. */
  reconnect(): void {
    this.#source?.close();
    this.#source = undefined;
    this.#connect();
  }

  #connect(): void {
    if (this.#source !== undefined) return;
    clearTimeout(this.#again);
    const source = new EventSource('/v1/events');
    this.#source = source;
    for (const name of names) source.addEventListener(name, (event) => this.#tell(name, event));
    source.addEventListener('open', () => this.#tellState(true));
    source.addEventListener('error', () => {
      this.#tellState(false);
      if (source.readyState !== EventSource.CLOSED || this.#source !== source) return;
      this.#source = undefined;
      this.#again = setTimeout(() => this.#connect(), AGAIN_MILLIS);
    });
  }

  #tell(name: Name, { data }: MessageEvent<string>): void {
    const told = JSON.parse(data) as never; // the agent's own, each of the shape that its name has
    for (const listener of this.#listeners.get(name) ?? []) listener(told);
  }

  #tellState(connected: boolean): void {
    for (const listener of this.#onState) listener(connected);
  }
}

/** The page's one connection. */
export const events = new Events();
