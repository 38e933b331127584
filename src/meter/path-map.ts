import { hash, type PacketPath } from '../quality/packet-table.ts';
import { int } from '../quality/packet-words.ts';

/** Paths of one hash; more are made to be. */
const MOST_ALIKE = 16;

type Entry<T> = { readonly path: PacketPath; value: T; next: Entry<T> | undefined };

/** Values by path and direction: by numbers, since making a text of each path is most of the work on a control packet. */
export class PathMap<T> {
  readonly #chains = new Map<number, Entry<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(path: PacketPath): T | undefined {
    let entry = this.#chains.get(hashOf(path));
    while (entry !== undefined && !isSame(entry.path, path)) entry = entry.next;
    return entry?.value;
  }

  /** The path is kept: its addresses must stay as they are. */
  set(path: PacketPath, value: T): void {
    const home = hashOf(path);
    const first = this.#chains.get(home);
    let last = first;
    let alike = 0;
    for (let entry = first; entry !== undefined; entry = entry.next) {
      if (isSame(entry.path, path)) {
        entry.value = value;
        return;
      }
      last = entry;
      alike += 1;
    }
    const added = { path, value, next: undefined };
    if (last === undefined) this.#chains.set(home, added);
    else last.next = added;
    if (first?.next !== undefined && alike >= MOST_ALIKE) this.#chains.set(home, first.next);
    else this.#size += 1;
  }

  delete(path: PacketPath): void {
    const home = hashOf(path);
    let before: Entry<T> | undefined;
    let entry = this.#chains.get(home);
    while (entry !== undefined && !isSame(entry.path, path)) {
      before = entry;
      entry = entry.next;
    }
    if (entry === undefined) return;
    this.#size -= 1;
    if (before !== undefined) before.next = entry.next;
    else if (entry.next === undefined) this.#chains.delete(home);
    else this.#chains.set(home, entry.next);
  }

  /** In the order in which they came, but for paths of one hash. Those that go or come meanwhile may be told of or not. */
  *entries(): Generator<readonly [path: PacketPath, value: T]> {
    for (const first of this.#chains.values())
      for (let entry: Entry<T> | undefined = first; entry !== undefined; entry = entry.next)
        yield [entry.path, entry.value];
  }
}

function hashOf({ source, destination, sourcePort, destinationPort }: PacketPath): number {
  const upper = (int(source, 0) ^ int(source, 1) ^ int(source, 2)) | 0;
  const lower = (int(destination, 0) ^ Math.imul(int(destination, 1), 31) ^ int(destination, 2)) | 0;
  return hash(upper ^ Math.imul(lower, 7), (sourcePort << 16) | destinationPort, int(source, 3), int(destination, 3));
}

function isSame(a: PacketPath, b: PacketPath): boolean {
  if (a.sourcePort !== b.sourcePort || a.destinationPort !== b.destinationPort) return false;
  for (let i = 0; i < 4; i += 1) {
    if (a.source[i] !== b.source[i] || a.destination[i] !== b.destination[i]) return false;
  }
  return true;
}
