import { addressText } from '../packet/address.ts';
import { DESTINATION, FIRST_AT, FLAGS, IPV6, PORTS, SOURCE, SSRC, WORDS } from '../quality/packet-layout.ts';
import type { PacketPath, PacketTable } from '../quality/packet-table.ts';
import { double, int } from '../quality/packet-words.ts';
import type { Path } from './options.ts';

/** A path as text. */
export function pathOf({ source, destination, sourcePort, destinationPort, addressFamily }: PacketPath): Path {
  return {
    source: { address: addressText(source, addressFamily), port: sourcePort },
    destination: { address: addressText(destination, addressFamily), port: destinationPort },
  };
}

/** The path of a stream, as packets have it. */
export function packetPathOfRecord({ words }: PacketTable, stream: number): PacketPath {
  const w = stream * WORDS;
  const ports = int(words, w + PORTS);
  return {
    source: words.subarray(w + SOURCE, w + SOURCE + 4),
    destination: words.subarray(w + DESTINATION, w + DESTINATION + 4),
    sourcePort: ports >>> 16,
    destinationPort: ports & 0xffff,
    addressFamily: (int(words, w + FLAGS) & IPV6) === 0 ? 4 : 6,
  };
}

/** The path of a stream as text. */
export function pathOfRecord(table: PacketTable, stream: number): Path {
  return pathOf(packetPathOfRecord(table, stream));
}

/** Name of a stream: its path, its SSRC and when it began, so that it is another one if it begins again. */
export function streamIdOf(table: PacketTable, stream: number): string {
  const w = stream * WORDS;
  const { source, destination } = pathOfRecord(table, stream);
  const ssrc = (int(table.words, w + SSRC) >>> 0).toString(16).padStart(8, '0');
  const path = `${source.address}/${source.port}-${destination.address}/${destination.port}`;
  return `${path}-${ssrc}-${Math.round(double(table.doubles, w + FIRST_AT))}`;
}
