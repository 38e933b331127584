import { findOption } from './pcapng-option.ts';

/** What the packets of one interface are to be read by. */
export type PcapngInterface = {
  /** Counted over all sections of the file. */
  readonly id: number;
  readonly linkType: number;
  /** Octets kept of a packet; `Infinity` where the block says 0 = all. */
  readonly snapLength: number;
  /** A time stamp is `high · microsPerHigh + low · microsPerUnit + offsetMicros`, microseconds since the epoch. */
  readonly microsPerUnit: number;
  readonly microsPerHigh: number;
  readonly offsetMicros: number;
  /** Packets lost on it that have been told. */
  dropped: number;
};

/** Body of an interface description block, from the block's begin. */
const LINK_TYPE = 8;
const SNAP_LENGTH = 12;
const OPTIONS = 16;

const TIME_RESOLUTION_OPTION = 9;
const TIME_OFFSET_OPTION = 14;

/** Reads the block at `[at, end)` (end = its trailing length). One too short for its fields describes Ethernet. */
export function newInterface(
  view: DataView,
  at: number,
  end: number,
  littleEndian: boolean,
  id: number,
): PcapngInterface {
  const whole = end - at >= OPTIONS;
  const resolution = findOption(view, at + OPTIONS, end, littleEndian, TIME_RESOLUTION_OPTION, 1);
  const offset = findOption(view, at + OPTIONS, end, littleEndian, TIME_OFFSET_OPTION, 8);
  const microsPerUnit = resolution < 0 ? 1 : microsOf(view.getUint8(resolution));
  return {
    id,
    linkType: whole ? view.getUint16(at + LINK_TYPE, littleEndian) : 1,
    snapLength: (whole && view.getUint32(at + SNAP_LENGTH, littleEndian)) || Number.POSITIVE_INFINITY,
    microsPerUnit,
    microsPerHigh: microsPerUnit * 2 ** 32,
    offsetMicros: offset < 0 ? 0 : Number(view.getBigInt64(offset, littleEndian)) * 1e6,
    dropped: 0,
  };
}

/** if_tsresol: the unit is 10^-n s, or 2^-n s with the topmost bit set. */
function microsOf(resolution: number): number {
  const exponent = resolution & 0x7f;
  return resolution & 0x80 ? 1e6 / 2 ** exponent : 1e6 / 10 ** exponent;
}
