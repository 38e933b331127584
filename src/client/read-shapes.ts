import type { ChannelId, Direction, Media } from '../model/channel.ts';
import type { GraphTrace } from '../model/delivery.ts';
import type { Journey, Level, Verdict } from '../model/verdict.ts';
import type { ChannelAnswer, DeliveryAnswer, LegEntry, ReportBody, Time } from './shapes.ts';

/** Which leg was bad, and why; times as text. */
export type VerdictAnswer = Omit<Verdict, 'at'> & { readonly at?: Time };

/** A leg as lists show it to people. */
export type ShownLeg = LegEntry & {
  readonly revision: number;
  readonly earlierIdentifiers?: readonly string[];
  readonly gateway?: string;
  readonly aliases?: readonly string[];
  readonly device: LegEntry['device'] & { readonly room?: string; readonly timeZone?: string };
  readonly deviceAddress?: string;
  readonly deviceUri?: string;
  /** Greatest of value ÷ poor value: from 1 on something was poor. */
  readonly severity?: number;
  readonly delivery: DeliveryAnswer & { readonly attempts?: number; readonly at?: Time; readonly dueAt?: Time };
  readonly verdict?: VerdictAnswer;
};

/** The same with the figures of its channels. */
export type ShownLegFigures = ShownLeg & {
  readonly channels: readonly (ChannelAnswer & {
    readonly codec?: { readonly inbound?: string; readonly outbound?: string };
  })[];
};

/** How good one media was on one journey. */
export type LevelAnswer = { readonly media: Media; readonly journey: Journey; readonly level: Level };

/** Why a stretch of time is not like the rest (docs/control-api.md). */
export type SpanAnswer = {
  readonly kind: 'off' | 'held' | 'silent' | 'tainted' | 'unobserved' | 'restart';
  readonly from: Time;
  readonly to: Time;
  readonly reason?: string;
};

/** What is drawn, in the order in which it is: percent, milliseconds, milliseconds, bits and pictures per second. */
export type PlotName = 'loss' | 'jitter' | 'roundTrip' | 'bitRate' | 'frameRate';

/** One direction of a channel: a column a figure, an entry a slot, null where nothing was measured. */
export type PlotSideAnswer = { readonly [Name in PlotName]?: readonly (number | null)[] } & {
  readonly spans: readonly SpanAnswer[];
};

/** What is drawn of a leg. */
export type PlotsAnswer = {
  /** Only the first channel is in it, and only it in `levels` and in the figures. */
  readonly part?: 'first';
  readonly mediaLegId: string;
  readonly startedAt: Time;
  readonly interval: number;
  readonly slots: number;
  readonly channels: readonly (ChannelId & { readonly [D in Direction]: PlotSideAnswer })[];
  readonly levels: readonly LevelAnswer[];
  readonly leg: ShownLegFigures;
};

/** One attempt at Graph. */
export type AttemptAnswer = {
  readonly kind: 'accepted' | 'refused' | 'keep' | 'expired';
  readonly at: Time;
  readonly dueAt?: Time;
  readonly trace?: GraphTrace;
};

/** A report in the outbox. */
export type ReportEntry = {
  readonly mediaLegId: string;
  readonly callChainId: string;
  readonly tenantId: string;
  readonly state: 'queued' | 'delivered' | 'refused' | 'expired' | 'dropped';
  readonly attempts: number;
  readonly createdAt: Time;
  readonly dueAt?: Time;
  readonly settledAt?: Time;
  readonly last?: AttemptAnswer;
};

/** One report with every attempt at it and its body. */
export type ReportAnswer = Omit<ReportEntry, 'last'> & {
  readonly reason?: string;
  readonly history: readonly AttemptAnswer[];
  readonly report: ReportBody;
};

/** What one end of a Teams session sent, as the other received it. Ratios, seconds. */
export type TeamsStreamAnswer = {
  readonly label: string;
  readonly media?: Media;
  readonly direction: 'callerToCallee' | 'calleeToCaller';
  readonly packets?: number;
  readonly averageLoss?: number;
  readonly maximumLoss?: number;
  readonly averageJitter?: number;
  readonly maximumJitter?: number;
  readonly averageRoundTrip?: number;
  readonly maximumRoundTrip?: number;
  readonly averageFrameRate?: number;
};

/** One leg of the call as Teams saw it. */
export type TeamsSessionAnswer = {
  readonly id: string;
  readonly startedAt?: Time;
  readonly endedAt?: Time;
  readonly modalities: readonly string[];
  readonly caller: TeamsEndpointAnswer;
  readonly callee: TeamsEndpointAnswer;
  readonly streams: readonly TeamsStreamAnswer[];
};

export type TeamsEndpointAnswer = {
  readonly kind: 'participant' | 'service' | 'unknown';
  readonly platform?: string;
  readonly displayName?: string;
};

/** A call: our legs of it, Graph's own record, and which leg was bad. */
export type CallAnswer = {
  readonly callChainId: string;
  readonly legs: readonly (ShownLeg & {
    readonly levels?: readonly LevelAnswer[];
    /** The bot's session of the record for this leg. */
    readonly teams?: {
      readonly sessionId: string;
      readonly bot?: 'caller' | 'callee';
      readonly levels?: readonly LevelAnswer[];
    };
  })[];
  readonly callRecord?: {
    readonly id?: string;
    readonly version?: number;
    readonly state: string;
    readonly sessions?: readonly TeamsSessionAnswer[];
  };
  readonly verdict?: VerdictAnswer;
};

/** The last slot of a live leg, in the units of plots. */
export type MeasuredEvent = {
  readonly mediaLegId: string;
  readonly startedAt: Time;
  readonly seconds: number;
  readonly channels: readonly (ChannelId & { readonly [D in Direction]: { readonly [Name in PlotName]?: number } })[];
};

/** What `/v1/events` tells, by the name of the event. */
export type EventAnswers = {
  readonly hello: { readonly version: string; readonly slotSeconds: number };
  readonly began: ShownLeg;
  readonly changed: ShownLeg;
  readonly ended: ShownLeg;
  readonly measured: MeasuredEvent;
  readonly report: { readonly mediaLegId: string; readonly delivery: ShownLeg['delivery'] };
};
