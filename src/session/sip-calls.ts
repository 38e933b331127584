import type { Endpoint } from '../model/channel.ts';
import { weightOf } from './described-weight.ts';
import type { Said } from './media-map.ts';
import { agreedOf, callOf, follow, forget, type LiveCall, newCall, type SipCall, writerOf } from './sip-call.ts';
import type { SipEvent } from './sip-event.ts';

/** Calls kept at once and the weight of all their descriptions, about 100 MB at worst; beyond it the oldest call goes that is no longer up, or was not yet. */
const LIMITS = { calls: 5000, weight: 1_000_000, turns: 256 };

/** A call as it was when it was asked for, and its media; `isBare`: what it said is forgotten. */
type Known = { readonly call: SipCall; readonly media: string; readonly hasMedia: boolean; readonly isBare: boolean };

/** All SIP calls of a capture. A call that is seen on several hops of proxies is several calls here until `calls` sorts them out. */
export class SipCalls {
  readonly #live = new Map<string, LiveCall>();
  /** Until something of the call changes. */
  readonly #known = new WeakMap<LiveCall, Known>();
  /** Called with a call that ends here: its BYE, or who rings or refuses gives up. */
  onEnd: (call: SipCall) => void = () => {};
  /** Called with a BYE of no call that is known here. */
  onStrayBye: (event: SipEvent) => void = () => {};
  /** Called with a call that is answered, ends, or agrees on other media, and with the time of the message. */
  onTurn: (call: LiveCall, at: number) => void = () => {};
  #forgotten = 0;
  #weight = 0;

  /** Calls that were pushed out by the bound. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Takes a message; answers what it says of the media of its call, undefined where it says nothing new. */
  take(event: SipEvent): Said | undefined {
    const key = hopKey(event);
    let call = this.#live.get(key);
    if (call !== undefined && startsAnother(call, event)) {
      // The same Call-ID once more after the first call was over: both are calls.
      this.#live.delete(key);
      this.#live.set(`${key} ${call.sequence}`, call);
      call = undefined;
    }
    if (call === undefined) {
      if (event.method === 'BYE' && event.status === undefined) this.onStrayBye(event);
      if (!begins(event)) return undefined;
      call = newCall(event);
      this.#live.set(key, call);
    }
    const side = writerOf(call, event);
    const before = call.heard[side];
    const wasOver = call.endedAt !== undefined;
    const { answeredAt, endedAt } = call;
    const agreed = agreedOf(call);
    follow(call, event);
    const isAnswered = call.answeredAt !== answeredAt;
    const isOther = agreedOf(call) !== agreed;
    const wasUp = answeredAt !== undefined || call.joined;
    if (isOther && wasUp && call.turns.length < LIMITS.turns) call.turns.push(event.at);
    if (isAnswered || call.endedAt !== endedAt || isOther) this.onTurn(call, event.at);
    if (call.endedAt === undefined || this.#known.get(call)?.isBare !== true) this.#known.delete(call);
    if (!wasOver && call.endedAt !== undefined) this.onEnd(callOf(call));
    const own = event.sdp;
    // Retransmissions are frequent, and so are captures that have every packet twice.
    const isNew = own !== undefined && JSON.stringify(own) !== JSON.stringify(before);
    this.#weigh(call, isNew ? weightOf(own) : 0);
    if (!isNew) return undefined;
    return { side, own, ...(before && { before }), dialog: call };
  }

  /** Every call, by time of its begin; one that several hops show alike is listed once. One that did not change is the same object. */
  calls(): readonly SipCall[] {
    const all = [...this.#live.values()]
      .map((call) => this.#knownOf(call))
      .toSorted((a, b) => a.call.startedAt - b.call.startedAt);
    const known = new Map<string, SipCall>();
    return all.flatMap(({ call, media }) => {
      const same = known.get(media);
      // The same Call-ID and media again once that call was over: that is another call, and no other hop of it.
      if (same !== undefined && (same.endedAt === undefined || same.endedAt >= call.startedAt)) return [];
      known.set(media, call);
      return [call];
    });
  }

  /** Live use: calls that ended before `ended` forget what they said, those before `past` are forgotten; whether any was. Epoch seconds. */
  forgetEnded(ended: number, past: number, forgets: (call: LiveCall) => void): boolean {
    const before = this.#live.size;
    for (const [key, call] of this.#live) {
      const { endedAt = Number.POSITIVE_INFINITY } = call;
      const known = endedAt < ended ? this.#knownOf(call) : undefined;
      if (known !== undefined && !known.isBare) {
        forgets(call);
        forget(call);
        this.#weight -= call.weight;
        call.weight = 0;
        this.#known.set(call, { ...known, call: { ...known.call, agreements: [] }, isBare: true });
      }
      if (endedAt < past) this.#live.delete(key);
    }
    return this.#live.size < before;
  }

  #knownOf(live: LiveCall): Known {
    const before = this.#known.get(live);
    if (before !== undefined && (before.isBare || before.hasMedia === live.hasMedia)) return before;
    const call = callOf(live);
    const known = { call, media: `${call.callId} ${mediaKey(call)}`, hasMedia: live.hasMedia, isBare: false };
    this.#known.set(live, known);
    return known;
  }

  #weigh(call: LiveCall, more: number): void {
    call.weight += more;
    this.#weight += more;
    while (this.#live.size > LIMITS.calls || (this.#weight > LIMITS.weight && this.#live.size > 1)) this.#forget(call);
  }

  /** Any stranger can send INVITEs: what they begin must not push out who talks. */
  #forget(latest: LiveCall): void {
    let found: readonly [string, LiveCall] | undefined;
    for (const entry of this.#live) {
      const [, call] = entry;
      if (call === latest) continue;
      found ??= entry;
      if (call.endedAt === undefined && (call.answeredAt !== undefined || call.joined)) continue;
      found = entry;
      break;
    }
    if (found === undefined) return;
    const [key, oldest] = found;
    this.#live.delete(key);
    this.#weight -= oldest.weight;
    this.#forgotten += 1;
    forget(oldest);
  }
}

/** Proxies keep the Call-ID and may rewrite the descriptions: each pair of addresses is told apart. */
function hopKey({ callId, source, destination }: SipEvent): string {
  const [a, b] = [source.address, destination.address].toSorted();
  return JSON.stringify([callId, a, b]);
}

/** An INVITE begins a call, and so does any talk of media in one whose begin was not captured. */
function begins({ method, status, sdp, to }: SipEvent): boolean {
  if (method !== 'INVITE' && method !== 'UPDATE') return false;
  if (status === undefined) return method === 'INVITE' ? to.tag === undefined || sdp !== undefined : sdp !== undefined;
  return status > 100 && status < 300 && sdp !== undefined;
}

const startsAnother = (call: LiveCall, { method, status, to, from, sequence }: SipEvent): boolean =>
  method === 'INVITE' &&
  status === undefined &&
  to.tag === undefined &&
  (call.answeredAt !== undefined || call.isMidway) &&
  (from.tag !== call.parties.caller.tag || sequence > call.sequence);

/** What a call's media are: the sockets that its descriptions name. */
function mediaKey(call: SipCall): string {
  const sockets = call.agreements.flatMap(({ caller, callee }) =>
    [caller, callee].map((side) => (side ?? []).map(({ endpoint }) => endpoint && socket(endpoint))),
  );
  return JSON.stringify(sockets);
}

const socket = ({ address, port }: Endpoint): string => `${address}:${port}`;
