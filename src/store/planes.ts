/** Integers, some of them absent. */
export type Integers = readonly (number | undefined)[];

/** Integers up to this magnitude fit into planes. */
export const largestInteger = 2 ** 50;

/**
 * Integers as planes of octets: the highest octet of all of them, then the next, to the lowest, so that a compressor
 * meets the quiet high octets apart from the noisy low ones. An absent cell is 0; the sign is the lowest bit.
 */
export function toPlanes(integers: Integers): { readonly width: number; readonly octets: Uint8Array } {
  const marked = integers.map((value) => (value === undefined ? 0 : 1 + (value < 0 ? -2 * value - 1 : 2 * value)));
  const greatest = marked.reduce((a, b) => Math.max(a, b), 0);
  let width = 0;
  while (256 ** width <= greatest) width += 1;
  const octets = new Uint8Array(width * marked.length);
  marked.forEach((value, index) => {
    let rest = value;
    for (let plane = width - 1; plane >= 0; plane -= 1) {
      octets[plane * marked.length + index] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  });
  return { width, octets };
}

/** The integers again, NaN where one is absent; `octets` holds `count` of them in as many planes as it takes. */
export function fromPlanes(octets: Uint8Array, count: number): Float64Array {
  const integers = new Float64Array(count);
  for (let begin = 0; begin < octets.length; begin += count)
    for (let index = 0; index < count; index += 1)
      integers[index] = (integers[index] ?? 0) * 256 + (octets[begin + index] ?? 0);
  for (let index = 0; index < count; index += 1) {
    const marked = integers[index] ?? 0;
    integers[index] = marked === 0 ? Number.NaN : marked % 2 === 1 ? (marked - 1) / 2 : -marked / 2;
  }
  return integers;
}
