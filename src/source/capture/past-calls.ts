import { addressesOf } from '../../session/device-side.ts';
import type { SipCall } from '../../session/sip-call.ts';

/** Calls that are kept; beyond it the first goes. */
const MOST = 5000;

/** Calls that are over for long: of each its Call-ID and tags, and between which addresses it was signalled. */
export class PastCalls {
  /** By Call-ID and caller's tag. */
  readonly #calls = new Map<string, { readonly calleeTag: string; readonly addresses: readonly string[] }>();
  /** By Call-ID and callee's tag. */
  readonly #callees = new Set<string>();

  add(call: SipCall): void {
    const { caller, callee } = call.parties;
    const { tag: calleeTag = '' } = callee;
    this.#calls.set(keyOf(call.callId, caller.tag), { calleeTag, addresses: addressesOf(call) });
    this.#callees.add(keyOf(call.callId, calleeTag));
    if (this.#calls.size <= MOST) return;
    for (const [key, oldest] of this.#calls) {
      this.#calls.delete(key);
      this.#callees.delete(keyOf(callIdOf(key), oldest.calleeTag));
      break;
    }
  }

  /** Whether it is one of them, or what is joined of one: of that either end may seem to be the caller. */
  has({ callId, joined, parties: { caller, callee } }: SipCall): boolean {
    if (joined) return this.hasDialog(callId, caller.tag);
    return this.#calls.get(keyOf(callId, caller.tag))?.calleeTag === (callee.tag ?? '');
  }

  /** Whether an end of one of them has this tag. */
  hasDialog(callId: string, tag: string | undefined): boolean {
    const key = keyOf(callId, tag);
    return this.#calls.has(key) || this.#callees.has(key);
  }

  /** Addresses that each of them was signalled between. */
  *addresses(): Iterable<readonly string[]> {
    for (const { addresses } of this.#calls.values()) yield addresses;
  }
}

/** Tags have no white space (RFC 3261, 25.1). */
const keyOf = (callId: string, tag = ''): string => `${tag} ${callId}`;

const callIdOf = (key: string): string => key.slice(key.indexOf(' ') + 1);
