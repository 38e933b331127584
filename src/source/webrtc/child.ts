import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { OtherlegError } from '../../model/error.ts';
import { entry } from '../entry.ts';
import type { CallName, Calls, Reply } from './protocol.ts';

/** How long a child may take to end by itself, if nobody says otherwise. Seconds. */
const END_SECONDS = 1;
/** How much of the child's last words is kept. UTF-16 units. */
const LAST_WORDS = 500;

type Pending = { resolve(answer: Calls[CallName]['answer']): void; reject(error: Error): void };

/** The child process with the native WebRTC library, as its parent sees it. It may crash or hang, no more. */
export class Child {
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #lastWords = '';
  /** Resolves when the process has ended, with how. */
  readonly ended: Promise<string>;

  constructor() {
    this.#process = fork(entry(import.meta.url, 'peer'), {
      // Secrets that the agent may have in its environment are none of the child's business. Without the limit on arenas
      // glibc keeps more than twice the memory over many connections.
      env: { MALLOC_ARENA_MAX: '2', ...kept('PATH', 'LD_LIBRARY_PATH') },
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
    });
    this.#process.on('message', (reply: Reply) => this.#settle(reply));
    this.ended = this.#untilEnd();
  }

  /** Rejects with what the child failed with, or WHIP_FAILED if it ended or let the deadline pass. */
  async call<Name extends CallName>(
    call: Name,
    ask: Calls[Name]['ask'],
    deadlineSeconds: number,
  ): Promise<Calls[Name]['answer']> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Calls[CallName]['answer']>();
    this.#pending.set(id, { resolve, reject });
    const late = (): void => reject(failed(`did not answer within ${deadlineSeconds} s`));
    const timer = setTimeout(late, deadlineSeconds * 1000);
    this.#process.send({ id, call, ask }, (error) => error && reject(failed('has ended', error)));
    try {
      return (await promise) as Calls[Name]['answer']; // the child answers each call in its own type
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  /** Resolves when it is gone. `patience`: how long it may take to end by itself, seconds. */
  async end(patience = END_SECONDS): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    const timer = setTimeout(() => this.kill(), patience * 1000);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends it whatever it is doing; its sessions are gone. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if ('answer' in reply) {
      pending?.resolve(reply.answer);
    } else {
      const { code, message, hint } = reply.failure;
      pending?.reject(new OtherlegError(code, message, hint === undefined ? {} : { hint }));
    }
  }

  async #untilEnd(): Promise<string> {
    const how = await new Promise<string>((resolve) => {
      this.#process.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
      this.#process.on('error', (error) => resolve(error.message)); // it could not be started
    });
    for (const { reject } of this.#pending.values()) reject(failed(`ended: ${how}`));
    const { stderr } = this.#process; // its `close` event does not come where the parent closed the channel
    if (stderr !== null && !stderr.closed) await once(stderr, 'close');
    return this.#lastWords === '' ? how : `${how}: ${this.#lastWords.trim()}`;
  }
}

const failed = (what: string, cause?: Error): OtherlegError =>
  new OtherlegError('WHIP_FAILED', `The child process with the peer connections ${what}.`, {
    hint: 'offer again: a new child is started when needed; see the log for why it ended',
    ...(cause === undefined ? {} : { cause }),
  });

function kept(...names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
