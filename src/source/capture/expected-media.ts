import type { SdpMedia } from '../../session/sdp.ts';
import type { SipEvent } from '../../session/sip-event.ts';

/** Offers that wait for an answer; of more, the oldest are forgotten. */
const MOST_OFFERS = 1000;

/**
 * The ports of calls that ring or are answered, as soon as the called side takes part: their capture can be open when media
 * begin. An INVITE alone opens nothing, for any stranger can send one.
 */
export class ExpectedMedia {
  /** By Call-ID: ports of the latest offer, oldest first. */
  readonly #offers = new Map<string, readonly number[]>();

  /** Takes a message; answers ports of media that may begin. */
  take({ method, status, callId, sdp = [] }: SipEvent): readonly number[] {
    if (method !== 'INVITE') return [];
    const ports = portsOf(sdp);
    if (status === undefined) {
      this.#offers.delete(callId);
      if (ports.length > 0) this.#offers.set(callId, ports);
      for (const oldest of this.#offers.keys()) {
        if (this.#offers.size <= MOST_OFFERS) break;
        this.#offers.delete(oldest);
      }
      return [];
    }
    const offered = this.#offers.get(callId) ?? [];
    if (status >= 200) this.#offers.delete(callId);
    return status > 100 && status < 300 ? [...new Set([...offered, ...ports])] : [];
  }
}

const portsOf = (lines: readonly SdpMedia[]): readonly number[] =>
  lines
    .filter(({ rejected }) => !rejected)
    .flatMap(({ endpoint, rtcp, candidates = [] }) => [endpoint, rtcp, ...candidates])
    .flatMap((one) => (one === undefined ? [] : [one.port]));
