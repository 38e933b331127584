import type { CallRecord } from '../model/call-record.ts';
import type { Claimed, Delivery, DeliveryState, Outcome, Report, ReportQuery } from '../model/delivery.ts';
import type { Interval, Presence, Series, Stream } from '../model/interval.ts';
import type { Leg, LegQuery, Page } from '../model/leg.ts';
import type { MaskAsk } from './masking.ts';

/** What was measured since the last write. Intervals and presence replace what the store had of the same slot. */
export type MeasuredBatch = {
  readonly streams: readonly Stream[];
  readonly intervals: readonly Interval[];
  readonly presence: readonly Presence[];
  /** By mediaLegId: what the leg's source needs to go on after a crash. */
  readonly cursors: ReadonlyMap<string, Uint8Array>;
};

/** Where a piece of a series ends. */
export type PiecePlace = { readonly slot: number; readonly part: string; readonly number: number };

/** A piece of a series, for `PieceJoin`; `next`: after which place there may be more. */
export type SeriesPiece = { readonly text: string; readonly next?: PiecePlace };

/** A live leg as it lay on disk: for the agent that comes back. */
export type LiveLeg = { readonly leg: Leg; readonly series: Series; readonly cursor?: Uint8Array };

export type ClaimAsk = {
  readonly owner: string;
  readonly now: number;
  readonly limit: number;
  readonly leaseSeconds: number;
  /** Tenants that are throttled or refused for now: their reports stay. */
  readonly heldTenants: readonly string[];
  /** Only reports made since then, epoch seconds. */
  readonly createdSince?: number;
};

/** What the end of a wait leaves: `series` takes the place of the one there is. */
export type WaitEnd = { readonly report?: Report; readonly callRecord?: CallRecordTask; readonly series?: Series };

/** A call record that is to be read, and when first. `endedAt`: when the leg ended that asks for it; `dueAt` if absent. */
export type CallRecordTask = {
  readonly callChainId: string;
  readonly tenantId: string;
  readonly dueAt: number;
  readonly endedAt?: number;
};

/** Where the reading of a call record stands. `unreadable`: the tenant does not let us; `missing`: there is none. */
export type CallRecordState = 'waiting' | 'read' | 'missing' | 'unreadable';

/** A call record taken for reading. `attempts`: made in this state before, `version`: of the record that is there. */
export type ClaimedTask = {
  readonly callChainId: string;
  readonly tenantId: string;
  /** When the last of our legs of this call ended. */
  readonly endedAt: number;
  readonly state: CallRecordState;
  readonly attempts: number;
  readonly version?: number;
  readonly fence: number;
};

/** What an attempt at a call record leaves: without `dueAt` it is not read again. A `record` of a lower version is not taken. */
export type CallRecordTurn = {
  readonly at: number;
  readonly state: CallRecordState;
  readonly attempts: number;
  readonly dueAt?: number;
  readonly record?: CallRecord;
};

/** What is owed now. `oldestAt`: when the oldest queued report was made, epoch seconds; `octets`: of the bodies of queued reports. */
export type Owed = {
  readonly reports: number;
  readonly octets?: number;
  readonly oldestAt?: number;
  readonly callRecords: number;
};

/** A call record as it is known. `readAt`: when Graph was last asked. */
export type StoredRecord = {
  readonly callChainId: string;
  readonly tenantId: string;
  readonly state: CallRecordState;
  readonly readAt?: number;
  readonly dueAt?: number;
  readonly record?: CallRecord;
};

/**
 * What must not be lost. Every method is one transaction and resolves only when it is on disk.
 * Rejects with OtherlegError STORE_FAILED (disk full, damaged, read-only) or STORE_LOCKED (another agent has it).
 */
export interface Store {
  /** Migrates, takes the store for this agent and voids the leases it had itself. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Proves by a real write that the store can be written. */
  check(): Promise<void>;

  /** Writes `leg` (with its revision + 1) if the stored revision is `revision`, 0 meaning it is not stored yet. False: changed meanwhile. */
  putLeg(leg: Leg, revision: number): Promise<boolean>;
  appendIntervals(batch: MeasuredBatch): Promise<void>;
  /**
   * Closes the leg: its last state, and its report if one can go out now, all at once. Its series is packed later. The state is
   * `queued` with a report; otherwise what `leg.delivery` says (`waiting`, `none`). Repeating answers the state that is.
   */
  endLeg(leg: Leg, owed: { readonly report?: Report; readonly callRecord?: CallRecordTask }): Promise<DeliveryState>;
  /** The missing identifiers of an ended leg came: queues its report. Re-queues a refused or dropped one; a delivered one stays. */
  completeLeg(leg: Leg, report: Report, callRecord?: CallRecordTask): Promise<DeliveryState>;

  /**
   * An ended leg waits no more for what another product measured of it: its state, its series where one is given, its report.
   * One that does not wait (any more) is left alone. Answers the state that is.
   */
  endWait?(leg: Leg, owed: WaitEnd): Promise<DeliveryState>;
  /** An ended leg without a report waits from now on, for `reason`: its last state. One that has a report stays as it stands. */
  beginWait?(leg: Leg, reason: string): Promise<DeliveryState>;
  /** Ended legs of one agent whose report waits for this `reason`. */
  waitingFor?(owner: string, reason: string): Promise<readonly Leg[]>;

  /** Live legs of one agent, oldest first. */
  liveLegs(owner: string): Promise<readonly LiveLeg[]>;
  leg(ref: { readonly mediaLegId: string } | { readonly alias: string }): Promise<Leg | undefined>;
  legs(query: LegQuery): Promise<Page<Leg>>;
  /** Live or ended; empty lists for an unknown leg. Intervals and presence by time. */
  series(mediaLegId: string): Promise<Series>;
  /** The series of an ended leg in the octets in which it lies, to be read elsewhere; undefined while it is not packed. */
  packed?(mediaLegId: string): Promise<Uint8Array | undefined>;
  /**
   * The next rows of a leg that is not packed, to be read elsewhere: as few as take some milliseconds. Undefined of a leg that
   * is packed (meanwhile), does not lie here or is unknown.
   */
  piece?(mediaLegId: string, after?: PiecePlace): Promise<SeriesPiece | undefined>;

  claimReports(ask: ClaimAsk): Promise<readonly Claimed[]>;
  /** Writes down how an attempt ended. False: the lease had ended and somebody else has the report now. */
  settleReport(mediaLegId: string, fence: number, outcome: Outcome): Promise<boolean>;
  /** The clock was set back to `now`: queued reports that were made or tried in what is now the future are due; how many. */
  dueAfterSetBack?(now: number): Promise<number>;
  /** Queued reports, and call records that are to be read, of this host. */
  owed?(): Promise<Owed>;
  /** When the earliest queued report is due. */
  nextDueAt(): Promise<number | undefined>;
  /** The body as sent or to be sent. */
  report(mediaLegId: string): Promise<Report | undefined>;
  reports(query: ReportQuery): Promise<Page<Delivery>>;
  /** Every attempt at one report, oldest first. */
  attempts(mediaLegId: string): Promise<readonly Outcome[]>;
  /** Makes a report that is not delivered due now, or when Graph asked to have it again. False: there is none such. */
  requeueReport(mediaLegId: string, now: number): Promise<boolean>;
  /** Gives a queued or refused report up. */
  dropReport(mediaLegId: string, now: number): Promise<boolean>;
  /** Ended legs that waited for identifiers since before `before` become `dropped: no-meeting`; how many. */
  dropWaiting(before: number, now: number): Promise<number>;

  /** Takes call records that are due, the longest due first; nobody else has them until the lease ends. */
  claimCallRecords(ask: Omit<ClaimAsk, 'createdSince'>): Promise<readonly ClaimedTask[]>;
  /** Writes down what an attempt left. False: the lease had ended and somebody else has it, or another leg asked anew. */
  settleCallRecord(callChainId: string, fence: number, turn: CallRecordTurn): Promise<boolean>;
  callRecord(callChainId: string): Promise<StoredRecord | undefined>;
  /** The clock was set back to `now`: call records whose times were counted in what is now the future are due; how many. */
  callRecordsDueAfterSetBack?(now: number): Promise<number>;
  /** Makes the record of a call due at `task.dueAt`, whatever was found before; one that nobody has asked for is owed anew. */
  askCallRecord?(task: CallRecordTask): Promise<void>;
  /** When the earliest call record is due. */
  nextCallRecordAt(): Promise<number | undefined>;

  /** From now on what is removed or overwritten leaves nothing behind in the file. For a store that is to be masked. */
  eraseDeleted?(): Promise<void>;
  /**
   * Takes the addresses out of up to `limit` legs that need them no more: whose report was delivered or never owed, or is a
   * dead letter from before `before`. `mask`: a text with every address in it masked. How many legs and call records.
   */
  maskDelivered?(ask: MaskAsk): Promise<number>;

  /** Packs the series of up to `limit` legs that ended since `since` and are not packed yet, the oldest first; how many. */
  packEnded(since: number, limit: number): Promise<number>;
  /** Removes up to `limit` ended legs from before `before`, never one whose report is still owed; how many. */
  purge(before: number, limit: number): Promise<number>;
}
