import type { DeliveryCounters } from '../delivery/delivery.ts';
import type { AccessCounts } from '../http/access.ts';
import type { EndCounts } from '../leg/end-counts.ts';
import type { IntervalCounts } from '../leg/interval-counts.ts';
import type { Observations } from '../quality/observations.ts';
import type { EngineSight } from '../source/capture/capture-engine.ts';
import type { FleetStanding } from '../store/fleet-standing.ts';
import type { Owed } from '../store/store.ts';
import type { GraphCounts } from './graph-counts.ts';

/** Everything that metrics are read from, as it is at one scrape. Epoch seconds. */
export type MetricFacts = {
  readonly now: number;
  readonly version: string;
  readonly node: string;
  readonly legs: { readonly live: number; readonly begun: number; readonly ends: EndCounts };
  readonly intervals: IntervalCounts;
  /** Absent where nothing is captured. */
  readonly sight?: EngineSight | undefined;
  /** Absent while the store cannot tell. */
  readonly owed?: Owed | undefined;
  /** Absent where there is no fleet, and while the store cannot tell. */
  readonly fleet?: FleetStanding | undefined;
  /** What was asked of Webex; absent where it is off. */
  readonly webex?: WebexFacts | undefined;
  readonly delivery: DeliveryCounters;
  readonly attemptsBy: ReadonlyMap<number | string, number>;
  readonly graph: GraphCounts;
  /** Whether tokens are asked for at all. */
  readonly asksTokens: boolean;
  /** Whom the listeners refused. */
  readonly refusals: AccessCounts;
  readonly config: { readonly loadedAt: number; readonly reloads: number; readonly failures: number };
};

/** Legs that wait, requests since the start and those that failed, legs that got figures and legs that went without. */
export type WebexFacts = {
  readonly waiting: number;
  readonly asked: number;
  readonly failed: number;
  readonly imported: number;
  readonly givenUp: number;
};

export type Labels = Readonly<Record<string, string>>;

/** One series as it is now. */
export type Sample = { readonly labels?: Labels; readonly value: number };
export type Seen = { readonly labels?: Labels; readonly seen: Observations };

/** A metric: what it is called, and what it reads. Names, types and labels are part of the contract. */
export type Family = { readonly name: string; readonly help: string; readonly labels: readonly string[] } & (
  | { readonly type: 'counter' | 'gauge'; readonly read: (facts: MetricFacts) => readonly Sample[] }
  | { readonly type: 'histogram'; readonly read: (facts: MetricFacts) => readonly Seen[] }
);
