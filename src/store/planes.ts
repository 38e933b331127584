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

/** The first `most` integers again, NaN where one is absent; `octets` holds `count` of them in as many planes as it takes. */
export function fromPlanes(octets: Uint8Array, count: number, most = count): Float64Array {
  const integers = new Float64Array(most);
  for (let index = 0; index < most; index += 1) {
    let marked = 0;
    for (let place = index; place < octets.length; place += count) marked = marked * 256 + (octets[place] ?? 0);
    integers[index] = marked === 0 ? Number.NaN : (marked & 1) === 1 ? (marked - 1) / 2 : -marked / 2;
  }
  return integers;
}
