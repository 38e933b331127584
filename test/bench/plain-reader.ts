import { readFileSync } from 'node:fs';

/** One UDP datagram of a capture, as far as it was captured. */
export type Datagram = {
  readonly micros: number;
  /** Source and destination as hexadecimal addresses and decimal ports. */
  readonly flow: string;
  readonly from: string;
  readonly to: string;
  readonly vlan: number | undefined;
  readonly payload: Buffer;
  /** Sum of the pseudo header and the datagram: 0xffff when the checksum is right, undefined when the packet was cut. */
  readonly sum: number | undefined;
};

type Record = { readonly micros: number; readonly octets: Buffer; readonly original: number };

/** Every record of a little-endian microsecond capture. The simplest reading there is, to judge faster ones by. */
export function readRecords(path: string): readonly Record[] {
  const file = readFileSync(path);
  return file.readUInt32LE(0) === 0x0a0d0d0a ? readBlocks(file) : readClassic(file);
}

function readClassic(file: Buffer): readonly Record[] {
  const records: Record[] = [];
  for (let at = 24; at < file.length; ) {
    const [seconds, micros, captured, original] = [0, 4, 8, 12].map((offset) => file.readUInt32LE(at + offset)) as Four;
    records.push({
      micros: seconds * 1e6 + micros,
      octets: file.subarray(at + 16, at + 16 + captured),
      original,
    });
    at += 16 + captured;
  }
  return records;
}

type Four = [number, number, number, number];

function readBlocks(file: Buffer): readonly Record[] {
  const records: Record[] = [];
  for (let at = 0; at < file.length; at += file.readUInt32LE(at + 4)) {
    if (file.readUInt32LE(at) !== 6) continue;
    const captured = file.readUInt32LE(at + 20);
    const octets = file.subarray(at + 28, at + 28 + captured);
    const micros = file.readUInt32LE(at + 12) * 2 ** 32 + file.readUInt32LE(at + 16);
    records.push({ micros, octets, original: file.readUInt32LE(at + 24) });
  }
  return records;
}

export function datagramOf({ micros, octets, original }: Record): Datagram {
  const tagged = octets.readUInt16BE(12) === 0x8100;
  const ip = octets.subarray(tagged ? 18 : 14);
  const six = octets.readUInt16BE(tagged ? 16 : 12) === 0x86dd;
  const addresses = six ? ip.subarray(8, 40) : ip.subarray(12, 20);
  const half = addresses.length / 2;
  const udp = ip.subarray(six ? 40 : 20);
  const from = `${addresses.toString('hex', 0, half)}:${udp.readUInt16BE(0)}`;
  const to = `${addresses.toString('hex', half)}:${udp.readUInt16BE(2)}`;
  return {
    ...{ micros, from, to, flow: `${from} > ${to}` },
    vlan: tagged ? octets.readUInt16BE(14) : undefined,
    payload: udp.subarray(8),
    sum: octets.length < original ? undefined : onesSum([...addresses, 0, 17, ...udp.subarray(4, 6), ...udp]),
  };
}

/** The sum in ones' complement arithmetic of RFC 1071. */
function onesSum(octets: readonly number[]): number {
  let sum = 0;
  for (const [at, octet] of octets.entries()) {
    sum += at % 2 === 0 ? octet * 256 : octet;
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}
