import type { Endpoint } from '../../model/channel.ts';
import type { Claim, Claimant } from './live-claims.ts';
import { type Candidate, type Match, RANK } from './live-match.ts';

/** More than the legs of an hour have. */
const MOST = 16_384;

/**
 * The gateway's sockets of legs that are over. Their packets may run on, and the device's other leg, the only one that is
 * left, has no better claim to them than before.
 */
export class LeftSockets {
  /** Since when, epoch seconds; the oldest first. */
  readonly #since = new Map<string, number>();

  /** The leg that had this claim ends at `at`, epoch seconds. */
  add(claim: Match, stream: Candidate, at: number): void {
    if (claim.rank < RANK.localPort - HALF) return;
    const key = gatewaySocket(claim, stream);
    this.#since.delete(key);
    this.#since.set(key, at);
    if (this.#since.size <= MOST) return;
    const [oldest] = this.#since.keys();
    if (oldest !== undefined) this.#since.delete(oldest);
  }

  /** Whether a claim rests on no more than the device's address or a port's number, and its leg is older than this end. */
  isOver(claim: Claim<Claimant>, stream: Candidate): boolean {
    if (claim.rank > RANK.localPortAndRemoteAddress) return false;
    const at = this.#since.get(gatewaySocket(claim, stream));
    return at !== undefined && claim.leg.startedAt < at;
  }
}

/** What was told before counts so much less. */
const HALF = 0.5;

const gatewaySocket = ({ direction }: Match, { source, destination }: Candidate): string =>
  textOf(direction === 'inbound' ? destination : source);

const textOf = ({ address, port }: Endpoint): string => `${address}|${port}`;
