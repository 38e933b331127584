import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Command } from './command.ts';
import { type KernelCounts, readCounts } from './drops.ts';
import type { Fifo } from './fifo.ts';
import { LastWords } from './last-words.ts';

/** What each says when its socket has its filter: packets from then on will come. */
const LISTENING = { tcpdump: /^(?:tcpdump: )?listening on .*$/m, dumpcap: /^File: -$/m };
/** The filter is too long for the kernel, and all packets go through the ring: it would overflow. */
const KERNEL_REFUSED = /Kernel filter failed/;
/** What a child tells. */
export interface ChildEvents {
  /** `unfiltered`: the kernel did not take the filter. */
  listening(unfiltered: boolean): void;
  counted(counts: KernelCounts): void;
  /** It is gone, whatever the reason; `words` = the last lines that it said. */
  ended(how: string, words: string): void;
}

/** A running tcpdump or dumpcap, which writes what it captures to a pipe. */
export class CaptureChild {
  readonly command: Command;
  readonly #process: ChildProcess;
  readonly #events: ChildEvents;
  readonly #over = Promise.withResolvers<void>();
  /** Resolves when it is gone. */
  readonly over = this.#over.promise;
  readonly #words = new LastWords();
  #unread = '';
  #listens = false;
  #isOver = false;

  /** Takes the writing end of the pipe. */
  constructor(command: Command, { writer }: Fifo, events: ChildEvents) {
    this.command = command;
    this.#events = events;
    try {
      // Nothing of the agent's environment concerns it. Messages are read in English.
      this.#process = spawn(command.program, command.args, { stdio: ['ignore', writer, 'pipe'], env: { LC_ALL: 'C' } });
    } finally {
      closeSync(writer);
    }
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => this.#said(text));
    this.#process.once('close', (code, signal) => this.#ended(signal ?? `exit code ${code}`));
    this.#process.once('error', (error) => this.#ended(error.message));
  }

  /** Its process id, for as long as it runs. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  get listens(): boolean {
    return this.#listens;
  }

  /** Whether it can be asked for its counts. */
  get counts(): boolean {
    return this.command.tool === 'tcpdump';
  }

  /** Asks for the kernel's counts. Before it listens the signal would end it. */
  poll(): void {
    if (this.#listens && this.counts && !this.#isOver) this.#process.kill('SIGUSR1');
  }

  /** Ends it: what waits in its ring is lost. */
  end(): void {
    if (!this.#isOver) this.#process.kill('SIGTERM');
  }

  kill(): void {
    if (!this.#isOver) this.#process.kill('SIGKILL');
  }

  #said(text: string): void {
    this.#words.hear(text);
    const { counts, rest } = readCounts(this.#unread + text);
    this.#unread = rest;
    if (!this.#listens && LISTENING[this.command.tool].test(rest)) {
      this.#listens = true;
      this.#events.listening(KERNEL_REFUSED.test(rest));
    }
    for (const count of counts) this.#events.counted(count);
  }

  #ended(how: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.ended(how, this.#words.text);
    this.#over.resolve();
  }
}
