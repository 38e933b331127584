import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const KEPT = 12;

/** Keeps the last lines of what a process writes, for when it ends without a better reason. */
export class LastLines {
  readonly #lines: string[] = [];

  constructor(streams: readonly (Readable | null)[]) {
    for (const input of streams) {
      if (input === null) continue;
      createInterface({ input }).on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > KEPT) this.#lines.shift();
      });
    }
  }

  /** `reason` with the lines behind it, indented. */
  after(reason: string): string {
    return this.#lines.length === 0 ? reason : [`${reason}; its last lines:`, ...this.#lines].join('\n  ');
  }
}
