import { WINDOW, WINDOW_SECONDS } from './packet-layout.ts';
import { int } from './packet-words.ts';

/** Marks a second that the capture did not see whole. */
const TAINTED = 0xffff;
const LARGEST = 0xfffe;
const SHORTEST_SECONDS = 5;
const FEWEST_PACKETS = 50;

/** Remembers what a closed second expected and received. Above 65,534 both shrink alike: only their ratio is asked. */
export function putWindow(words: Int32Array, w: number, second: number, expected: number, received: number): void {
  const shrink = expected > LARGEST ? LARGEST / expected : 1;
  const e = Math.max(0, Math.round(expected * shrink));
  const r = Math.min(LARGEST, Math.max(0, Math.round(received * shrink)));
  words[w + WINDOW + index(second)] = (e << 16) | r;
}

/** Remembers that the capture was blind in this second. */
export function putTainted(words: Int32Array, w: number, second: number): void {
  words[w + WINDOW + index(second)] = TAINTED << 16;
}

/** The window that ends with a second, if there is one; written to `out` (docs/metrics.md, 3). */
export type Window = { lossRatio: number; seconds: number };

/** `lived` = closed seconds of the stream, up to 31. False: too short, too few packets, or the capture was blind in it. */
export function windowAt(words: Int32Array, w: number, second: number, lived: number, out: Window): boolean {
  let expected = 0;
  let received = 0;
  const longest = Math.min(lived, WINDOW_SECONDS);
  for (let length = 1; length <= longest; length += 1) {
    const packed = int(words, w + WINDOW + index(second - length + 1));
    if (packed >>> 16 === TAINTED) return false;
    expected += packed >>> 16;
    received += packed & 0xffff;
    if (length >= SHORTEST_SECONDS && expected >= FEWEST_PACKETS) {
      out.lossRatio = Math.max(0, (expected - received) / expected);
      out.seconds = length;
      return true;
    }
  }
  return false;
}

function index(second: number): number {
  return ((second % WINDOW_SECONDS) + WINDOW_SECONDS) % WINDOW_SECONDS;
}
