const NTP_UNIX_OFFSET = 2_208_988_800;

/** A 64-bit NTP time in its two halves. */
export type NtpTime = { readonly seconds: number; readonly fraction: number };

export type SenderReport = {
  readonly ssrc: number;
  readonly ntp: NtpTime;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
  readonly block?: ReportBlock;
};

/** What a receiver says of one SSRC, in the units of RFC 3550, 6.4.1. */
export type ReportBlock = {
  readonly ssrc: number;
  readonly fractionLost: number;
  readonly cumulativeLost: number;
  readonly highestSequence: number;
  readonly jitter: number;
  readonly lastSenderReport: number;
  readonly delaySinceLastSenderReport: number;
};

/** `micros` since the Unix epoch. */
export function ntpTime(micros: number): NtpTime {
  const seconds = Math.floor(micros / 1e6);
  const fraction = Math.floor(((micros - seconds * 1e6) / 1e6) * 2 ** 32);
  return { seconds: seconds + NTP_UNIX_OFFSET, fraction };
}

/** The middle 32 bits: what a report block calls LSR. */
export function compactNtp({ seconds, fraction }: NtpTime): number {
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
}

/** A compound of sender report, SDES with a CNAME and, at the end, BYE (RFC 3550, 6.1). */
export function compound(report: SenderReport, cname: string, bye: boolean): Uint8Array {
  const { ssrc, ntp, block } = report;
  const count = block === undefined ? 0 : 1;
  const words = [
    ...header(count, 200, 6 + count * 6),
    ...[ssrc, ntp.seconds, ntp.fraction, report.rtpTimestamp, report.packets, report.octets].flatMap(long),
    ...(block === undefined ? [] : blockOctets(block)),
    ...describe(ssrc, cname),
    ...(bye ? [...header(1, 203, 1), ...long(ssrc)] : []),
  ];
  return Uint8Array.from(words);
}

function blockOctets(block: ReportBlock): readonly number[] {
  const lost = (block.fractionLost << 24) | (block.cumulativeLost & 0xff_ffff);
  return [
    ...[block.ssrc, lost, block.highestSequence, block.jitter].flatMap(long),
    ...[block.lastSenderReport, block.delaySinceLastSenderReport].flatMap(long),
  ];
}

/** The list of items ends with at least one zero octet and on a boundary of four (RFC 3550, 6.5). */
function describe(ssrc: number, cname: string): readonly number[] {
  const text = [...Buffer.from(cname)];
  const item = [1, text.length, ...text, 0];
  const padded = [...item, ...Array.from({ length: (4 - (item.length % 4)) % 4 }, () => 0)];
  return [...header(1, 202, 1 + padded.length / 4), ...long(ssrc), ...padded];
}

/** `length`: words behind the header. */
const header = (count: number, type: number, length: number): readonly number[] => [
  ...[0x80 | count, type],
  ...[length >> 8, length & 255],
];

const long = (value: number): readonly number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
