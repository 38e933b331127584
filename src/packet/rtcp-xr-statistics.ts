import type { StatisticsSummary } from './rtcp-xr.ts';

/**
 * Statistics summary (RFC 3611, 4.6).
 *
 *    0 |     type = 6  |L|D|J|ToH|rsvd.|           length = 9          |
 *    4 |                        SSRC of source                         |
 *    8 |          begin_seq            |             end_seq           |
 *   12 |                        lost packets                           |
 *   16 |                      duplicate packets                        |
 *   20 | minimum jitter   24 maximum   28 mean   32 standard deviation  |
 *   36 |  least TTL    |   greatest    |     mean      |   deviation   |
 */
const FLAGS = 1;
const LOST_FLAG = 0x80;
const DUPLICATES_FLAG = 0x40;
const JITTER_FLAG = 0x20;
const HOPS = 36;

/** The block at `at`, which is whole. */
export function readStatistics(view: DataView, at: number): StatisticsSummary {
  const flags = view.getUint8(at + FLAGS);
  const hops = readHops(view, at + HOPS, (flags >> 3) & 3);
  return {
    type: 'statistics',
    ssrc: view.getUint32(at + 4),
    beginSequence: view.getUint16(at + 8),
    endSequence: view.getUint16(at + 10),
    ...(flags & LOST_FLAG && { lost: view.getUint32(at + 12) }),
    ...(flags & DUPLICATES_FLAG && { duplicates: view.getUint32(at + 16) }),
    ...(flags & JITTER_FLAG && {
      jitter: {
        minimum: view.getUint32(at + 20),
        maximum: view.getUint32(at + 24),
        mean: view.getUint32(at + 28),
        deviation: view.getUint32(at + 32),
      },
    }),
    ...(hops !== undefined && { hops }),
  };
}

/** `kind`: 1 = IPv4's time to live, 2 = IPv6's hop limit, 0 and 3 = none. */
function readHops(view: DataView, at: number, kind: number): StatisticsSummary['hops'] {
  if (kind !== 1 && kind !== 2) return undefined;
  return {
    version: kind === 1 ? 4 : 6,
    minimum: view.getUint8(at),
    maximum: view.getUint8(at + 1),
    mean: view.getUint8(at + 2),
    deviation: view.getUint8(at + 3),
  };
}
