/**
 * Options of a pcapng block: code, length, value padded to 32 bits; code 0 ends them.
 *
 *      0       2       4
 *      | code  | length| value …
 */
const OPTION_HEADER = 4;
const LENGTH = 2;
const END_OF_OPTIONS = 0;

/** Where the value of the first option `code` of exactly `length` octets begins, -1 if there is none in `[at, end)`. */
export function findOption(
  view: DataView,
  at: number,
  end: number,
  littleEndian: boolean,
  code: number,
  length: number,
): number {
  let option = at;
  while (option + OPTION_HEADER <= end) {
    const found = view.getUint16(option, littleEndian);
    const octets = view.getUint16(option + LENGTH, littleEndian);
    const value = option + OPTION_HEADER;
    if (found === END_OF_OPTIONS || value + octets > end) return -1;
    if (found === code && octets === length) return value;
    option = value + Math.ceil(octets / 4) * 4;
  }
  return -1;
}

/** A 64-bit counter as a number: exact up to 2^53, rounded beyond. */
export function unsigned64(view: DataView, at: number, littleEndian: boolean): number {
  return Number(view.getBigUint64(at, littleEndian));
}
