import type { AliasedLegs } from '../leg/leg.ts';
import type { Direction, SourceKind } from '../model/channel.ts';
import type { Delivery, DeliveryState, Outcome, Report, ReportQuery } from '../model/delivery.ts';
import type { Leg, LegQuery, Page } from '../model/leg.ts';
import type { LevelCell, Verdict } from '../model/verdict.ts';
import type { Privacy } from '../report/leg-view.ts';
import type { Resources } from '../report/meeting-quality.ts';
import type { Sight } from '../report/sight-advice.ts';
import type { LiveFigures } from '../report/slot-figures.ts';
import type { StoredRecord } from '../store/store.ts';
import type { AccessCounts } from './access.ts';

/** The agent's own peer connections, by WHIP (RFC 9725). SDP in, SDP out. */
export interface Whip {
  offer(mediaLegId: string, sdp: string): Promise<{ readonly session: string; readonly answer: string }>;
  close(mediaLegId: string, session: string): Promise<void>;
}

/** A report that is tried again. `heldUntil`: Graph asked to be left alone until then, epoch seconds; absent: at once. */
export type Retried = { readonly heldUntil?: number };

/** Reports owed to Graph and those settled, for operators. */
export interface Outbox {
  reports(query: ReportQuery): Promise<Page<Delivery>>;
  report(mediaLegId: string): Promise<Report | undefined>;
  /** Where the report of a leg stands. */
  state(mediaLegId: string): Promise<DeliveryState | undefined>;
  attempts(mediaLegId: string): Promise<readonly Outcome[]>;
  /** Tries a report that is not delivered again, at once or when Graph asked for it; undefined: there is none such. */
  retry(mediaLegId: string): Promise<Retried | undefined>;
  /** Gives a queued or refused report up; false: there is none such. */
  drop(mediaLegId: string): Promise<boolean>;
}

/** How the agent is. Graph's state is told as detail and never decides: a Pod must not lose its readiness for it. */
export interface Health {
  started(): boolean;
  /** Undefined when ready, otherwise the reason. */
  unready(): Promise<string | undefined>;
  detail(): Readonly<Record<string, unknown>>;
}

/** A clear RTCP compound as a gateway pushes it; `at` in epoch seconds, inbound = the device sent it. */
export type RtcpCompound = { readonly at: number; readonly direction: Direction; readonly octets: Uint8Array };

/** What was seen of a leg in the last ten seconds. */
export type SeenOfLeg = Sight & { readonly mediaLegId: string };

/** What the capture sees. Counts since it began; epoch seconds. */
export type CaptureState = {
  readonly tool?: string;
  readonly interface?: string;
  readonly filter?: string;
  readonly packets: number;
  readonly rtpPackets: number;
  readonly rtcpPackets: number;
  readonly dropped: number;
  /** Streams that belong to no leg. */
  readonly unclaimed: number;
  readonly lastPacketAt?: number;
  readonly legs: readonly SeenOfLeg[];
};

/** How one source of measurements is; `reason`: why it does not run, `remedy`: what to do about it. */
export type SourceState = {
  readonly kind: SourceKind;
  readonly state: 'off' | 'starting' | 'running' | 'failed';
  readonly reason?: string;
  readonly remedy?: string;
  readonly capture?: CaptureState;
  readonly counters?: Readonly<Record<string, number>>;
};

/** What happens to legs and reports. Published when it is on disk, but for `measured`, which may be before. */
export type AgentEvent =
  | { readonly kind: 'began' | 'changed' | 'ended'; readonly leg: Leg }
  | { readonly kind: 'measured'; readonly figures: LiveFigures }
  | { readonly kind: 'report'; readonly mediaLegId: string; readonly delivery: DeliveryState };

/** Where to hear of them. A listener must not throw; the answer stops it. */
export interface AgentEvents {
  subscribe(listener: (event: AgentEvent) => void): () => void;
}

/** A leg of ours, judged; of a live one there is no verdict yet. `teams`: the bot's session of the call record. */
export type JudgedLeg = {
  readonly leg: Leg;
  readonly levels: readonly LevelCell[];
  readonly teams?: {
    readonly sessionId: string;
    /** Which end of it the bot is. */
    readonly bot?: 'caller' | 'callee';
    readonly levels: readonly LevelCell[];
  };
  readonly verdict?: Verdict;
};

/** A call as far as it is known; legs by time. */
export type KnownCall = {
  readonly callChainId: string;
  readonly legs: readonly JudgedLeg[];
  readonly callRecord?: StoredRecord;
};

/** Metrics in the text format of Prometheus. */
export type MetricsText = { readonly contentType: string; readonly body: string };

/**
 * Legs of many hours: what is made of their series takes seconds, and is made beside the agent's own thread. Undefined: the
 * leg is none such, and what it is asked for is made of `view`.
 */
export interface LongLegs {
  /** The answer of `GET /v1/legs/{mediaLegId}/plots`, as JSON. `part`: the first channel is enough, where that is quicker. */
  plots(mediaLegId: string, slotSeconds: number, privacy: Privacy, part?: 'first'): Promise<string | undefined>;
  /** The answer of `GET /v1/legs/{mediaLegId}`, as JSON. */
  leg(mediaLegId: string, privacy: Privacy): Promise<string | undefined>;
}

/** What the listeners show. They decide nothing themselves. */
export type Agent = {
  readonly version: string;
  readonly slotSeconds: number;
  readonly privacy: Privacy;
  /** Where the gateway stands, as reports say it (report.cloudService.environment). */
  readonly serverRegion?: string | undefined;
  readonly legs: AliasedLegs;
  readonly list: (query: LegQuery) => Promise<Page<Leg>>;
  /** A call with both legs; undefined where no leg of ours was in it. */
  readonly call: (callChainId: string) => Promise<KnownCall | undefined>;
  /** Makes Graph's record of a call due now; undefined where no leg of ours was in it. */
  readonly askRecord?: (callChainId: string) => Promise<StoredRecord | undefined>;
  /** The body as sent, or as it would be now; undefined where none can be. */
  readonly bodyOf: (mediaLegId: string) => Promise<string | undefined>;
  /** Takes one W3C stats report of a live leg; resolves when it is on disk. */
  readonly pushStats: (
    mediaLegId: string,
    body: unknown,
  ) => Promise<{ readonly entries: number; readonly ignored: number }>;
  /** Takes clear RTCP compounds of a live leg; how many, and how many packets were in them. */
  readonly pushRtcp: (
    mediaLegId: string,
    compounds: readonly RtcpCompound[],
  ) => Promise<{ readonly compounds: number; readonly packets: number }>;
  readonly sources: () => Promise<readonly SourceState[]>;
  readonly outbox: Outbox;
  readonly health: Health;
  readonly whip?: Whip;
  /** Load of the gateway while a leg lasted, in samples of so many seconds; absent where nobody looks. */
  readonly load?: (leg: Leg, samplingSeconds: number) => readonly Resources[];
  readonly longLegs?: LongLegs;
  readonly events?: AgentEvents;
  /** Where the listeners count whom they refuse. */
  readonly refusals?: AccessCounts;
  readonly metrics?: () => Promise<MetricsText>;
};
