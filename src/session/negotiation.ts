import type { SdpMedia } from './sdp.ts';

/** The two ends of a call: who sent the first INVITE, and who answered. */
export type CallSide = 'caller' | 'callee';

/** What both ends of a call say of its media. */
export type Descriptions = { readonly [Side in CallSide]?: readonly SdpMedia[] };

/** Both descriptions as they stood from `at` on (seconds since the epoch). */
export type Agreement = { readonly at: number } & Descriptions;

/** One message as offer and answer see it. */
export type Negotiated = {
  readonly at: number;
  readonly side: CallSide;
  readonly method: string;
  readonly sequence: number;
  readonly status?: number;
  readonly sdp?: readonly SdpMedia[];
};

type Offer = {
  readonly side: CallSide;
  readonly method: string;
  /** Which transaction it came in: `INVITE/1`. */
  readonly key: string;
  readonly sdp: readonly SdpMedia[];
  /** A provisional response has answered it; the final one may do so again. */
  readonly answered: boolean;
};

/** Offer and answer (RFC 3264) within one dialog, early or confirmed. */
export type Negotiation = {
  pending: Offer | undefined;
  /** The latest transactions that are over: what they repeat says nothing new. */
  settled: readonly string[];
  agreements: readonly Agreement[];
};

/** A dialog renegotiates seldom; more is an attack, and the latest state is what counts. */
const LIMITS = { agreements: 32, settled: 8 };

/** A dialog in which nothing has been said. */
export const newNegotiation = (): Negotiation => ({ pending: undefined, settled: [], agreements: [] });

/** The same state for another fork of the INVITE (RFC 3261, 13.2.2.4): each fork answers the one offer. */
export const forkOf = (negotiation: Negotiation): Negotiation => ({ ...negotiation });

/** Takes a message of the dialog. The rules are those of RFC 3261, 13.2.1 with RFC 3262, 5 (PRACK) and RFC 3311 (UPDATE). */
export function negotiate(state: Negotiation, message: Negotiated): void {
  const key = `${message.method}/${message.sequence}`;
  if (message.status === undefined) request(state, message, key);
  else if (message.status >= 300) refused(state, key);
  else response(state, message, key);
}

const mayOffer = new Set(['INVITE', 'UPDATE', 'PRACK']);

function request(state: Negotiation, message: Negotiated, key: string): void {
  const { side, method, sdp } = message;
  if (sdp === undefined) return;
  const { pending } = state;
  const awaited = pending !== undefined && pending.side !== side && !pending.answered;
  if (awaited && (method === 'ACK' || method === 'PRACK')) {
    agree(state, pending, message.at, sdp);
    settle(state, pending.key);
    return;
  }
  if (!mayOffer.has(method) || pending?.key === key || state.settled.includes(key)) return;
  if (pending !== undefined) settle(state, pending.key);
  state.pending = { side, method, key, sdp, answered: false };
}

function response(state: Negotiation, message: Negotiated, key: string): void {
  const { side, method, sdp, status = 0 } = message;
  const { pending } = state;
  if (pending?.key === key && pending.side !== side) {
    if (sdp !== undefined) {
      agree(state, pending, message.at, sdp);
      state.pending = { ...pending, answered: true };
    }
    if (status >= 200) settle(state, key);
    return;
  }
  // An INVITE without a description asks the other side to offer (RFC 3261, 13.2.1); PRACK or ACK answers.
  if (sdp === undefined || method !== 'INVITE' || state.settled.includes(key)) return;
  if (pending === undefined || pending.key === key) state.pending = { side, method, key, sdp, answered: false };
}

/** A refused offer leaves everything as it was (RFC 3261, 14.1). */
function refused(state: Negotiation, key: string): void {
  if (state.pending?.key === key) settle(state, key);
}

function settle(state: Negotiation, key: string): void {
  if (state.pending?.key === key) state.pending = undefined;
  state.settled = [key, ...state.settled.filter((one) => one !== key)].slice(0, LIMITS.settled);
}

function agree(state: Negotiation, offer: Offer, at: number, answer: readonly SdpMedia[]): void {
  const agreed: Descriptions =
    offer.side === 'caller' ? { caller: offer.sdp, callee: answer } : { caller: answer, callee: offer.sdp };
  const last = state.agreements.at(-1);
  // The final answer replaces the provisional one, and holds from when that came.
  const earlier = offer.answered ? state.agreements.slice(0, -1) : state.agreements;
  const from = offer.answered ? (last?.at ?? at) : at;
  // Session timers (RFC 4028) repeat what holds already.
  if (!offer.answered && last !== undefined && isSame(last, agreed)) return;
  state.agreements = [...earlier, { at: from, ...agreed }].slice(-LIMITS.agreements);
}

const isSame = (a: Descriptions, b: Descriptions): boolean =>
  JSON.stringify([a.caller, a.callee]) === JSON.stringify([b.caller, b.callee]);
