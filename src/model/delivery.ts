/** Where a leg's report stands. `none` and `waiting` are no alarm. */
export type DeliveryStateName = 'none' | 'waiting' | 'queued' | 'delivered' | 'refused' | 'expired' | 'dropped';

/** `reason`: of none `nothing-measured` | `discarded`; of waiting `webex-import`; of dropped `no-meeting` | `by-operator`; of refused Graph's code; of expired `maximum-age`. */
export type DeliveryState = {
  readonly state: DeliveryStateName;
  readonly reason?: string;
  readonly attempts?: number;
  /** Epoch seconds: when the state began, and when the next attempt is due. */
  readonly at?: number;
  readonly dueAt?: number;
};

/** A report that is owed to Graph: the body as it will be sent, octet for octet. */
export type Report = {
  readonly mediaLegId: string;
  readonly tenantId: string;
  readonly callChainId: string;
  /** JSON text `{"quality":{…}}`. */
  readonly body: string;
  readonly createdAt: number;
};

/** What Graph told beside its verdict; every member may be missing. */
export type GraphTrace = {
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
  readonly requestId?: string;
  readonly clientRequestId?: string;
  readonly diagnostic?: string;
  readonly hint?: string;
};

/** How one attempt ended. `keep`: tried again at `dueAt`; `told`: that is when Graph asked for it. Epoch seconds. */
export type Outcome = { readonly at: number; readonly trace?: GraphTrace } & (
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'keep'; readonly dueAt: number; readonly told?: true }
);

/** A report taken for sending: nobody else has it until the lease ends, and a late answer with an old fence is ignored. */
export type Claimed = { readonly report: Report; readonly fence: number; readonly attempts: number };

/** A report as operators see it. */
export type Delivery = Omit<Report, 'body'> & {
  readonly state: Exclude<DeliveryStateName, 'none' | 'waiting'>;
  readonly attempts: number;
  readonly dueAt?: number;
  readonly settledAt?: number;
  readonly last?: Outcome;
};

export type ReportQuery = { readonly state?: Delivery['state']; readonly limit: number; readonly after?: string };
