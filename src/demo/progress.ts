const BAR_WIDTH = 30;
const PLAIN_EVERY_SECONDS = 10;

/** Where progress is told; `isTTY` as on process.stderr. */
export type ProgressOutput = { write(text: string): unknown; readonly isTTY?: boolean };

/** Tells how far a call is: a bar that redraws itself on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #total: number;
  #told = 0;

  /** `total` in seconds. */
  constructor(output: ProgressOutput, total: number) {
    this.#output = output;
    this.#total = total;
  }

  /** `elapsed` in seconds. */
  at(elapsed: number): void {
    const seconds = Math.min(this.#total, Math.floor(elapsed));
    if (this.#output.isTTY === true) {
      const filled = Math.round((BAR_WIDTH * seconds) / this.#total);
      const bar = '█'.repeat(filled).padEnd(BAR_WIDTH, '░');
      this.#output.write(`\r${bar} ${seconds} of ${this.#total} s `);
    } else if (seconds >= this.#told + PLAIN_EVERY_SECONDS) {
      this.#told = seconds;
      this.#output.write(`${seconds} of ${this.#total} s\n`);
    }
  }

  end(): void {
    if (this.#output.isTTY === true) this.#output.write('\r\u001b[2K');
  }
}
