import { describe, expect, it } from 'vitest';
import { judge } from '../../src/graph/graph-answer.ts';

const NOW = 784_111_700;

const answer = (status: number, headers: Record<string, string> = {}, body = '') => ({
  status,
  header: (name: string) => headers[name],
  body,
});

const kindOf = (status: number) => judge(answer(status), 'sent-id', NOW).kind;
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('judge', () => {
  it('knows one of three outcomes for every status', () => {
    expect(range(200, 299).map(kindOf)).toEqual(range(200, 299).map(() => 'accepted'));
    expect(range(300, 399).map(kindOf)).toEqual(range(300, 399).map(() => 'keep'));
    const keep = new Set([401, 407, 408, 421, 425, 429]);
    expect(range(400, 499).map(kindOf)).toEqual(
      range(400, 499).map((status) => (keep.has(status) ? 'keep' : 'refused')),
    );
    expect(range(500, 599).map(kindOf)).toEqual(range(500, 599).map(() => 'keep'));
  });

  it.each([400, 403, 404, 409, 413, 422])('%i refuses, with all that Graph said', (status) => {
    const body = JSON.stringify({
      error: { code: 'SomeCode', message: 'some words', innerError: { 'request-id': 'inner' } },
    });
    const headers = {
      'request-id': 'outer',
      'client-request-id': 'echoed',
      'x-ms-ags-diagnostic': '{"ServerInfo":{}}',
    };
    expect(judge(answer(status, headers, body), 'sent-id', NOW)).toMatchObject({
      kind: 'refused',
      trace: {
        status,
        code: 'SomeCode',
        message: 'some words',
        requestId: 'outer',
        clientRequestId: 'echoed',
        diagnostic: '{"ServerInfo":{}}',
      },
    });
  });

  it('takes the ids from the body where the headers lack them, and what was sent where both do', () => {
    const body = '{"error":{"innererror":{"request-id":"inner"}}}';
    expect(judge(answer(400, {}, body), 'sent-id', NOW).trace).toMatchObject({
      requestId: 'inner',
      clientRequestId: 'sent-id',
    });
  });

  it('says what to do about 7505', () => {
    expect(judge(answer(403, {}, '{"error":{"code":"7505"}}'), 'sent-id', NOW).trace.hint).toContain(
      'tenantId of the call',
    );
  });

  it.each([
    { name: '429 in seconds', status: 429, header: '120', want: { throttled: true, retryAfterSeconds: 120 } },
    { name: '429 without', status: 429, header: undefined, want: { throttled: true } },
    { name: '429 with garbage', status: 429, header: 'soon', want: { throttled: true } },
    {
      name: '429 as a date',
      status: 429,
      header: 'Sun, 06 Nov 1994 08:49:37 GMT',
      want: { throttled: true, retryAfterSeconds: 77 },
    },
    { name: '503 in seconds', status: 503, header: '9', want: { throttled: true, retryAfterSeconds: 9 } },
    { name: '503 without', status: 503, header: undefined, want: { throttled: false } },
    { name: '504 in seconds', status: 504, header: '9', want: { throttled: false, retryAfterSeconds: 9 } },
    { name: '500', status: 500, header: undefined, want: { throttled: false } },
    { name: '408', status: 408, header: undefined, want: { throttled: false } },
    { name: '401', status: 401, header: undefined, want: { throttled: true } },
  ])('$name', ({ status, header, want }) => {
    const headers = header === undefined ? {} : { 'retry-after': header };
    const { kind, trace, ...rest } = judge(answer(status, headers), 'sent-id', NOW);
    expect([kind, trace.status, rest]).toEqual(['keep', status, want]);
  });

  it('says where a redirect would have led', () => {
    const { kind, trace } = judge(answer(302, { location: 'https://elsewhere.example/x' }), 'sent-id', NOW);
    expect(kind).toBe('keep');
    expect(trace.message).toContain('https://elsewhere.example/x');
    expect(trace.hint).toContain('graph.baseUrl');
  });
});
