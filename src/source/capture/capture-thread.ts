import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { OtherlegError } from '../../model/error.ts';
import type { FromReader, ReaderData, ToReader } from './thread-messages.ts';

/** What the thread is started with, but for its end of the channel. */
export type ThreadOptions = Omit<ReaderData, 'port'>;

/** The thread that reads and measures, as the agent's own sees it. */
export class CaptureThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #pending = new Map<number, { resolve(answer: FromReader): void; reject(error: Error): void }>();
  #lastAsk = 0;

  /** `failed` is called once if the thread ends by itself, whatever the reason. */
  constructor(
    entry: URL,
    options: ThreadOptions,
    events: { said(message: FromReader): void; failed(reason: unknown): void },
  ) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const workerData: ReaderData = { ...options, port: port2 };
    // The descriptors that it reads are the agent's.
    this.#worker = new Worker(entry, { workerData, transferList: [port2], trackUnmanagedFds: false });
    const hear = (message: FromReader): void => {
      const pending = 'ask' in message ? this.#pending.get(message.ask) : undefined;
      if (pending === undefined) events.said(message);
      else pending.resolve(message);
    };
    let isOver = false;
    const over = (reason: unknown): void => {
      if (isOver) return;
      isOver = true;
      // Its end may be known before its last words have been heard.
      for (;;) {
        const last: { readonly message: FromReader } | undefined = receiveMessageOnPort(this.#port);
        if (last === undefined) break;
        hear(last.message);
      }
      this.#port.close();
      for (const { reject } of this.#pending.values()) reject(failure(reason));
      events.failed(reason);
    };
    this.#worker.on('error', over);
    this.#worker.on('exit', (code) => over(`exit code ${code}`));
    this.#port.on('message', hear);
  }

  say(message: ToReader): void {
    this.#port.postMessage(message);
  }

  /** Asks, and resolves with the answer. Rejects with INTERNAL when the thread ends or lets the deadline pass. */
  async ask(of: (ask: number) => ToReader, deadlineSeconds: number): Promise<FromReader> {
    this.#lastAsk += 1;
    const ask = this.#lastAsk;
    const { promise, resolve, reject } = Promise.withResolvers<FromReader>();
    const timer = setTimeout(() => reject(failure(`no answer within ${deadlineSeconds} s`)), deadlineSeconds * 1000);
    this.#pending.set(ask, { resolve, reject });
    this.say(of(ask));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(ask);
    }
  }

  /** Ends it whatever it is doing. */
  async end(): Promise<void> {
    this.#port.close();
    await this.#worker.terminate();
  }
}

const failure = (reason: unknown): OtherlegError =>
  new OtherlegError('INTERNAL', `the capture thread does not answer: ${String(reason)}`, { cause: reason });
