import type { ReceiptTimesBlock, RunLengthBlock } from './rtcp-xr.ts';

/**
 * Loss RLE, duplicate RLE and packet receipt times (RFC 3611, 4.1–4.3).
 *
 *    0 |      type     | rsvd. |thinni.|            length             |
 *    4 |                        SSRC of source                         |
 *    8 |          begin_seq            |             end_seq           |
 *   12 | chunks of 16 bits, or times of 32 bits …                      |
 */
const THINNING = 1;
const SSRC = 4;
const BEGIN = 8;
const END = 10;
export const RUNS_HEADER = 12;

/** A chunk with this bit is a vector of 15 bits, without it a run: a bit and how often (14 bits). 0 ends them. */
const VECTOR = 0x8000;
const RUN_OF_ONES = 0x4000;
const RUN_LENGTH = 0x3fff;
const VECTOR_BITS = 15;

/** The block at `[at, end)`, which holds at least its header. */
export function readRunLengths(view: DataView, at: number, end: number, type: RunLengthBlock['type']): RunLengthBlock {
  const range = readRange(view, at);
  const most = packetsIn(range.beginSequence, range.endSequence, range.thinning);
  let described = 0;
  let ones = 0;
  for (let chunk = at + RUNS_HEADER; chunk + 2 <= end && described < most; chunk += 2) {
    const word = view.getUint16(chunk);
    if (word === 0) break;
    const bits = Math.min(word & VECTOR ? VECTOR_BITS : word & RUN_LENGTH, most - described);
    described += bits;
    if (word & VECTOR) ones += countOnes((word & 0x7fff) >> (VECTOR_BITS - bits));
    else if (word & RUN_OF_ONES) ones += bits;
  }
  return { type, ...range, described, ones };
}

/** The block at `[at, end)`, which holds at least its header. */
export function readReceiptTimes(view: DataView, at: number, end: number): ReceiptTimesBlock {
  const times: number[] = [];
  for (let time = at + RUNS_HEADER; time + 4 <= end; time += 4) times.push(view.getUint32(time));
  return { type: 'receipt-times', ...readRange(view, at), times };
}

function readRange(view: DataView, at: number) {
  return {
    ssrc: view.getUint32(at + SSRC),
    thinning: view.getUint8(at + THINNING) & 0x0f,
    beginSequence: view.getUint16(at + BEGIN),
    endSequence: view.getUint16(at + END),
  };
}

/** With thinning T only numbers that are multiples of 2^T are told of. */
function packetsIn(begin: number, end: number, thinning: number): number {
  const beyond = begin + ((end - begin) & 0xffff);
  return Math.ceil(beyond / 2 ** thinning) - Math.ceil(begin / 2 ** thinning);
}

function countOnes(bits: number): number {
  let ones = 0;
  for (let rest = bits; rest > 0; rest >>= 1) ones += rest & 1;
  return ones;
}
