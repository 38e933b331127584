import type { SdpMedia } from '../../src/session/sdp.ts';
import { parseSdp } from '../../src/session/sdp.ts';
import type { SipCall } from '../../src/session/sip-call.ts';
import { SipCalls } from '../../src/session/sip-calls.ts';
import type { SipEvent } from '../../src/session/sip-event.ts';

/** The room and the gateway of these calls, by where their signalling comes from. */
export const SOCKETS = {
  room: { address: '10.1.0.5', port: 5060 },
  gateway: { address: '10.0.0.1', port: 5060 },
} as const;

export type Who = keyof typeof SOCKETS;

const other = (who: Who): Who => (who === 'room' ? 'gateway' : 'room');

/** An SDP with one audio line, and one video line if `video` is a port. */
export function sdpOf(
  who: Who,
  audio: number,
  more: { video?: number; direction?: string; type?: number } = {},
): string {
  const { video, direction = 'sendrecv', type = 96 } = more;
  return [
    'v=0',
    `o=- 1 1 IN IP4 ${SOCKETS[who].address}`,
    's=-',
    `c=IN IP4 ${SOCKETS[who].address}`,
    't=0 0',
    `m=audio ${audio} RTP/AVP ${type} 0`,
    `a=rtpmap:${type} opus/48000/2`,
    `a=${direction}`,
    ...(video === undefined ? [] : [`m=video ${video} RTP/AVP 97`, 'a=rtpmap:97 H264/90000']),
    '',
  ].join('\r\n');
}

export type Line = {
  readonly at: number;
  readonly by: Who;
  /** `INVITE` asks, `200 INVITE` answers. */
  readonly line: string;
  readonly sequence?: number;
  readonly sdp?: string;
  /** Tag of the callee; none in the first request. */
  readonly tag?: string;
  /** Who wrote the request of the dialog; the caller unless told. */
  readonly asker?: Who;
  readonly callId?: string;
  readonly agent?: string;
};

/** One message of a call that the room makes. */
export function event({
  at,
  by,
  line,
  sequence = 1,
  sdp,
  tag,
  asker = 'room',
  callId = 'call-1',
  agent,
}: Line): SipEvent {
  const [, status, method = ''] = /^(?:(\d{3}) )?(\w+)$/.exec(line) ?? [];
  const caller = { uri: 'sip:room@example.com', tag: 'r' };
  const callee = { uri: 'sip:meeting@example.com', ...(tag === undefined ? {} : { tag }) };
  return {
    at,
    source: SOCKETS[by],
    destination: SOCKETS[other(by)],
    callId,
    method,
    sequence,
    ...(status === undefined ? {} : { status: Number(status) }),
    from: asker === 'room' ? caller : callee,
    to: asker === 'room' ? callee : caller,
    ...(sdp === undefined ? {} : { sdp: parseSdp(sdp) }),
    ...(agent === undefined ? {} : { agent }),
  };
}

/** The calls that these messages show. */
export function callsOf(...lines: readonly Line[]): readonly SipCall[] {
  const calls = new SipCalls();
  for (const line of lines) calls.take(event(line));
  return calls.calls();
}

/** The first call. */
export function callOf(...lines: readonly Line[]): SipCall {
  const [call] = callsOf(...lines);
  if (call === undefined) throw new Error('no call');
  return call;
}

/** The port of the first m-line, and its direction where it is no sendrecv. */
export const shortly = (lines: readonly SdpMedia[] | undefined): string | undefined =>
  lines?.map(
    ({ endpoint, direction }) => `${endpoint?.port ?? 0}${direction === 'sendrecv' ? '' : ` ${direction}`}`,
  )[0];

/** When what was agreed: `[at, caller, callee]`. */
export const agreed = (call: SipCall) =>
  call.agreements.map(({ at, caller, callee }) => [at, shortly(caller), shortly(callee)]);
