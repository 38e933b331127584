const FEWEST = 16;

/** Records of one length, in one array that grows. Places that are given back are used again. */
export class Records {
  doubles = new Float64Array(0);
  readonly #length: number;
  #block = new ArrayBuffer(0);
  readonly #free: number[] = [];
  #end = 0;

  constructor(length: number) {
    this.#length = length;
  }

  /** Index of the first member of a record in which all is absent. */
  add(): number {
    const at = this.#free.pop() ?? this.#end;
    if (at === this.#end) this.#end += this.#length;
    if (this.#end > this.doubles.length) {
      const length = Math.max(FEWEST * this.#length, this.doubles.length + (this.doubles.length >> 1));
      // Not a copy beside the old one, which would be garbage for long.
      this.doubles = new Float64Array(this.#block.transfer(length * 8));
      this.#block = this.doubles.buffer;
    }
    this.doubles.fill(Number.NaN, at, at + this.#length);
    return at;
  }

  release(at: number): void {
    this.#free.push(at);
  }

  /** Gives all back. */
  clear(): void {
    this.#free.length = 0;
    this.#end = 0;
  }
}
