import { describe, expect, it } from 'vitest';
import { answerCode } from '../../src/daemon/answer-code.ts';
import { GraphCounts } from '../../src/daemon/graph-counts.ts';

describe('answerCode', () => {
  it.each([
    [204, '204'],
    [429, '429'],
    [206, '2xx'],
    [302, '3xx'],
    [418, '4xx'],
    [599, '5xx'],
    ['TOKEN_REFUSED', 'no_token'],
    ['TOKEN_UNREACHABLE', 'no_token'],
    ['ECONNRESET', 'no_answer'],
    [undefined, 'no_answer'],
  ])('%s is %s', (by, code) => expect(answerCode(by)).toBe(code));
});

describe('requests to Graph', () => {
  it('count by what they are and how they ended', () => {
    const counts = new GraphCounts();
    counts.take({ method: 'POST', status: 204, seconds: 0.2 });
    counts.take({ method: 'POST', status: 429, seconds: 0.02 });
    counts.take({ method: 'POST', seconds: 30.5 });
    counts.take({ method: 'GET', status: 503, seconds: 1 });
    const { report, call_record: record } = counts.requests;
    expect(Object.fromEntries(report.by)).toEqual({ 204: 1, 429: 1, no_answer: 1 });
    expect(report.failures).toBe(2);
    expect(report.seconds.sum).toBeCloseTo(30.72);
    expect(report.seconds.counts.at(-1)).toBe(1);
    expect(Object.fromEntries(record.by)).toEqual({ 503: 1 });
    expect(counts.throttled).toBe(2);
  });
});
