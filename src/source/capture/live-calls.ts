import type { Concerned, Format, FormatHint, Path } from '../../meter/options.ts';
import type { LegKey } from '../../model/leg.ts';
import { type SipMessage, sipHeader } from '../../packet/sip.ts';
import { present } from '../../quality/present.ts';
import { deviceSides } from '../../session/device-side.ts';
import { legIdOf } from '../../session/leg-id.ts';
import type { CallSide } from '../../session/negotiation.ts';
import { type CryptoLine, sdesKeys, withoutKeys } from '../../session/sdes.ts';
import type { SdpMedia } from '../../session/sdp.ts';
import type { SipCall } from '../../session/sip-call.ts';
import { type SipEvent, textOf } from '../../session/sip-event.ts';
import { SipSignalling } from '../../session/sip-signalling.ts';
import { ExpectedMedia } from './expected-media.ts';
import type { FoundCall } from './messages.ts';
import { PastCalls } from './past-calls.ts';

/** Messages of these methods, and answers to them, change calls. */
const DIALOG = /^\s*\d+\s+(?:INVITE|UPDATE|PRACK|ACK|BYE|CANCEL)\b/i;

/** Ends of calls that are not known, kept until they are told. */
const MOST_STRAYS = 1000;

/** After its end, once that is told, a call's descriptions and keys are let go, then the call itself. Seconds. */
const FORGETS_WORDS = 5;
const FORGETS_CALL = 60;

/** What was told of a call, as text, and by what. */
type ToldCall = {
  readonly call: SipCall;
  readonly isDevice: ((address: string) => boolean) | undefined;
  readonly side: CallSide;
  readonly text: string;
  readonly isOver: boolean;
  /** Keys that its descriptions hold, until it is over. */
  readonly keys: readonly LegKey[];
};

/** A call that is over, by the id of its leg and by its Call-ID. */
export type EndedCall = Pick<FoundCall, 'mediaLegId' | 'callId'> & { readonly endedAt: number };

/** What is known of the ends of calls besides what they say. */
export type KnownEnds = {
  /** Whether an address is a device's. */
  readonly isDevice?: (address: string) => boolean;
  /** Which addresses are those of the gateway's host: asked whenever calls have changed. */
  readonly gateway?: () => (address: string) => boolean;
  /** Called with the ports of calls whose media may begin. */
  readonly expect?: (ports: readonly number[]) => void;
};

/** The calls that the wire's SIP shows. */
export class LiveCalls {
  readonly #sip = new SipSignalling();
  #isDevice: ((address: string) => boolean) | undefined;
  readonly #gateway: KnownEnds['gateway'];
  /** By the id of its leg. Which side of it is the device stays: what other calls show later must not turn a leg around. */
  #told = new Map<string, ToldCall>();
  #keys = new Map<string, readonly LegKey[]>();
  readonly #ids = new WeakMap<SipCall, string>();
  /** What comes yet of one of them is nothing new. */
  readonly #past = new PastCalls();
  /** Time of the latest message, epoch seconds. */
  #at = 0;
  /** Calls of which nothing but the end was seen. */
  #strays: FoundCall[] = [];
  #isChanged = false;

  /** `over`: called when a call that was up ends, before anything that comes later is measured. Epoch seconds. */
  constructor({ isDevice, gateway, expect }: KnownEnds, over: (call: EndedCall) => void) {
    this.#isDevice = isDevice;
    this.#gateway = gateway;
    const expected = new ExpectedMedia();
    this.#sip.onEvent = (event) => {
      const ports = expected.take(event);
      if (ports.length > 0) expect?.(ports);
    };
    this.#sip.onEnd = (call) => {
      const { callId, answeredAt, endedAt, joined } = call;
      if (endedAt !== undefined && (answeredAt !== undefined || joined))
        over({ mediaLegId: mediaLegIdOf(call), callId, endedAt });
    };
    this.#sip.onStrayBye = (bye) => {
      if (this.#past.hasDialog(bye.callId, bye.from.tag)) return;
      const stray = strayCall(bye);
      if (this.#strays.push(stray) > MOST_STRAYS) this.#strays.shift();
      over({ ...stray, endedAt: bye.at });
    };
  }

  message(message: SipMessage, path: Path & { readonly at: number }): Concerned | undefined {
    this.#at = path.at;
    if (DIALOG.test(sipHeader(message, 'cseq') ?? '')) this.#isChanged = true;
    return this.#sip.message(message, path);
  }

  /** Takes which addresses are devices' from now on; calls that were none of ours may be. */
  devices(isDevice: ((address: string) => boolean) | undefined): void {
    this.#isDevice = isDevice;
    this.#isChanged = true;
  }

  formatOf(hint: FormatHint): Format | undefined {
    if (this.#sip.heard(hint)) this.#isChanged = true;
    return this.#sip.formatOf(hint);
  }

  mediaPathOf(rtcp: Path): Path | undefined {
    return this.#sip.tellsMediaPaths ? this.#sip.mediaPathOf(rtcp) : undefined;
  }

  /** Keys that the descriptions of a call hold, by the id of its leg or by its Call-ID. In memory only. */
  keysOf(name: string): readonly LegKey[] {
    return this.#keys.get(name) ?? [];
  }

  /** Calls that were answered, changed or ended since this was asked last. `now` in epoch seconds. */
  news(now = this.#at): readonly FoundCall[] {
    const news = this.#isChanged ? this.#changed() : [];
    this.#isChanged ||= this.#sip.forgetEnded(now - FORGETS_WORDS, now - FORGETS_CALL);
    return news;
  }

  #changed(): readonly FoundCall[] {
    this.#isChanged = false;
    const news: FoundCall[] = this.#strays.splice(0);
    const told = new Map<string, ToldCall>();
    const keys = new Map<string, readonly LegKey[]>();
    const calls = this.#sip.calls();
    this.#leave(new Set(calls.map((call) => this.#idOf(call))));
    const isGateway = this.#gateway?.();
    const guessed = deviceSides(calls, { isDevice: this.#isDevice, isGateway, past: this.#past.addresses() });
    for (const call of calls) {
      const mediaLegId = this.#idOf(call);
      const before = this.#told.get(mediaLegId);
      const side = before?.side ?? guessed.get(call);
      if (side === undefined || this.#past.has(call)) continue;
      const [known, found] = this.#isSame(before, call) ? [before] : this.#tellable(mediaLegId, call, side);
      if (known === undefined) continue;
      if (found !== undefined && known.text !== before?.text) news.push(found);
      told.set(mediaLegId, known);
      if (!known.isOver) for (const name of [mediaLegId, call.callId]) keys.set(name, known.keys);
    }
    this.#told = told;
    this.#keys = keys;
    return news;
  }

  /** What is over and told has nothing more to say: its descriptions are forgotten. */
  #isSame(before: ToldCall | undefined, call: SipCall): before is ToldCall {
    if (before === undefined) return false;
    if (before.isOver && call.endedAt !== undefined && call.agreements.length === 0) return true;
    return before.call === call && before.isDevice === this.#isDevice;
  }

  #tellable(mediaLegId: string, call: SipCall, side: CallSide): readonly [ToldCall, FoundCall] | readonly [] {
    const isDevice = this.#isDevice;
    const found = foundCall(mediaLegId, call, side, isDevice);
    if (found === undefined) return [];
    const isOver = found.endedAt !== undefined;
    // The call with its descriptions is held as long as it is up.
    const own = isOver ? { ...call, agreements: [] } : call;
    const keys = isOver ? [] : keysIn(call, side);
    return [{ call: own, isDevice, side, text: JSON.stringify(found), isOver, keys }, found];
  }

  #idOf(call: SipCall): string {
    const known = this.#ids.get(call) ?? mediaLegIdOf(call);
    this.#ids.set(call, known);
    return known;
  }

  /** Calls that are told to be over and are not known any more. */
  #leave(present: ReadonlySet<string>): void {
    for (const [mediaLegId, { call, isOver }] of this.#told)
      if (isOver && !present.has(mediaLegId)) this.#past.add(call);
  }
}

function foundCall(
  mediaLegId: string,
  call: SipCall,
  device: CallSide,
  isDevice: ((address: string) => boolean) | undefined,
): FoundCall | undefined {
  const answeredAt = call.answeredAt ?? (call.joined ? call.startedAt : undefined);
  if (answeredAt === undefined || call.oneSided) return undefined;
  const { local, remote } = sidesOf(call, device);
  const party = call.parties[device];
  const media = remote?.find(({ endpoint }) => endpoint !== undefined)?.endpoint?.address;
  const [near, far] = [local, remote].map((side) => (side === undefined ? undefined : textOf(side)));
  return present<FoundCall>({
    mediaLegId,
    callId: call.callId,
    ...(call.joined ? { joined: true } : {}),
    answeredAt,
    endedAt: call.endedAt,
    at: Math.max(answeredAt, call.agreements.at(-1)?.at ?? answeredAt),
    // Behind a proxy the signalling comes from there, and the media may still come from the device.
    deviceAddress: media !== undefined && isDevice?.(media) === true ? media : party.endpoint.address,
    deviceUri: party.uri,
    deviceName: party.agent,
    sdp: {
      ...(near === undefined ? {} : { local: withoutKeys(near) }),
      ...(far === undefined ? {} : { remote: withoutKeys(far) }),
    },
  });
}

/** The agent may know its leg from before it was started, by the Call-ID. */
const strayCall = ({ callId, from, to, at, source }: SipEvent): FoundCall => ({
  mediaLegId: legIdOf(callId, from.tag ?? '', to.tag ?? ''),
  callId,
  joined: true,
  answeredAt: at,
  endedAt: at,
  at,
  deviceAddress: source.address,
  sdp: {},
});

const mediaLegIdOf = ({ callId, parties: { caller, callee } }: SipCall): string =>
  legIdOf(callId, caller.tag ?? '', callee.tag ?? '');

type Sides = { readonly local?: readonly SdpMedia[]; readonly remote?: readonly SdpMedia[] };

/** What gateway and device said last. */
function sidesOf(call: SipCall, device: CallSide): Sides {
  const { caller, callee } = call.agreements.at(-1) ?? {};
  const [remote, local] = device === 'caller' ? [caller, callee] : [callee, caller];
  return { ...(local && { local }), ...(remote && { remote }) };
}

const keysIn = (call: SipCall, device: CallSide): readonly LegKey[] => {
  const { local = [], remote = [] } = sidesOf(call, device);
  return sdesKeys(cryptoOf(local), cryptoOf(remote));
};

const cryptoOf = (side: readonly SdpMedia[]): readonly CryptoLine[] => side.flatMap(({ crypto = [] }) => crypto);
