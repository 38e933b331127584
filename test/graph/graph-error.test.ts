import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphError } from '../../src/graph/graph-error.ts';

const ids = { date: '2026-11-21T13:54:17', 'request-id': 'r-1', 'client-request-id': 'c-1' };

describe('graphError', () => {
  it.each([
    {
      name: 'the documented shape',
      body: JSON.stringify({ error: { code: 'BadRequest', message: 'no', innerError: ids } }),
      want: { code: 'BadRequest', message: 'no', requestId: 'r-1', clientRequestId: 'c-1' },
    },
    {
      name: 'the other spelling of innerError',
      body: JSON.stringify({
        error: { code: '7505', message: 'Request authorization tenant mismatch.', innererror: ids },
      }),
      want: {
        code: '7505',
        message: 'Request authorization tenant mismatch.',
        requestId: 'r-1',
        clientRequestId: 'c-1',
      },
    },
    {
      name: 'an empty message, as callRecords sends it',
      body: '{"error":{"code":"NotFound","message":"","innerError":{}}}',
      want: { code: 'NotFound' },
    },
    {
      name: 'an error wrapped into a message',
      body: JSON.stringify({
        error: {
          code: 'UnknownError',
          message: '{"errorCode":"7503","message":"not registered","instanceAnnotations":[]}',
        },
      }),
      want: { code: '7503', message: 'not registered' },
    },
    {
      name: 'a number for a code',
      body: '{"error":{"code":7504,"message":"no"}}',
      want: { code: '7504', message: 'no' },
    },
    { name: 'OAuth shape', body: '{"error":"invalid_token"}', want: { code: 'invalid_token' } },
    { name: 'a bare error', body: '{"code":"X","message":"y"}', want: { code: 'X', message: 'y' } },
    { name: 'HTML', body: '<html>\n <h1>Bad\tGateway</h1>', want: { message: '<html> <h1>Bad Gateway</h1>' } },
    { name: 'nothing', body: ' \n', want: {} },
    { name: 'an array', body: '[1]', want: { message: '[1]' } },
    { name: 'wrong types all over', body: '{"error":{"code":[],"message":{},"innerError":7}}', want: {} },
    { name: 'null', body: '{"error":null}', want: {} },
  ])('$name', ({ body, want }) => {
    expect(graphError(body)).toEqual(want);
  });

  it('bounds what it passes on', () => {
    const { code, message } = graphError(
      JSON.stringify({ error: { code: 'c'.repeat(9_999), message: 'm'.repeat(9_999) } }),
    );
    expect([code?.length, message?.length]).toEqual([100, 500]);
  });

  it('takes any JSON and any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((json) => `{"error":${json}}`),
        ),
        (body) => {
          for (const value of Object.values(graphError(body))) expect(value.length).toBeLessThanOrEqual(500);
        },
      ),
    );
  });
});
