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
import type { FoundCall } from './messages.ts';

/** Messages of these methods, and answers to them, change calls. */
const DIALOG = /^\s*\d+\s+(?:INVITE|UPDATE|PRACK|ACK|BYE|CANCEL)\b/i;

/** Ends of calls that are not known, kept until they are told. */
const MOST_STRAYS = 1000;

/** A call that is over, by the id of its leg and by its Call-ID. */
export type EndedCall = Pick<FoundCall, 'mediaLegId' | 'callId'> & { readonly endedAt: number };

/** The calls that the wire's SIP shows. */
export class LiveCalls {
  readonly #sip = new SipSignalling();
  readonly #isDevice: ((address: string) => boolean) | undefined;
  /** What was told of each call, as text. */
  #told = new Map<string, string>();
  #keys = new Map<string, readonly LegKey[]>();
  /** Which side of each call is the device: what other calls show later must not turn a leg around. */
  #sides = new Map<string, CallSide>();
  /** Calls of which nothing but the end was seen. */
  #strays: FoundCall[] = [];
  #isChanged = false;

  /** `over`: called when a call that was up ends, before anything that comes later is measured. Epoch seconds. */
  constructor(isDevice: ((address: string) => boolean) | undefined, over: (call: EndedCall) => void) {
    this.#isDevice = isDevice;
    this.#sip.onEnd = (call) => {
      const { callId, answeredAt, endedAt, joined } = call;
      if (endedAt !== undefined && (answeredAt !== undefined || joined))
        over({ mediaLegId: mediaLegIdOf(call), callId, endedAt });
    };
    this.#sip.onStrayBye = (bye) => {
      const stray = strayCall(bye);
      if (this.#strays.push(stray) > MOST_STRAYS) this.#strays.shift();
      over({ ...stray, endedAt: bye.at });
    };
  }

  message(message: SipMessage, path: Path & { readonly at: number }): Concerned | undefined {
    if (DIALOG.test(sipHeader(message, 'cseq') ?? '')) this.#isChanged = true;
    return this.#sip.message(message, path);
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

  /** Calls that were answered, changed or ended since this was asked last. */
  news(): readonly FoundCall[] {
    if (!this.#isChanged) return [];
    this.#isChanged = false;
    const told = new Map<string, string>();
    const keys = new Map<string, readonly LegKey[]>();
    const sides = new Map<string, CallSide>();
    const news: FoundCall[] = this.#strays.splice(0);
    const calls = this.#sip.calls();
    const guessed = deviceSides(calls, this.#isDevice);
    for (const call of calls) {
      const mediaLegId = mediaLegIdOf(call);
      const side = this.#sides.get(mediaLegId) ?? guessed.get(call);
      const found = side && foundCall(mediaLegId, call, side, this.#isDevice);
      if (side === undefined || found === undefined) continue;
      sides.set(mediaLegId, side);
      const text = JSON.stringify(found);
      if (this.#told.get(mediaLegId) !== text) news.push(found);
      told.set(mediaLegId, text);
      if (found.endedAt !== undefined) continue;
      for (const name of [mediaLegId, call.callId]) keys.set(name, keysIn(call, side));
    }
    this.#sides = sides;
    this.#told = told;
    this.#keys = keys;
    return news;
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
