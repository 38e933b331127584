const WIDTH = 30;
/** Redrawn at most so often. Milliseconds. */
const PAUSE = 100;

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** How far the reading of files is, on a terminal only. `total` in octets; undefined where nobody knows. */
export class ProgressBar {
  readonly #output: Output;
  readonly #total: number | undefined;
  readonly #now: () => number;
  #read = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(output: Output, total: number | undefined, now: () => number = performance.now.bind(performance)) {
    this.#output = output;
    this.#total = total;
    this.#now = now;
  }

  /** `octets` more were read. */
  add(octets: number): void {
    this.#read += octets;
    const now = this.#now();
    if (this.#output.isTTY !== true || now - this.#drawnAt < PAUSE) return;
    this.#drawnAt = now;
    const total = this.#total;
    const read = `${(this.#read / 1e6).toFixed(0)} MB`;
    if (total === undefined || total === 0) this.#output.write(`\r${read} read `);
    else {
      const share = Math.min(1, this.#read / total);
      const bar = '█'.repeat(Math.round(WIDTH * share)).padEnd(WIDTH, '░');
      this.#output.write(`\r${bar} ${Math.round(100 * share)} % of ${(total / 1e6).toFixed(0)} MB `);
    }
  }

  /** Leaves the line as it was. */
  end(): void {
    if (this.#output.isTTY === true) this.#output.write('\r\u001b[2K');
  }
}
