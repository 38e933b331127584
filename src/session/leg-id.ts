import { createHash } from 'node:crypto';

/** The namespace of legs that are named by their signalling. */
const NAMESPACE = Buffer.from('6f746865726c65678c5d0e1b5a7f4d21', 'hex');

/** The `mediaLegId` of a leg that nobody named: a UUIDv5 (RFC 9562, 5.5) of what tells it from others, such as Call-ID and tags. */
export function legIdOf(...parts: readonly string[]): string {
  const hash = createHash('sha1').update(NAMESPACE).update(JSON.stringify(parts)).digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [8, 12, 16, 20, 32].map((end, index) => hex.slice([0, 8, 12, 16, 20][index], end)).join('-');
}
