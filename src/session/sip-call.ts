import type { Endpoint } from '../model/channel.ts';
import { type Agreement, type CallSide, forkOf, type Negotiation, negotiate, newNegotiation } from './negotiation.ts';
import type { SdpMedia } from './sdp.ts';
import type { SipEvent, SipName } from './sip-event.ts';

/** One end of a call as its signalling shows it. */
export type SipParty = SipName & {
  /** User-Agent or Server. */
  readonly agent?: string;
  /** Where its messages come from and go to on this hop. */
  readonly endpoint: Endpoint;
};

/** A call as seen between two signalling addresses. Times in seconds since the epoch. */
export type SipCall = {
  readonly callId: string;
  readonly parties: { readonly [Side in CallSide]: SipParty };
  readonly startedAt: number;
  /** Absent: not answered, or its begin was not seen. */
  readonly answeredAt?: number;
  readonly endedAt?: number;
  /** The capture joined it: the first INVITE is not in it. */
  readonly joined: boolean;
  /** Nothing of the other side was seen, nor any media: anybody may have written it. */
  readonly oneSided?: true;
  /** By time; the one of the fork that was answered. */
  readonly agreements: readonly Agreement[];
};

/** A call while it is watched. */
export type LiveCall = {
  readonly callId: string;
  readonly parties: { [Side in CallSide]: SipParty };
  startedAt: number;
  answeredAt: number | undefined;
  endedAt: number | undefined;
  joined: boolean;
  /** Joined by a request within its dialog: it was up, and no INVITE that is seen of it is its first. */
  readonly isMidway: boolean;
  /** Addresses of who takes part, as far as they were seen to: a refusal takes no part. */
  readonly heardFrom: Set<string>;
  /** Media were seen where its descriptions say. */
  hasMedia: boolean;
  /** A 2xx was seen to answer it; an ACK alone may be that of a refusal which is seen a little later. */
  isConfirmed: boolean;
  /** CSeq of the INVITE that began it: another try after a challenge has a greater one (RFC 3261, 22.2). */
  sequence: number;
  /** What was said before anybody had a tag, and each fork by the callee's tag. */
  readonly opening: Negotiation;
  readonly forks: Map<string, Negotiation>;
  /** The callee's tag of the fork that answered. */
  winner: string | undefined;
  /** When its ends agreed on other media, epoch seconds. */
  readonly turns: number[];
  /** The latest description of each side, agreed or not. */
  readonly heard: { [Side in CallSide]?: readonly SdpMedia[] };
  /** Of every description that came, for the bound of all calls. */
  weight: number;
};

/** More forks than any proxy makes of one INVITE. */
const MOST_FORKS = 32;

const other = (side: CallSide): CallSide => (side === 'caller' ? 'callee' : 'caller');

/** A call that begins with this message, or that the capture joins with it. */
export function newCall(event: SipEvent): LiveCall {
  const isRequest = event.status === undefined;
  const [near, far] = isRequest ? [event.source, event.destination] : [event.destination, event.source];
  return {
    callId: event.callId,
    parties: { caller: { ...event.from, endpoint: near }, callee: { ...withoutTag(event.to), endpoint: far } },
    startedAt: event.at,
    answeredAt: undefined,
    endedAt: undefined,
    joined: !isRequest || event.to.tag !== undefined,
    isMidway: isRequest && event.to.tag !== undefined,
    heardFrom: new Set(),
    hasMedia: false,
    isConfirmed: false,
    sequence: event.sequence,
    opening: newNegotiation(),
    forks: new Map(),
    winner: undefined,
    turns: [],
    heard: {},
    weight: 0,
  };
}

const withoutTag = ({ tag: _, ...name }: SipName): SipName => name;

/** Who wrote the message: From names who asked, and answers carry it back unchanged (RFC 3261, 8.2.6.2). */
export function writerOf(call: LiveCall, event: SipEvent): CallSide {
  const asker: CallSide = event.from.tag === call.parties.caller.tag ? 'caller' : 'callee';
  return event.status === undefined ? asker : other(asker);
}

/** Takes a message of the call. */
export function follow(call: LiveCall, event: SipEvent): void {
  const side = writerOf(call, event);
  if (isNewAttempt(call, event)) restart(call, event);
  learn(call, side, event);
  if ((event.status ?? 0) < 300) call.heardFrom.add(event.source.address);
  const fork = forkFor(call, event);
  const { at, method, sequence, status, sdp } = event;
  const said = { at, side, method, sequence, ...(status === undefined ? {} : { status }), ...(sdp && { sdp }) };
  negotiate(fork ?? call.opening, said);
  if (sdp !== undefined) call.heard[side] = sdp;
  progress(call, event);
}

const isNewAttempt = (call: LiveCall, { method, status, to, sequence }: SipEvent): boolean =>
  method === 'INVITE' && status === undefined && to.tag === undefined && sequence > call.sequence;

/** After a challenge or a redirection the same call is tried again. */
function restart(call: LiveCall, event: SipEvent): void {
  call.sequence = event.sequence;
  call.endedAt = undefined;
  call.joined = false;
  call.forks.clear();
  Object.assign(call.opening, newNegotiation());
}

function learn(call: LiveCall, side: CallSide, { agent }: SipEvent): void {
  if (agent !== undefined && call.parties[side].agent === undefined) {
    call.parties[side] = { ...call.parties[side], agent };
  }
}

/** The fork that a message belongs to; none before the callee has a tag, and a refusal makes none (RFC 3261, 17.2.1). */
function forkFor(call: LiveCall, event: SipEvent): Negotiation | undefined {
  const tag = calleeTag(call, event);
  if (tag === undefined) return undefined;
  const known = call.forks.get(tag);
  if (known !== undefined || call.forks.size >= MOST_FORKS || (event.status ?? 0) >= 300) return known;
  const fork = forkOf(call.opening);
  call.forks.set(tag, fork);
  return fork;
}

const calleeTag = (call: LiveCall, { from, to }: SipEvent): string | undefined =>
  from.tag === call.parties.caller.tag ? to.tag : from.tag;

function progress(call: LiveCall, event: SipEvent): void {
  const { method, status, at, sequence } = event;
  const tag = calleeTag(call, event);
  const isFirst = method === 'INVITE' && sequence === call.sequence && !call.isMidway && !call.isConfirmed;
  if (status === undefined) {
    if (method === 'BYE' && (tag === call.winner || call.winner === undefined)) call.endedAt ??= at;
    // An acknowledged call was answered, also where the capture missed the answer. A refusal is acknowledged, too.
    const isOpen = call.endedAt === undefined && !call.joined && sequence === call.sequence;
    if (method === 'ACK' && isOpen) answered(call, tag, at);
    return;
  }
  if (!isFirst || !isByCallee(call, event)) return;
  if (status >= 300) refused(call, at);
  else if (status >= 200) {
    call.isConfirmed = tag !== undefined;
    answered(call, tag, at);
  }
}

const isByCallee = ({ parties }: LiveCall, { source }: SipEvent): boolean =>
  source.address === parties.callee.endpoint.address;

function answered(call: LiveCall, tag: string | undefined, at: number): void {
  if (call.answeredAt !== undefined || tag === undefined) return;
  call.answeredAt = at;
  call.endedAt = undefined;
  call.winner = tag;
  call.parties.callee = { ...call.parties.callee, tag };
}

/** No fork has answered, and none will: the final response of a fork that refuses is not passed on while others ring (16.7). */
function refused(call: LiveCall, at: number): void {
  call.answeredAt = undefined;
  call.winner = undefined;
  call.endedAt ??= at;
}

/** Lets go of what is heavy: somebody may still hold the call. */
export function forget(call: LiveCall): void {
  call.forks.clear();
  Object.assign(call.opening, newNegotiation());
  delete call.heard.caller;
  delete call.heard.callee;
}

/** The call as far as it is known now. */
export function callOf(call: LiveCall): SipCall {
  const { callId, parties, startedAt, answeredAt, endedAt, joined } = call;
  return {
    callId,
    parties: { ...parties },
    startedAt,
    ...(answeredAt === undefined ? {} : { answeredAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    joined,
    ...(isOneSided(call) ? { oneSided: true } : {}),
    agreements: agreementsOf(call),
  };
}

/** Two ends at one address cannot be told apart. */
const isOneSided = ({ heardFrom, hasMedia, parties: { caller, callee } }: LiveCall): boolean =>
  heardFrom.size < 2 && !hasMedia && caller.endpoint.address !== callee.endpoint.address;

/** What its ends agreed on so far, by time; another list once they agree on something else. */
export function agreedOf(call: LiveCall): readonly Agreement[] {
  const won = call.winner === undefined ? undefined : call.forks.get(call.winner);
  return (won ?? [...call.forks.values()].at(-1) ?? call.opening).agreements;
}

function agreementsOf(call: LiveCall): readonly Agreement[] {
  const found = agreedOf(call);
  if (found.length > 0 || Object.keys(call.heard).length === 0) return found;
  // One side alone was captured: it is taken as if the other had agreed.
  return [{ at: call.answeredAt ?? call.startedAt, ...call.heard }];
}
