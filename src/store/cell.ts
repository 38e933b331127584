/** A number in a row of a slot, null where nobody measured it. */
export type Cell = number | null;

/** Microseconds, millionths of a ratio, millionths of a packet that was shared over slots. */
const decimals = 6;

/** The nearest number with so many decimals; rounding it again yields the same number. */
export function rounded(value: number, places = decimals): number {
  const factor = 10 ** places;
  // JSON does not know the sign of zero; adding zero drops it here too.
  return Math.round(value * factor) / factor + 0;
}

/** The cell of a measured value or of none. */
export function cell(value: number | undefined): Cell {
  return value === undefined ? null : rounded(value);
}

/** A closed set of words that are written as numbers. The numbers stay what they are; new words get new ones. */
export type Words<Word extends string> = { numberOf(word: Word): number; wordOf(number: number): Word };

/** Makes the set from each word's number. */
export function words<Word extends string>(numbers: Readonly<Record<Word, number>>): Words<Word> {
  // Object.keys forgets the type of the keys.
  const byNumber = new Map((Object.keys(numbers) as Word[]).map((word) => [numbers[word], word]));
  return {
    numberOf: (word) => numbers[word],
    wordOf: (number) => {
      const word = byNumber.get(number);
      if (word === undefined) throw new RangeError(`no word has number ${number}`);
      return word;
    },
  };
}
