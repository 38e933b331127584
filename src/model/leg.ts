import type { ChannelId, ChannelKey, Direction, Endpoint, MediaDirection, PayloadType, SourceKind } from './channel.ts';
import type { DeliveryState } from './delivery.ts';
import type { Verdict } from './verdict.ts';

/** A channel as the control API tells it. */
export type ChannelControl = ChannelId & {
  readonly enabled?: boolean;
  readonly direction?: MediaDirection;
  readonly mid?: string;
  readonly local?: Endpoint;
  readonly remote?: Endpoint;
  readonly rtcp?: { readonly local?: Endpoint; readonly remote?: Endpoint };
  /** All SSRCs of the channel, both directions. */
  readonly ssrcs?: readonly number[];
  readonly payloadTypes?: readonly PayloadType[];
};

/** SRTP key of one direction (RFC 4568). Lives in memory only: never stored, logged or returned. */
export type CryptoKey = { readonly direction: Direction; readonly suite: string; readonly key: string };

/** A key of a leg: `channel` where control told it by channel, `mLine` (from 0) where a session description holds it. */
export type LegKey = CryptoKey & { readonly channel?: ChannelKey; readonly mLine?: number };

/** The bot's own leg into Teams, for matching call records. */
export type TeamsLeg = {
  readonly callId?: string;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
};

/** The keys by which a Webex meeting's participant is found. */
export type WebexLeg = {
  readonly meetingId: string;
  readonly participantSessionId?: string;
  readonly email?: string;
  readonly name?: string;
};

/** All that gateway and bot have told of a leg: the merged patches of `PUT /v1/legs/{mediaLegId}`. Times in epoch seconds. */
export type LegControl = {
  readonly callChainId?: string;
  readonly participantId?: string;
  readonly tenantId?: string;
  readonly gateway?: string;
  readonly aliases?: readonly string[];
  readonly device?: { readonly name?: string; readonly description?: string };
  readonly deviceAddress?: string;
  readonly deviceUri?: string;
  readonly startedAt?: number;
  readonly sdp?: { readonly local?: string; readonly remote?: string };
  readonly channels?: readonly ChannelControl[];
  readonly sources?: readonly SourceKind[];
  readonly teams?: TeamsLeg;
  readonly webex?: WebexLeg;
};

/** A time in which a channel was enabled, without end while it still is. Epoch seconds. */
export type Spell = {
  readonly from: number;
  readonly to?: number;
  readonly direction: MediaDirection;
  /** The call is on hold: whoever holds may send music or nothing (RFC 3264, 8.4). */
  readonly held?: true;
};

/** A channel of a leg with its history. `told`: by whom its spells are known; `media` = from the packets themselves. */
export type Channel = ChannelId & {
  readonly told: 'control' | 'sdp' | 'media';
  readonly mid?: string;
  /** Position among the m-lines of its SDP, from 0. */
  readonly mLine?: number;
  readonly ssrcs?: readonly number[];
  readonly local?: Endpoint;
  readonly remote?: Endpoint;
  /** Sockets that it had before: what ran there stays its own. */
  readonly earlier?: readonly { readonly local?: Endpoint; readonly remote?: Endpoint }[];
  readonly spells: readonly Spell[];
};

/** The device of a leg as it goes out: what PUT said, then the configuration, then what the wire told. */
export type LegDevice = {
  readonly name: string;
  readonly description: string;
  /** Name of the configured device that matched, and its room and time zone. */
  readonly configured?: string;
  readonly room?: string;
  readonly timeZone?: string;
  /** Octets per second. */
  readonly linkSpeed?: number;
  /** Sources that the configuration names for it; without them all that are on. */
  readonly sources?: readonly SourceKind[];
  /** Webex measures its legs. */
  readonly webex?: true;
};

/** What the agent itself saw of a leg's signalling on the wire. */
export type LegOnWire = {
  /** Nobody has told of the leg by the control API. */
  readonly alone?: true;
  /** How the device calls itself in SIP. */
  readonly userAgent?: string;
  /** The session descriptions of `control` are the wire's: newer ones of it take their place. */
  readonly sdp?: true;
  /** Its call said goodbye then, by the agent's clock, epoch seconds: whoever controls the leg may end it yet. */
  readonly byeAt?: number;
};

/**
 * A leg goes by the clock as it was when the leg began; where that was set since, the leg's time goes on beside it. All times
 * of the leg and its series are its own. Seconds.
 */
export type OwnTime = {
  /** What is added to the agent's clock to have the leg's own time. */
  readonly offset: number;
  /** Where own time was set forward to the next slot, so that no slot comes twice: nothing lasted for that time. */
  readonly leaps: readonly Leap[];
};

/** Own time that was passed over, epoch seconds. */
export type Leap = { readonly from: number; readonly to: number };

/** One VTC media leg of one participant, live or ended. Times in epoch seconds. */
export type Leg = {
  readonly mediaLegId: string;
  /** Grows with every write; a change made under an older revision is made again. */
  readonly revision: number;
  /** The agent that measures it. */
  readonly owner: string;
  readonly state: 'live' | 'ended';
  readonly control: LegControl;
  readonly wire?: LegOnWire;
  /** Resolved: PUT, then device, then configuration. */
  readonly tenantId?: string;
  readonly device: LegDevice;
  readonly channels: readonly Channel[];
  /** Identifiers it had before, still searchable: they change on escalation and transfer. */
  readonly earlierIdentifiers: readonly string[];
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Present where the clock was set while it was live. */
  readonly ownTime?: OwnTime;
  readonly endReason?: string;
  /** Greatest of value ÷ poor value, set at the end (docs/metrics.md, section 9). */
  readonly severity?: number;
  /** Which leg was bad, as told last: at the end, and with each version of the call's record. */
  readonly verdict?: Verdict;
  readonly delivery: DeliveryState;
};

/** Which legs to list. Identifier = callChainId, participantId or alias, now or earlier. */
export type LegQuery = {
  readonly state?: 'live' | 'ended';
  readonly device?: string;
  readonly room?: string;
  readonly gateway?: string;
  readonly identifier?: string;
  /** Part of the name of its room, device or gateway, whatever the case. */
  readonly text?: string;
  readonly from?: number;
  readonly to?: number;
  readonly sort?: 'newest' | 'worst';
  readonly limit: number;
  readonly after?: string;
};

/** One page of a list; `next` is the `after` of the page that follows. */
export type Page<T> = { readonly items: readonly T[]; readonly next?: string };
