import type { Claimed, Outcome } from '../model/delivery.ts';

/** The state that an outcome leaves its report in. */
export const STATE_AFTER = { accepted: 'delivered', refused: 'refused', expired: 'expired', keep: 'queued' } as const;

/** What an operator and Microsoft's support want to know of one attempt. Neither body nor token. Absent members are left out in JSON. */
export function outcomeLine({ report, attempts }: Claimed, outcome: Outcome) {
  const { code, message, requestId, clientRequestId, status, hint } = outcome.trace ?? {};
  return {
    leg: report.mediaLegId,
    call: report.callChainId,
    tenant: report.tenantId,
    state: STATE_AFTER[outcome.kind],
    attempt: attempts + 1,
    status,
    code,
    reason: message,
    requestId,
    clientRequestId,
    hint,
    dueAt: outcome.kind === 'keep' ? outcome.dueAt : undefined,
  };
}
