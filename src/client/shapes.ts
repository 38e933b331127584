import type { ChannelId, Direction, Endpoint, SourceKind } from '../model/channel.ts';
import type { DeliveryStateName } from '../model/delivery.ts';
import type { GraphCountName, GraphFigureName } from '../model/figures.ts';
import type { ChannelControl, CryptoKey, WebexLeg } from '../model/leg.ts';

/** RFC 3339 text, as all times of the control API. */
export type Time = string;

/** A channel as the gateway signals it; keys are used and never kept. */
export type ChannelPatch = ChannelControl & { readonly crypto?: readonly CryptoKey[] };

/** What a gateway or bot tells of a leg: a JSON Merge Patch (RFC 7396), where null clears and what is absent stays. */
export type LegPatch = {
  readonly callChainId?: string | null;
  readonly participantId?: string | null;
  readonly tenantId?: string | null;
  readonly gateway?: string | null;
  readonly aliases?: readonly string[] | null;
  readonly device?: { readonly name?: string | null; readonly description?: string | null } | null;
  readonly deviceAddress?: string | null;
  readonly deviceUri?: string | null;
  readonly startedAt?: Time | null;
  /** When the change took effect; now, if absent. */
  readonly at?: Time;
  readonly sdp?: { readonly local?: string | null; readonly remote?: string | null } | null;
  readonly channels?: readonly ChannelPatch[] | null;
  readonly sources?: readonly SourceKind[] | null;
  readonly teams?: {
    readonly callId?: string | null;
    readonly localAddress?: string | null;
    readonly localPort?: number | null;
    readonly startedAt?: Time | null;
    readonly endedAt?: Time | null;
  } | null;
  readonly webex?: WebexLeg | null;
};

/** How a leg ends; `report: false` discards what was measured. */
export type EndRequest = { readonly endedAt?: Time; readonly reason?: string; readonly report?: boolean };

/** Where a report stands. */
export type DeliveryAnswer = { readonly state: DeliveryStateName; readonly reason?: string };

/** The body of `logTeleconferenceDeviceQuality`: percent 0–100, ISO 8601 durations, absent where unknown. */
export type ReportBody = {
  readonly quality: {
    readonly callChainId: string;
    readonly participantId: string;
    readonly mediaLegId: string;
    readonly deviceName: string;
    readonly deviceDescription: string;
    readonly mediaQualityList: readonly MediaQuality[];
  };
};

/** One channel of a report; loss and rates are numbers, times are ISO 8601 durations. */
export type MediaQuality = {
  readonly '@odata.type': string;
  readonly channelIndex: number;
  readonly mediaDuration?: string;
  readonly localIPAddress?: string;
  readonly localPort?: number;
  readonly remoteIPAddress?: string;
  readonly remotePort?: number;
  readonly networkLinkSpeedInBytes?: number;
} & { readonly [Name in GraphFigureName | GraphCountName]?: number | string };

/** Answer to an end: the body that is owed or would be, and where it stands. */
export type EndAnswer = {
  readonly mediaLegId: string;
  readonly report?: ReportBody;
  readonly delivery: DeliveryAnswer;
};

/** A value in the unit it names (percent, seconds, …) and how it came to us, or the reason of its absence. */
export type FigureAnswer =
  | {
      readonly value: number;
      readonly unit: string;
      readonly origin: string;
      readonly samples: number;
      readonly coverage: number;
      readonly at?: Time;
      readonly windowSeconds?: number;
      readonly approximate?: true;
    }
  | { readonly absent: string };

/** A channel of a leg with its figures by Graph's names. `mediaDuration` in seconds. */
export type ChannelAnswer = ChannelId & {
  readonly enabled: boolean;
  readonly mediaDuration: number;
  readonly local?: Endpoint;
  readonly remote?: Endpoint;
  readonly figures: { readonly [Name in GraphFigureName | GraphCountName]?: FigureAnswer };
};

/** A leg as lists have it. */
export type LegEntry = {
  readonly mediaLegId: string;
  readonly state: 'live' | 'ended';
  readonly callChainId?: string;
  readonly participantId?: string;
  readonly tenantId?: string;
  readonly device: { readonly name: string; readonly description: string };
  readonly startedAt: Time;
  readonly endedAt?: Time;
  readonly endReason?: string;
  readonly delivery: DeliveryAnswer;
};

/** A leg with the figures of its channels. */
export type LegAnswer = LegEntry & { readonly channels: readonly ChannelAnswer[] };

/** One page of a list; `next` is the `after` of the page that follows. */
export type Listing<T> = { readonly items: readonly T[]; readonly next?: string };

/** A leg by its mediaLegId, or by an alias: SIP Call-ID, H.323 conference id, the gateway's own id. */
export type LegName = string | { readonly alias: string };

/** A clear RTCP compound; inbound: the device sent it. */
export type RtcpCompound = { readonly at: Time; readonly direction: Direction; readonly base64: string };

/** Answer to a reconciliation: which legs ended, and which names no live leg has. */
export type ReconcileAnswer = { readonly ended: readonly string[]; readonly unknown: readonly string[] };

/** What the capture saw of a leg in the last ten seconds. */
export type LegSeen = {
  readonly mediaLegId: string;
  readonly rtpIn: number;
  readonly rtpOut: number;
  readonly rtcpIn: number;
  readonly rtcpOut: number;
  readonly streams: number;
  readonly clocksKnown: number;
  readonly encryptedRtcp: number;
  readonly srtp: boolean;
};

/** How a source of measurements is; `capture` only of that source. */
export type SourceEntry = {
  readonly kind: SourceKind;
  readonly state: 'off' | 'starting' | 'running' | 'failed';
  readonly reason?: string;
  readonly remedy?: string;
  readonly capture?: {
    readonly tool?: string;
    readonly interface?: string;
    readonly filter?: string;
    readonly packets: number;
    readonly rtpPackets: number;
    readonly rtcpPackets: number;
    readonly dropped: number;
    readonly unclaimed: number;
    readonly lastPacketAt?: Time;
    readonly legs: readonly LegSeen[];
  };
  readonly counters?: Readonly<Record<string, number>>;
};

/** The agent's readiness; further members tell of its legs and deliveries. */
export type HealthAnswer = { readonly status: string; readonly version?: string };
