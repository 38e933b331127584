import type { EventAnswers } from '../client/read-shapes.ts';

type Name = keyof EventAnswers;
type Listener = (data: never) => void;

const names: readonly Name[] = ['hello', 'began', 'changed', 'ended', 'measured', 'report'];

/** A browser gives up where it was refused (a token ran out, too many clients). Milliseconds until the page asks again. */
const AGAIN_MILLIS = 5_000;
/** The agent gives a sign of life every 15 s. A connection that dies without a word (sleep, a firewall) is no error to a browser. */
const SILENCE_MILLIS = 40_000;

/** The agent's events. One connection for the whole page, which comes back by itself. */
export class Events {
  readonly #listeners = new Map<Name, Set<Listener>>();
  readonly #onState = new Set<(connected: boolean) => void>();
  #source: EventSource | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #isLost = false;

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
    this.#listenForSilence();
    for (const name of names) source.addEventListener(name, (event) => this.#tell(name, event));
    source.addEventListener('alive', () => this.#listenForSilence());
    source.addEventListener('open', () => this.#tellState(true));
    source.addEventListener('error', () => {
      if (this.#source !== source) return;
      this.#tellState(false);
      if (source.readyState !== EventSource.CLOSED) return;
      this.#source = undefined;
      this.#again = setTimeout(() => this.#connect(), AGAIN_MILLIS);
    });
  }

  #listenForSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#tellState(false);
      this.reconnect();
    }, SILENCE_MILLIS);
  }

  #tell(name: Name, { data }: MessageEvent<string>): void {
    this.#listenForSilence();
    const told = JSON.parse(data) as never; // the agent's own, each of the shape that its name has
    for (const listener of this.#listeners.get(name) ?? []) listener(told);
  }

  #tellState(connected: boolean): void {
    if (this.#isLost === !connected) return;
    this.#isLost = !connected;
    for (const listener of this.#onState) listener(connected);
  }
}

/** The page's one connection. */
export const events = new Events();
