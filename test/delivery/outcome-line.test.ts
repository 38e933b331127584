import { describe, expect, it } from 'vitest';
import { outcomeLine } from '../../src/delivery/outcome-line.ts';

const report = { mediaLegId: 'leg', tenantId: 'tenant', callChainId: 'call', body: '{"secret":1}', createdAt: 0 };
const claimed = { report, fence: 1, attempts: 2 };
const ids = { leg: 'leg', call: 'call', tenant: 'tenant', attempt: 3 };
const trace = { status: 403, code: '7505', message: 'no', requestId: 'r', clientRequestId: 'c', hint: 'do this' };

describe('outcomeLine', () => {
  it.each([
    [
      { kind: 'accepted', at: 1 },
      { ...ids, state: 'delivered' },
    ],
    [
      { kind: 'expired', at: 1 },
      { ...ids, state: 'expired' },
    ],
    [
      { kind: 'keep', at: 1, dueAt: 9, trace: { code: 'ECONNREFUSED' } },
      { ...ids, state: 'queued', code: 'ECONNREFUSED', dueAt: 9 },
    ],
    [
      { kind: 'refused', at: 1, trace },
      {
        ...ids,
        state: 'refused',
        status: 403,
        code: '7505',
        reason: 'no',
        requestId: 'r',
        clientRequestId: 'c',
        hint: 'do this',
      },
    ],
  ] as const)('of %j', (outcome, want) => {
    // As it is written: JSON leaves out what is absent.
    expect(JSON.parse(JSON.stringify(outcomeLine(claimed, outcome)))).toEqual(want);
  });
});
