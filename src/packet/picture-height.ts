const LEAST = 16;
const MOST = 16_384;

/** A height in pixels that a picture may have; 0 of any other number. */
export function likelyHeight(height: number): number {
  return height >= LEAST && height <= MOST ? height : 0;
}
