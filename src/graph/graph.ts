import type { CallRecord } from '../model/call-record.ts';
import type { GraphTrace, Report } from '../model/delivery.ts';

/** Graph's answer to one attempt. `retryAfterSeconds` only where Graph gave it. `keep` = try again later. */
export type PostResult =
  | { readonly kind: 'accepted'; readonly trace: GraphTrace }
  | { readonly kind: 'refused'; readonly trace: GraphTrace }
  | {
      readonly kind: 'keep';
      readonly trace: GraphTrace;
      readonly retryAfterSeconds?: number;
      /** It is not this report: the tenant's others are to be left alone for a while, too. */
      readonly throttled: boolean;
    };

/** Microsoft Graph as otherleg uses it. Never rejects: whatever goes wrong is a result with its reason. */
export interface Graph {
  /** Posts one report with the token of its tenant. Aborting yields `keep`. */
  postReport(report: Report, signal?: AbortSignal): Promise<PostResult>;
}

/**
 * What came of asking for a call record. `missing`: 404, not yet or not any more; `forbidden`: 403, this tenant does not let
 * us; `keep` = ask again later, and `throttled`: also for the tenant's others. `stray`: a link to further sessions that was
 * not followed, because it leads away from the configured Graph or goes round.
 */
export type CallRecordResult =
  | { readonly kind: 'found'; readonly record: CallRecord; readonly trace: GraphTrace; readonly stray?: string }
  | { readonly kind: 'missing' | 'forbidden'; readonly trace: GraphTrace }
  | {
      readonly kind: 'keep';
      readonly trace: GraphTrace;
      readonly retryAfterSeconds?: number;
      readonly throttled: boolean;
    };

/** Graph's own records of calls. Never rejects. */
export interface CallRecords {
  /** Reads one with all its sessions, as its tenant. Aborting yields `keep`. */
  callRecord(callChainId: string, tenantId: string, signal?: AbortSignal): Promise<CallRecordResult>;
}
