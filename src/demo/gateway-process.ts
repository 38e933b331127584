import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { LastLines } from './last-lines.ts';
import type { FromGateway, ToGateway } from './messages.ts';

/** It exits at once; on a machine that is busy that takes its time, too. */
const EXIT_SECONDS = 10;
/** From a clone it is TypeScript, from the package JavaScript. */
const ENTRY = new URL(`./gateway${extname(import.meta.url)}`, import.meta.url);

type Kind = FromGateway['kind'];
type Message<K extends Kind> = Extract<FromGateway, { readonly kind: K }>;

/** The gateway and the room device: @roamhq/wrtc in a process of its own, whose crash costs nobody anything. */
export class GatewayProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<Kind, (message: FromGateway) => void>();
  readonly #troubles: string[] = [];
  readonly #gone = Promise.withResolvers<never>();

  /** `signal` gives up waiting for it. */
  constructor(signal: AbortSignal) {
    // Fewer malloc arenas: libwebrtc has many threads, each of which would get its own.
    const env = { ...process.env, MALLOC_ARENA_MAX: '2' };
    this.#child = fork(ENTRY, [], { env, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const lines = new LastLines([this.#child.stderr]);
    this.#gone.promise.catch(() => {});
    signal.addEventListener('abort', () => this.#gone.reject(new Error('interrupted')));
    this.#child.on('error', (error) => this.#gone.reject(error));
    // 'close' comes when its output has been read, too.
    this.#child.on('close', (code, by) => {
      const reason = this.#troubles.at(-1) ?? lines.after(`exit code ${code ?? by}`);
      this.#gone.reject(new Error(`the gateway process ended: ${reason}`));
    });
    this.#child.on('message', (message: FromGateway) => {
      if (message.kind === 'trouble') this.#troubles.push(message.reason);
      this.#waiting.get(message.kind)?.(message);
    });
  }

  /** What went wrong in it so far, in its own words. */
  get troubles(): readonly string[] {
    return this.#troubles;
  }

  tell(order: ToGateway): void {
    this.#child.send(order, () => {});
  }

  /** The next message of this kind; rejects when the process ends before. */
  next<K extends Kind>(kind: K): Promise<Message<K>> {
    const awaited = new Promise<Message<K>>((resolve) => {
      this.#waiting.set(kind, (message) => resolve(message as Message<K>)); // the map's key is the message's kind
    });
    const first = Promise.race([awaited, this.#gone.promise]);
    // Whoever asked may have given up for another reason by the time the process ends.
    first.catch(() => {});
    return first;
  }

  /** Rejects when the process ends; never resolves. */
  get gone(): Promise<never> {
    return this.#gone.promise;
  }

  async stop(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.tell({ kind: 'exit' });
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), EXIT_SECONDS * 1000);
    await exited;
    clearTimeout(killer);
  }
}
