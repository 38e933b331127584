import type { Endpoint } from '../model/channel.ts';
import type { SipMessage } from '../packet/sip.ts';
import { type Concerned, MediaMap, type PacketHint, type SignalledFormat } from './media-map.ts';
import type { SdpMedia } from './sdp.ts';
import { SignalledKeys } from './signalled-keys.ts';
import type { SipCall } from './sip-call.ts';
import { SipCalls } from './sip-calls.ts';
import { type SipEvent, sipEvent } from './sip-event.ts';

type Path = { readonly source: Endpoint; readonly destination: Endpoint };

/** Descriptions that somebody has beside the capture: the offer and the answer of one call, or one of them. */
export type Described = readonly [offer?: readonly SdpMedia[] | undefined, answer?: readonly SdpMedia[] | undefined];

/** The SIP of a capture as the meter asks for it, and the calls that it shows. */
export class SipSignalling {
  readonly #calls = new SipCalls();
  readonly #media = new MediaMap();
  readonly #keys = new SignalledKeys();
  #messages = 0;
  /** To be called with each message, before anything follows from it. */
  onEvent: (event: SipEvent) => void = () => undefined;

  constructor([caller, callee]: Described = []) {
    const heard = { ...(caller && { caller }), ...(callee && { callee }) };
    const dialog = { heard, answeredAt: undefined, endedAt: undefined, joined: true, hasMedia: false };
    for (const side of ['caller', 'callee'] as const) {
      const own = heard[side];
      if (own === undefined) continue;
      this.#media.tell({ side, own, dialog });
      this.#media.tellAnywhere(own);
    }
  }

  /** To be called with a call that ends, as soon as the message that ends it is taken. */
  set onEnd(ended: (call: SipCall) => void) {
    this.#calls.onEnd = ended;
  }

  /** To be called with a BYE of no call that is known. */
  set onStrayBye(take: (event: SipEvent) => void) {
    this.#calls.onStrayBye = take;
  }

  /** To be called with the sockets of a call that is answered, ends, or agrees on other media, and with the time. Epoch seconds. */
  set onTurn(turned: (sockets: readonly Endpoint[], at: number) => void) {
    this.#calls.onTurn = (call, at) => turned(this.#media.socketsOf(call), at);
  }

  /** SIP messages taken. */
  get messages(): number {
    return this.#messages;
  }

  /** Takes a message in the order of the capture; `at` in seconds since the epoch. Answers whose formats may have changed. */
  message(message: SipMessage, path: Path & { readonly at: number }): Concerned | undefined {
    this.#messages += 1;
    const event = sipEvent(message, path);
    if (event === undefined) return undefined;
    this.onEvent(event);
    const said = this.#calls.take(event);
    return said === undefined ? undefined : this.#media.tell(said);
  }

  /** Takes note of media that go this way; whether they are the first of a call. */
  heard(packet: PacketHint): boolean {
    return this.#media.heard(packet);
  }

  /** Meaning of a payload type; undefined where nothing was signalled. */
  formatOf(packet: PacketHint): SignalledFormat | undefined {
    return this.#media.formatOf(packet);
  }

  /** The RTP path of RTCP whose sockets `a=rtcp` tells. */
  mediaPathOf(rtcp: Path): Path | undefined {
    return this.#media.mediaPathOf(rtcp);
  }

  /** Whether `mediaPathOf` can tell anything. */
  get tellsMediaPaths(): boolean {
    return this.#media.tellsMediaPaths;
  }

  /** The SRTCP in `octets[start, end)` in the clear, where the descriptions hold its sender's keys; else undefined. */
  openRtcp(path: Path, octets: Uint8Array, start: number, end: number): Uint8Array | undefined {
    return this.#keys.open(this.#media.writersOf(path), octets, start, end);
  }

  /** The calls whose media go this way and that were up in [from, to), by when they were answered (0: before the capture began); undefined where no call goes this way. */
  callsUp(path: Path, from: number, to: number): readonly number[] | undefined {
    return this.#media.callsUp(path, from, to);
  }

  /** A number of its own for each time between two agreements of the calls that go this way, and for the `reach` seconds behind each. */
  eraOf(path: Path, at: number, reach: number): number {
    return this.#media.eraOf(path, at, reach);
  }

  /** Live use: forgets descriptions and keys of calls that ended before `ended`, and calls that did so before `past`; whether there were any. Epoch seconds. */
  forgetEnded(ended: number, past: number): boolean {
    return this.#calls.forgetEnded(ended, past, (call) => this.#media.forget(call));
  }

  /** Every call, by time of its begin. One that did not change is the same object as before. */
  calls(): readonly SipCall[] {
    return this.#calls.calls();
  }
}
