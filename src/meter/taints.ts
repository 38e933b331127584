import type { Taint } from '../model/interval.ts';
import type { PacketTable } from '../quality/packet-table.ts';

/** Drops of longer ago cannot be told from loss any more. Seconds. */
const LONGEST = 300;
const MOST = 2 * LONGEST + 2;

/** The capture did not see these seconds whole, the last one too. Epoch seconds. */
export function taintSeconds({ tainted }: PacketTable, first: number, last: number, taint: Taint): void {
  for (let second = Math.max(first, last - LONGEST); second <= last; second += 1) tainted.set(second, taint);
  // Seconds of long ago are closed; a file that says so again and again must cost no memory.
  for (const second of tainted.keys()) {
    if (tainted.size <= MOST) break;
    tainted.delete(second);
  }
}
