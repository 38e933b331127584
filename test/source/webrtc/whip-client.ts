import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Order, Sent } from './sender.ts';

/** A WHIP client in a process of its own. One order at a time. */
export class WhipClient {
  readonly #process: ChildProcess = fork(new URL('./sender.ts', import.meta.url), { execArgv: [] });

  offer(direction: 'sendonly' | 'recvonly' = 'sendonly'): Promise<string> {
    return this.#order({ do: 'offer', direction });
  }

  /** Resolves when media flows. */
  accept(answer: string): Promise<void> {
    return this.#order({ do: 'accept', answer });
  }

  pause(): Promise<void> {
    return this.#order({ do: 'pause' });
  }

  /** Packets sent so far. */
  sent(): Promise<Sent> {
    return this.#order({ do: 'sent' });
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.disconnect();
    await exited;
  }

  async #order<Answer>(order: Order): Promise<Answer> {
    const answered = once(this.#process, 'message');
    this.#process.send(order);
    const [answer] = await answered;
    return answer as Answer; // sender.ts answers each order in its own type
  }
}
