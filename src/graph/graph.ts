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
