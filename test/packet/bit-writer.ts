/** Bits from the highest on, as the syntax tables of video formats have them. */
export class BitWriter {
  #bits = '';

  /** An unsigned number of so many bits. */
  bits(count: number, value: number): this {
    const digits = value.toString(2).padStart(count, '0');
    this.#bits += digits.slice(digits.length - count);
    return this;
  }

  flag(value: boolean): this {
    return this.bits(1, value ? 1 : 0);
  }

  /** ue(v). */
  unsigned(...values: readonly number[]): this {
    for (const value of values) {
      const code = (value + 1).toString(2);
      this.#bits += '0'.repeat(code.length - 1) + code;
    }
    return this;
  }

  /** se(v). */
  signed(value: number): this {
    return this.unsigned(value > 0 ? 2 * value - 1 : -2 * value);
  }

  /** What was written, with the bit that ends it and zeros up to an octet. */
  octets(): readonly number[] {
    const all = `${this.#bits}1`;
    const padded = all.padEnd(Math.ceil(all.length / 8) * 8, '0');
    return (padded.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2));
  }

  /** The same as a NAL unit has it: a 3 before what would look like a start code. */
  escaped(): readonly number[] {
    const out: number[] = [];
    let zeros = 0;
    for (const octet of this.octets()) {
      if (zeros >= 2 && octet <= 3) {
        out.push(3);
        zeros = 0;
      }
      out.push(octet);
      zeros = octet === 0 ? zeros + 1 : 0;
    }
    return out;
  }
}
