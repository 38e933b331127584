import { pino } from 'pino';
import { expect, it } from 'vitest';
import { buildServer } from '../../src/http/server.ts';
import { fakeAgent } from './agent-fake.ts';

const headers = { host: 'otherleg.example.com' };

it('counts who tries a token that nobody has, and nobody else', async () => {
  const refusals = { login: 0, token: 0 };
  const tokens = [{ name: 'desk', scope: 'read', reveal: () => 'the-token-of-the-desk' }] as const;
  const app = await buildServer(fakeAgent({ refusals }).agent, pino({ level: 'silent' }), 'read', { tokens });
  const ask = (authorization?: string) =>
    app.inject({ url: '/v1/legs', headers: { ...headers, ...(authorization && { authorization }) } });
  const login = (token: string) => app.inject({ method: 'POST', url: '/login', headers, payload: { token } });
  expect((await ask()).statusCode).toBe(401);
  expect((await ask('Bearer the-token-of-the-desk')).statusCode).toBe(200);
  expect((await login('the-token-of-the-desk')).statusCode).toBe(204);
  expect(refusals).toEqual({ login: 0, token: 0 });
  for (const guess of ['Bearer guess', 'Bearer the-token-of-the-des', 'Basic dGhl'])
    expect((await ask(guess)).statusCode).toBe(401);
  for (const guess of ['guess', 'the-token-of-the-desk ']) expect((await login(guess)).statusCode).toBe(401);
  expect(refusals).toEqual({ login: 2, token: 3 });
  await app.close();
});
