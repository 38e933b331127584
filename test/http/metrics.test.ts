import { describe, expect, it } from 'vitest';
import { serverOf } from './agent-fake.ts';

const headers = { host: '127.0.0.1:7741' };
const metrics = async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'a 1\n' });

describe('GET /metrics', () => {
  it.each(['all', 'read'] as const)('answers on listeners for %s, without a token', async (scope) => {
    const { app } = await serverOf({ metrics }, scope);
    const answer = await app.inject({ url: '/metrics', headers });
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'a 1\n',
    ]);
  });

  it('is not there where nothing is counted', async () => {
    const { app } = await serverOf();
    expect((await app.inject({ url: '/metrics', headers })).statusCode).toBe(404);
  });

  it('answers only to a name of this agent', async () => {
    const { app } = await serverOf({ metrics });
    const answer = await app.inject({ url: '/metrics', headers: { host: 'evil.example' }, remoteAddress: '127.0.0.1' });
    expect(answer.json()).toMatchObject({ code: 'HOST_REFUSED' });
  });
});
