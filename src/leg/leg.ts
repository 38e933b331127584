import type { ChannelId, SourceKind } from '../model/channel.ts';
import type { DeliveryState } from '../model/delivery.ts';
import type { ChannelSummary } from '../model/figures.ts';
import type { Interval, Series, Stream } from '../model/interval.ts';
import type { Leg } from '../model/leg.ts';
import type { LegPatch } from './control.ts';

export type { LegPatch } from './control.ts';

/** What a source measured of one leg since it last told. Intervals replace earlier ones of the same stream and slot. */
export type Measured = {
  readonly mediaLegId: string;
  readonly streams: readonly Stream[];
  readonly intervals: readonly Interval[];
  /** What the source needs to go on after a crash of the agent. */
  readonly cursor?: Uint8Array;
};

/** Where sources put what they measured. */
export interface Sink {
  measured(batch: Measured): void;
}

/**
 * What a source is given when its leg comes back after a crash of the agent, or goes on under another id. `at`: until when it
 * was measured, epoch seconds; absent: nobody looked since.
 */
export type Resume = { readonly series: Series; readonly cursor?: Uint8Array; readonly at?: number };

/** Something that measures legs. It never throws for what it reads, and never touches the store. */
export interface Source {
  readonly kind: SourceKind;
  /** Begins to measure a leg; called again when the leg changed. */
  follow(leg: Leg, resume?: Resume): void;
  /** Ends measuring; everything measured up to `endedAt` has reached the sink when it resolves (within 500 ms). */
  release(mediaLegId: string, endedAt: number): Promise<void>;
}

/** A leg as it stands, with its figures folded from the series. */
export type LegView = {
  readonly leg: Leg;
  readonly channels: readonly ChannelSummary[];
  readonly series: Series;
  /** Which stream belongs to which channel, by streamId. */
  readonly assignment: ReadonlyMap<string, ChannelId>;
};

/** A live leg as far as its streams go: which there are, and which channel each belongs to, both by streamId. */
export type WatchedLeg = {
  readonly streams: ReadonlyMap<string, Stream>;
  readonly assignment: ReadonlyMap<string, ChannelId>;
};

/** Told what becomes of legs, after it is on disk; `measured` as it comes in. Must not throw. */
export interface LegWatch {
  began(leg: Leg): void;
  changed(leg: Leg): void;
  measured(leg: WatchedLeg, batch: Measured): void;
  ended(leg: Leg): void;
}

export type EndAsk = { readonly endedAt?: number; readonly reason?: string; readonly report?: boolean };

/** How an end was answered: the body that is owed or would be, and where it stands. */
export type Ended = { readonly mediaLegId: string; readonly body?: string; readonly delivery: DeliveryState };

/**
 * The legs of this agent, live and ended. Every promise resolves only when what it promises is on disk. Rejects with
 * OtherlegError LEG_UNKNOWN, LEG_ENDED, BODY_INVALID (times that cannot be), SDP_INVALID or STORE_FAILED; the leg is
 * then as it was.
 */
export interface Legs {
  put(mediaLegId: string, patch: LegPatch): Promise<{ readonly leg: Leg; readonly created: boolean }>;
  end(mediaLegId: string, ask: EndAsk): Promise<Ended>;
  view(mediaLegId: string): Promise<LegView>;
  /** Rejects unless the leg is live here; notes that its gateway is alive. */
  live(mediaLegId: string): Promise<Leg>;
  /** Resolves when everything measured so far is on disk. */
  committed(): Promise<void>;
}

/** How a leg was begun or changed. */
export type Put = { readonly leg: Leg; readonly created: boolean };

/** Which legs of a gateway were ended, by mediaLegId, and which names it gave that no live leg has. */
export type Reconciled = { readonly ended: readonly string[]; readonly unknown: readonly string[] };

/** Legs also by their aliases, and all those of a gateway. Rejects as `Legs` does. */
export interface AliasedLegs extends Legs {
  /** The mediaLegId of the leg that has an alias now: the live one, else the newest. Rejects with LEG_UNKNOWN. */
  named(alias: string): Promise<string>;
  /** Changes the leg that has an alias; begins one, under an id that the alias alone decides. */
  putNamed(alias: string, patch: LegPatch): Promise<Put>;
  /** After a gateway's restart: its legs that are live here and not in `live` (ids or aliases) end. */
  reconcile(gateway: string, live: readonly string[]): Promise<Reconciled>;
}
