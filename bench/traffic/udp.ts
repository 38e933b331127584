import type { CaptureWriter } from './capture-writer.ts';
import type { Endpoint } from './endpoint.ts';
import { type FrameOptions, folded, frameHeader, sumOf } from './frame.ts';

/** One whole datagram into the capture: signalling and RTCP, which no snap length cuts. */
export function writeDatagram(
  capture: CaptureWriter,
  micros: number,
  from: Endpoint,
  to: Endpoint,
  payload: Uint8Array,
  options: FrameOptions,
): void {
  const { octets, checksumAt, sum } = frameHeader(from, to, payload.length, options);
  const length = octets.length + payload.length;
  const checksum = folded(sum + sumOf(payload)) || 0xffff;
  capture.begin(micros, length, length);
  capture.octets.set(octets, capture.at);
  capture.octets.set(payload, capture.at + octets.length);
  capture.octets[capture.at + checksumAt] = checksum >> 8;
  capture.octets[capture.at + checksumAt + 1] = checksum & 255;
}
