type Weighed = { readonly weight: number };

/** Several values a key, the latest last. Bounded by keys, values a key and weight: the key that was set longest ago goes first. */
export class RecentMap<K, V extends Weighed> {
  readonly #held = new Map<K, readonly V[]>();
  readonly #limits: { readonly keys: number; readonly perKey: number; readonly weight: number };
  #weight = 0;

  constructor(limits: { readonly keys: number; readonly perKey: number; readonly weight: number }) {
    this.#limits = limits;
  }

  has(key: K): boolean {
    return this.#held.has(key);
  }

  /** The values of a key, the latest last. */
  get(key: K): readonly V[] {
    return this.#held.get(key) ?? [];
  }

  /** Adds a value in place of those that it replaces. */
  put(key: K, value: V, replaces: (earlier: V) => boolean): void {
    const before = this.get(key);
    const { keys, perKey, weight } = this.#limits;
    const after = [...before.filter((one) => !replaces(one)), value].slice(-perKey);
    this.#held.delete(key);
    this.#held.set(key, after);
    this.#weight += weigh(after) - weigh(before);
    while (this.#held.size > keys || (this.#weight > weight && this.#held.size > 1)) this.#forgetOldest();
  }

  /** Removes the values of a key that `which` holds for. */
  remove(key: K, which: (value: V) => boolean): void {
    const before = this.get(key);
    const after = before.filter((value) => !which(value));
    if (after.length === before.length) return;
    if (after.length === 0) this.#held.delete(key);
    else this.#held.set(key, after);
    this.#weight += weigh(after) - weigh(before);
  }

  #forgetOldest(): void {
    for (const [key, values] of this.#held) {
      this.#held.delete(key);
      this.#weight -= weigh(values);
      return;
    }
  }
}

const weigh = (values: readonly Weighed[]): number => values.reduce((sum, { weight }) => sum + weight, 0);
