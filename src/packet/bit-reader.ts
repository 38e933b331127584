/** Longest Exp-Golomb prefix whose value has 32 bits (ITU-T H.264, 9.1). */
const LONGEST_PREFIX = 31;

/** Bits from the highest on. Beyond the end there are zeros, and `isOver` says that they were asked for. */
export class BitReader {
  /** More was read than there is, or a number that no syntax has: what was read says nothing. */
  isOver = false;
  readonly #view: DataView;
  readonly #end: number;
  readonly #isEscaped: boolean;
  #at: number;
  #octet = 0;
  #left = 0;
  #zeros = 0;

  /** `isEscaped`: a 3 behind two zeros is none of the data (H.264, 7.4.1; H.265, 7.4.2). */
  constructor(view: DataView, start: number, end: number, isEscaped: boolean) {
    this.#view = view;
    this.#at = start;
    this.#end = end;
    this.#isEscaped = isEscaped;
  }

  /** An unsigned number of up to 32 bits. */
  bits(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit += 1) value = value * 2 + this.#bit();
    return value;
  }

  flag(): boolean {
    return this.#bit() === 1;
  }

  /** ue(v): an unsigned number in Exp-Golomb code. se(v) is as long: passed over it is this too. */
  unsigned(): number {
    let prefix = 0;
    while (this.#bit() === 0) {
      prefix += 1;
      if (prefix > LONGEST_PREFIX || this.isOver) {
        this.isOver = true;
        return 0;
      }
    }
    return 2 ** prefix - 1 + this.bits(prefix);
  }

  /** The same of a number of at most `most`: a greater one is no syntax. */
  atMost(most: number): number {
    const value = this.unsigned();
    if (value > most) this.isOver = true;
    return value;
  }

  /** se(v): 1, -1, 2, -2, … (H.264, 9.1.1). */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }

  #bit(): number {
    if (this.#left === 0) this.#next();
    this.#left -= 1;
    return (this.#octet >> this.#left) & 1;
  }

  #next(): void {
    this.#left = 8;
    if (this.#isEscaped && this.#zeros >= 2 && this.#at < this.#end && this.#view.getUint8(this.#at) === 3) {
      this.#at += 1;
      this.#zeros = 0;
    }
    if (this.#at >= this.#end) {
      this.isOver = true;
      this.#octet = 0;
      return;
    }
    this.#octet = this.#view.getUint8(this.#at);
    this.#at += 1;
    this.#zeros = this.#octet === 0 ? this.#zeros + 1 : 0;
  }
}
