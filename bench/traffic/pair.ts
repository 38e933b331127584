import { compactNtp, compound, type NtpTime, ntpTime } from './rtcp.ts';

/** Link type of records that begin with the IP header. */
export const RAW_IP = 101;

const EPOCH_MICROS = 1_768_467_600e6;
const IP_AND_UDP = 28;
const PACKETS_PER_SECOND = 12;
const CLOCK = 8000;

/** A raw IP record, valid until the pair makes its next one. */
export type Told = (octets: Uint8Array, view: DataView, micros: number) => void;

type End = { readonly ssrc: number; readonly port: number; packets: number; last: NtpTime | undefined; lastAt: number };

/** Two hosts that send each other one stream of plain audio, without a fault, and its RTCP on the next port. */
export class Pair {
  readonly #ends: readonly [End, End];
  readonly #rtp = new Uint8Array(IP_AND_UDP + 12 + 20);

  constructor(number: number) {
    const port = 10_000 + 4 * (number % 10_000);
    const end = (side: number): End => ({
      ...{ ssrc: 1 + 2 * number + side, port: port + 2 * side },
      ...{ packets: 0, last: undefined, lastAt: 0 },
    });
    this.#ends = [end(0), end(1)];
  }

  /** The packets of both ends in a second. */
  packets(second: number, tell: Told): void {
    for (let index = 0; index < PACKETS_PER_SECOND; index += 1) {
      for (const side of [0, 1] as const) {
        const end = this.#ends[side];
        const number = second * PACKETS_PER_SECOND + index;
        const view = this.#addressed(this.#rtp, side, 0);
        view.setUint16(IP_AND_UDP, 0x8000);
        view.setUint16(IP_AND_UDP + 2, number & 0xffff);
        view.setUint32(IP_AND_UDP + 4, (number * CLOCK) / PACKETS_PER_SECOND);
        view.setUint32(IP_AND_UDP + 8, end.ssrc);
        end.packets += 1;
        tell(this.#rtp, view, Math.round(EPOCH_MICROS + (second + index / PACKETS_PER_SECOND) * 1e6));
      }
    }
  }

  /** A sender report of each end, the second one a little later, each about what the other sends. */
  reports(second: number, tell: Told): void {
    for (const side of [0, 1] as const) {
      const end = this.#ends[side];
      const far = this.#ends[side === 0 ? 1 : 0];
      const micros = Math.round(EPOCH_MICROS + (second + 0.95 + 0.03 * side) * 1e6);
      const block = {
        ...{ ssrc: far.ssrc, fractionLost: 0, cumulativeLost: 0, highestSequence: (far.packets - 1) & 0xffff },
        ...{ jitter: 8, lastSenderReport: far.last === undefined ? 0 : compactNtp(far.last) },
        delaySinceLastSenderReport:
          far.last === undefined ? 0 : Math.round(((micros - far.lastAt) / 1e6 - 0.02) * 65_536),
      };
      end.last = ntpTime(micros);
      end.lastAt = micros;
      const counts = { rtpTimestamp: 0, packets: end.packets, octets: 20 * end.packets };
      const report = compound({ ssrc: end.ssrc, ntp: end.last, ...counts, block }, `end-${end.ssrc}`, false);
      const octets = new Uint8Array(IP_AND_UDP + report.length);
      octets.set(report, IP_AND_UDP);
      tell(octets, this.#addressed(octets, side, 1), micros);
    }
  }

  /** IPv4 and UDP before a payload. `above`: ports above that of the media. */
  #addressed(octets: Uint8Array, side: 0 | 1, above: number): DataView {
    const view = new DataView(octets.buffer);
    const [from, to] = side === 0 ? this.#ends : [this.#ends[1], this.#ends[0]];
    octets.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17]);
    view.setUint16(2, octets.length);
    octets.set(side === 0 ? [10, 1, 0, 1, 10, 0, 0, 1] : [10, 0, 0, 1, 10, 1, 0, 1], 12);
    view.setUint16(20, from.port + above);
    view.setUint16(22, to.port + above);
    view.setUint16(24, octets.length - 20);
    return view;
  }
}
