/** How much of what a child says is kept. UTF-16 units. */
const MOST = 600;

/** Lines that tell nothing of why it ended; tcpdump puts its name before some of them, depending on who asked. */
const CHATTER =
  /^(?:(?:tcpdump: )?(?:listening on|data link type|verbose output|\d+ packets? (?:captured|received|dropped)).*|Capturing on.*|File: .*|)$/;

/** What a child said last that may tell why it ended. */
export class LastWords {
  #lines: string[] = [];
  /** A line that has not ended yet. */
  #open = '';

  hear(text: string): void {
    const lines = (this.#open + text).split('\n');
    this.#open = (lines.pop() ?? '').slice(0, MOST);
    for (const line of lines) if (!CHATTER.test(line.trimEnd())) this.#lines.push(line.slice(0, MOST));
    while (this.#lines.length > 1 && this.#lines.join('\n').length > MOST) this.#lines.shift();
  }

  /** Whole lines, the latest last; empty if it said nothing. */
  get text(): string {
    return [...this.#lines, ...(CHATTER.test(this.#open.trimEnd()) ? [] : [this.#open])].join('\n').trim();
  }
}
