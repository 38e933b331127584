import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { type AccessToken, bearerOf, bearerOfSession, sessionFor } from '../../src/http/access.ts';
import { buildServer, type Scope } from '../../src/http/server.ts';
import { fakeAgent, knownId } from './agent-fake.ts';

const desk: AccessToken = { name: 'desk', scope: 'read', reveal: () => 'desk-token-of-the-desk' };
const bot: AccessToken = { name: 'bot', scope: 'control', reveal: () => 'bot-token-of-the-bot!' };
const tokens = [desk, bot];

const served = (scope: Scope = 'all', own = tokens) =>
  buildServer(fakeAgent().agent, pino({ level: 'silent' }), scope, { tokens: own });

const json = { 'content-type': 'application/json', host: 'otherleg.example.com' };
const as = (token: string) => ({ ...json, authorization: `Bearer ${token}` });

describe('a listener with tokens', () => {
  it.each([
    ['GET', '/v1/legs', 401],
    ['GET', '/v1/legs?limit=1', 401],
    ['GET', '/openapi.json', 401],
    ['GET', '/nowhere', 401],
    ['POST', `/v1/legs/${knownId}/end`, 401],
    ['PUT', `/v1/legs/${knownId}`, 401],
    ['GET', '/livez', 200],
    ['GET', '/readyz', 200],
    ['GET', '/startupz', 200],
    ['POST', '/logout', 204],
  ] as const)('answers %s %s without a token with %i', async (method, url, status) => {
    const app = await served();
    const answer = await app.inject({ method, url, headers: { host: json.host } });
    expect(answer.statusCode).toBe(status);
    if (status !== 401) return;
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
    expect(answer.json()).toMatchObject({ code: 'ACCESS_TOKEN_MISSING', hint: expect.stringContaining('Bearer') });
  });

  it.each([
    ['desk-token-of-the-desk', 'GET', '/v1/legs', 200],
    ['desk-token-of-the-desk', 'PUT', `/v1/legs/${knownId}`, 403],
    ['desk-token-of-the-desk', 'POST', `/v1/legs/${knownId}/end`, 403],
    ['desk-token-of-the-desk', 'DELETE', `/v1/reports/${knownId}`, 403],
    ['bot-token-of-the-bot!', 'GET', '/v1/legs', 200],
    ['bot-token-of-the-bot!', 'PUT', `/v1/legs/${knownId}`, 200],
    ['desk-token-of-the-des', 'GET', '/v1/legs', 401],
    ['desk-token-of-the-desk!', 'GET', '/v1/legs', 401],
    ['', 'GET', '/v1/legs', 401],
  ] as const)('lets %j %s %s with %i', async (token, method, url, status) => {
    const app = await served();
    const payload = method === 'PUT' ? { payload: {} } : {};
    expect((await app.inject({ method, url, headers: as(token), ...payload })).statusCode).toBe(status);
  });

  it('writes nothing on a listener that reads, whatever the token', async () => {
    const app = await served('read');
    const url = `/v1/legs/${knownId}`;
    expect((await app.inject({ method: 'PUT', url, headers: as(bot.reveal()), payload: {} })).statusCode).toBe(404);
  });

  it('trades a token for a cookie that scripts do not see and other sites do not send', async () => {
    const app = await served();
    const login = (token: string) => app.inject({ method: 'POST', url: '/login', headers: json, payload: { token } });
    const answer = await login(desk.reveal());
    expect(answer.statusCode).toBe(204);
    const cookie = String(answer.headers['set-cookie']);
    expect(cookie).toMatch(/^otherleg=[\w~.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(desk.reveal());
    const headers = { ...json, cookie: `other=1; ${cookie.split(';')[0]}` };
    expect((await app.inject({ url: '/v1/legs', headers })).statusCode).toBe(200);
    expect((await app.inject({ method: 'PUT', url: `/v1/legs/${knownId}`, headers, payload: {} })).statusCode).toBe(
      403,
    );
    expect((await login('guess')).statusCode).toBe(401);
    expect((await login('guess')).headers['set-cookie']).toBeUndefined();
    const out = await app.inject({ method: 'POST', url: '/logout', headers: { host: json.host } });
    expect(out.headers['set-cookie']).toContain('otherleg=; Path=/; Max-Age=0');
  });

  it('refuses a login that another page sends', async () => {
    const app = await served();
    const headers = { ...json, origin: 'https://evil.example' };
    const answer = await app.inject({ method: 'POST', url: '/login', headers, payload: { token: desk.reveal() } });
    expect(answer.statusCode).toBe(403);
  });

  it('takes no more from who has yet to log in than a token needs', async () => {
    const app = await served();
    const login = (length: number) =>
      app.inject({ method: 'POST', url: '/login', headers: json, payload: { token: 'x'.repeat(length) } });
    expect((await login(1024)).statusCode).toBe(401);
    expect((await login(5000)).statusCode).toBe(413);
  });

  it('answers in the shape of Webex, too, who has no token', async () => {
    const app = await served();
    const url = '/v1/meeting/qualities?meetingId=x';
    expect((await app.inject({ url, headers: json })).statusCode).toBe(401);
    expect((await app.inject({ url, headers: as('desk-token-of-the-des') })).statusCode).toBe(401);
  });

  it('tells in the log who came in, and once that tokens are tried, never which', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
    const app = await buildServer(fakeAgent().agent, log, 'all', { tokens });
    const login = (token: string) => app.inject({ method: 'POST', url: '/login', headers: json, payload: { token } });
    for (let n = 0; n < 20; n += 1) await login('guess-of-somebody');
    await app.inject({ url: '/v1/legs', headers: as('guess-of-somebody') });
    await login(desk.reveal());
    const told = lines.map((line): { readonly msg: string } => JSON.parse(line));
    expect(told).toMatchObject([
      { msg: 'tokens that are not known were refused', count: 1, address: '127.0.0.1' },
      { msg: 'logged in', by: 'desk' },
    ]);
    expect(lines.join('')).not.toMatch(/guess-of|desk-token/);
  });

  it.each(['/v1/legs', `/v1/legs/${knownId}`, '/nowhere', '/openapi.json'])('%s is kept by no browser', async (url) => {
    const { headers } = await (await served()).inject({ url, headers: as(desk.reveal()) });
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });

  it('lets nobody take longer than a minute for a request, over TLS or not', async () => {
    const { cert, key } = { cert: '', key: '' };
    const plain = await served();
    const secure = await buildServer(fakeAgent().agent, pino({ level: 'silent' }), 'all', {
      tokens,
      tls: { cert, key },
    });
    expect([plain.server.requestTimeout, secure.server.requestTimeout]).toEqual([60_000, 60_000]);
  });

  it('takes its own page behind a proxy that has the TLS', async () => {
    const app = await served();
    const headers = { ...json, origin: `https://${json.host}` };
    const answer = await app.inject({ method: 'POST', url: '/login', headers, payload: { token: desk.reveal() } });
    expect(answer.statusCode).toBe(204);
  });
});

describe('a listener without tokens', () => {
  it('lets everybody on this machine in, and nobody under another name', async () => {
    const app = await served('all', []);
    expect((await app.inject({ url: '/v1/legs', headers: { host: '127.0.0.1:1' } })).statusCode).toBe(200);
    expect((await app.inject({ url: '/v1/legs', headers: { host: json.host } })).statusCode).toBe(421);
    const login = {
      method: 'POST',
      url: '/login',
      headers: { ...json, host: 'localhost' },
      payload: { token: 'x' },
    } as const;
    expect((await app.inject(login)).statusCode).toBe(404);
  });

  it('on a Unix socket takes any Host', async () => {
    const app = await buildServer(fakeAgent().agent, pino({ level: 'silent' }), 'all', { isSocket: true });
    expect((await app.inject({ url: '/v1/legs', headers: { host: json.host } })).statusCode).toBe(200);
  });
});

describe('a session', () => {
  const now = 1_700_000_000;
  const { value, seconds } = sessionFor(desk, now);

  it('is its bearer until it is over', () => {
    expect(bearerOfSession(tokens, value, now)).toEqual({ name: 'desk', scope: 'read' });
    expect(bearerOfSession(tokens, value, now + seconds - 1)).toEqual({ name: 'desk', scope: 'read' });
    expect(bearerOfSession(tokens, value, now + seconds)).toBeUndefined();
  });

  it('ends with its token', () => {
    expect(bearerOfSession([{ ...desk, reveal: () => 'another-token-of-the-desk' }], value, now)).toBeUndefined();
    expect(bearerOfSession([bot], value, now)).toBeUndefined();
  });

  it.each([
    value.replace('desk', 'bot'),
    value.replace(String(now + seconds), String(now + seconds + 1)),
    `${value}A`,
    value.slice(0, -1),
    'desk~9999999999~',
    'desk~~',
    '',
    '~~~~',
  ])('cannot be made up: %j', (session) => {
    expect(bearerOfSession(tokens, session, now)).toBeUndefined();
  });

  it('is not the token of another with the same text', () => {
    expect(bearerOf(tokens, 'bot-token-of-the-bot!')).toEqual({ name: 'bot', scope: 'control' });
    expect(bearerOf([], 'bot-token-of-the-bot!')).toBeUndefined();
  });
});
