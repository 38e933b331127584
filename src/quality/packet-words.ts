/*
 * Reads of typed arrays at indices that are known to lie inside: the index type cannot say so. One function per element
 * type keeps each of them monomorphic, which is what makes them free.
 */

/** A word as a signed integer. */
export function int(words: Int32Array, index: number): number {
  // Sound: callers stay inside the array.
  return words[index] as number;
}

/** A word as a 32-bit float. */
export function single(floats: Float32Array, index: number): number {
  // Sound: as above.
  return floats[index] as number;
}

/** Two words as a 64-bit float; `index` counts words and is even. */
export function double(doubles: Float64Array, index: number): number {
  // Sound: as above.
  return doubles[index >> 1] as number;
}
