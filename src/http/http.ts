import type { Legs } from '../leg/leg.ts';
import type { Delivery, Outcome, Report, ReportQuery } from '../model/delivery.ts';
import type { Leg, LegQuery, Page } from '../model/leg.ts';
import type { Privacy } from '../report/leg-view.ts';

/** The agent's own peer connections, by WHIP (RFC 9725). SDP in, SDP out. */
export interface Whip {
  offer(mediaLegId: string, sdp: string): Promise<{ readonly session: string; readonly answer: string }>;
  close(mediaLegId: string, session: string): Promise<void>;
}

/** Reports owed to Graph and those settled, for operators. */
export interface Outbox {
  reports(query: ReportQuery): Promise<Page<Delivery>>;
  report(mediaLegId: string): Promise<Report | undefined>;
  attempts(mediaLegId: string): Promise<readonly Outcome[]>;
  /** Makes a refused, expired or dropped report due now; false: there is none such. */
  retry(mediaLegId: string): Promise<boolean>;
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

/** What the listeners show. They decide nothing themselves. */
export type Agent = {
  readonly version: string;
  readonly slotSeconds: number;
  readonly privacy: Privacy;
  readonly legs: Legs;
  readonly list: (query: LegQuery) => Promise<Page<Leg>>;
  /** The body as sent, or as it would be now; undefined where none can be. */
  readonly bodyOf: (mediaLegId: string) => Promise<string | undefined>;
  /** Takes one W3C stats report of a live leg; resolves when it is on disk. */
  readonly pushStats: (
    mediaLegId: string,
    body: unknown,
  ) => Promise<{ readonly entries: number; readonly ignored: number }>;
  readonly outbox: Outbox;
  readonly health: Health;
  readonly whip?: Whip;
};
