const SLOTS = 2 ** 20;

/** What happens next: events that are put in any order and come out by time, those of one time as they were put in. */
export class Calendar {
  #keys = new Float64Array(1024);
  #owners = new Int32Array(1024);
  #numbers = new Int32Array(1024);
  #count = 0;

  /** `micros` ≥ 0 and below 2^33. At most 2^20 events wait at once. */
  put(micros: number, owner: number, number: number): void {
    if (this.#count === this.#keys.length) this.#grow();
    this.#keys[this.#count] = micros * SLOTS + this.#count;
    this.#owners[this.#count] = owner;
    this.#numbers[this.#count] = number;
    this.#count += 1;
  }

  /** Takes out every event before `until`, in order. `visit` must not put. */
  drain(until: number, visit: (micros: number, owner: number, number: number) => void): void {
    const sorted = this.#keys.slice(0, this.#count).sort();
    const owners = this.#owners.slice(0, this.#count);
    const numbers = this.#numbers.slice(0, this.#count);
    this.#count = 0;
    for (const key of sorted) {
      const micros = Math.floor(key / SLOTS);
      const slot = key - micros * SLOTS;
      const owner = owners[slot] ?? 0;
      const number = numbers[slot] ?? 0;
      if (micros < until) visit(micros, owner, number);
      else this.put(micros, owner, number);
    }
  }

  #grow(): void {
    const larger = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    const length = this.#keys.length * 2;
    if (length > SLOTS) throw new Error('too many events at once');
    this.#keys = larger(this.#keys, new Float64Array(length));
    this.#owners = larger(this.#owners, new Int32Array(length));
    this.#numbers = larger(this.#numbers, new Int32Array(length));
  }
}
