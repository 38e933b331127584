/** Count, mean and maximum of values that come one by one. */
export class Tally {
  #count = 0;
  #sum = 0;
  #maximum = 0;

  get count(): number {
    return this.#count;
  }

  /** Absent while nothing was added. */
  get mean(): number | undefined {
    return this.#count === 0 ? undefined : this.#sum / this.#count;
  }

  get maximum(): number | undefined {
    return this.#count === 0 ? undefined : this.#maximum;
  }

  add(value: number): void {
    this.#maximum = this.#count === 0 ? value : Math.max(this.#maximum, value);
    this.#count += 1;
    this.#sum += value;
  }
}
