import { afterEach, describe, expect, it, vi } from 'vitest';
import { secretCredential } from '../../src/graph/client-secret.ts';
import { cloudNamed } from '../../src/graph/clouds.ts';
import { graphClient } from '../../src/graph/graph-client.ts';
import { loginTransport } from '../../src/graph/login-transport.ts';
import { noTokens } from '../../src/graph/no-tokens.ts';
import { type MsalTokensOptions, msalTokens } from '../../src/graph/tokens.ts';
import { CLIENT, denied, form, granted, loginHost, TENANT } from './login-host.ts';
import { type LoopbackServer, loopbackServer, type Seen } from './loopback-server.ts';

const OTHER = '22222222-2222-2222-2222-222222222222';
const SECRET = 'S3cret~with/odd+signs=';

/** Everything logged, as it would be written. */
const logged: string[] = [];
const log = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));
const logger = { debug: log, warn: log };
afterEach(() => void logged.splice(0));

let now = 1_800_000_000;
const clock = { now: () => now };

const provider = (login: LoopbackServer, more: Partial<MsalTokensOptions> = {}) =>
  msalTokens({
    cloud: cloudNamed('global'),
    clientId: CLIENT,
    credential: secretCredential(() => SECRET),
    clock,
    logger,
    transport: loginTransport({ origin: login.origin, deadlineSeconds: 2 }),
    ...more,
  });

describe('a token', () => {
  it('is asked for by client credentials at the tenant of the call', async () => {
    const login = await loginHost(() => granted('token-1'));
    expect(await provider(login).token(TENANT)).toBe('token-1');
    expect(login.seen[0]?.path).toMatch(new RegExp(`^/${TENANT}/oauth2/v2.0/token(\\?|$)`));
    expect(form(login.seen[0])).toMatchObject({
      grant_type: 'client_credentials',
      client_id: CLIENT,
      client_secret: SECRET,
      scope: 'https://graph.microsoft.com/.default',
    });
    expect(login.seen).toHaveLength(1);
  });

  it('is for the scope of its cloud', async () => {
    const login = await loginHost(() => granted('token-1'));
    await provider(login, { cloud: cloudNamed('dod') }).token(TENANT);
    expect(form(login.seen[0])['scope']).toBe('https://dod-graph.microsoft.us/.default');
  });

  it('goes to the real authority of the cloud unless a test redirects it', async () => {
    const asked: string[] = [];
    const network = loginTransport({ origin: 'http://127.0.0.1:9' });
    const transport = {
      sendGetRequestAsync: network.sendGetRequestAsync,
      sendPostRequestAsync: async (url: string) => {
        asked.push(new URL(url).origin);
        return network.sendPostRequestAsync(url) as never; // Rejects: nothing listens there.
      },
    };
    for (const name of ['global', 'usgov', 'dod']) {
      const tokens = msalTokens({
        cloud: cloudNamed(name),
        clientId: CLIENT,
        credential: secretCredential(() => SECRET),
        clock,
        logger,
        transport,
      });
      await expect(tokens.token(TENANT)).rejects.toMatchObject({ code: 'TOKEN_UNREACHABLE' });
    }
    const us = 'https://login.microsoftonline.us';
    expect(asked).toEqual(['https://login.microsoftonline.com', us, us]);
  });

  it('is one request for ten callers', async () => {
    const login = await loginHost(() => granted('token-1'));
    const tokens = provider(login);
    const all = await Promise.all(Array.from({ length: 10 }, () => tokens.token(TENANT)));
    expect(new Set(all)).toEqual(new Set(['token-1']));
    expect(login.seen).toHaveLength(1);
  });

  it('is kept while it lasts', async () => {
    const login = await loginHost((index) => granted(`token-${index + 1}`));
    const tokens = provider(login);
    expect([await tokens.token(TENANT), await tokens.token(TENANT)]).toEqual(['token-1', 'token-1']);
    expect(login.seen).toHaveLength(1);
  });

  it('is renewed in its last minutes', async () => {
    const login = await loginHost((index) => granted(`token-${index + 1}`, index === 0 ? 290 : 3_600));
    const tokens = provider(login);
    expect([await tokens.token(TENANT), await tokens.token(TENANT)]).toEqual(['token-1', 'token-2']);
  });

  it('is one per tenant', async () => {
    const login = await loginHost((_index, { path }) => granted(`token of ${path.split('/')[1]}`));
    const tokens = provider(login);
    expect(await tokens.token(TENANT)).toBe(`token of ${TENANT}`);
    expect(await tokens.token(OTHER)).toBe(`token of ${OTHER}`);
    expect(await tokens.token(TENANT)).toBe(`token of ${TENANT}`);
    expect(login.seen).toHaveLength(2);
  });

  it('lets one caller give up without the others', async () => {
    const login = await loginHost(() => granted('token-1'));
    const tokens = provider(login);
    const impatient = new AbortController();
    const both = [tokens.token(TENANT, { signal: impatient.signal }), tokens.token(TENANT)];
    impatient.abort();
    expect(await Promise.allSettled(both)).toMatchObject([{ status: 'rejected' }, { value: 'token-1' }]);
  });

  it('is nothing at all with auth.kind none', async () => {
    expect(await noTokens.token(TENANT)).toBeUndefined();
  });
});

describe('a token that Graph refused', () => {
  it('is renewed in spite of the cache, once for all who had it', async () => {
    const login = await loginHost((index) => granted(`token-${index + 1}`));
    const tokens = provider(login);
    await tokens.token(TENANT);
    const renewed = await Promise.all([1, 2, 3].map(() => tokens.token(TENANT, { refused: 'token-1' })));
    expect(renewed).toEqual(['token-2', 'token-2', 'token-2']);
    expect(await tokens.token(TENANT, { refused: 'token-1' })).toBe('token-2');
    expect(login.seen).toHaveLength(2);
    expect(await tokens.token(TENANT, { refused: 'token-2' })).toBe('token-3');
  });

  it('costs one renewal for a burst of reports', async () => {
    const login = await loginHost((index) => granted(`token-${index + 1}`));
    const graph = await loopbackServer(({ headers }, response) =>
      response.writeHead(headers.authorization === 'Bearer token-2' ? 204 : 401).end(),
    );
    const options = {
      baseUrl: graph.origin,
      apiVersion: 'v1.0',
      userAgent: 'otherleg/0',
      tokens: provider(login),
      clock,
    } as const;
    const report = { mediaLegId: 'leg', tenantId: TENANT, callChainId: 'call', body: '{}', createdAt: 0 };
    const posting = graphClient(options);
    const results = await Promise.all(Array.from({ length: 8 }, () => posting.postReport(report)));
    expect(results.map(({ kind }) => kind)).toEqual(results.map(() => 'accepted'));
    expect(login.seen).toHaveLength(2);
  });
});

describe('a refusal of the login host', () => {
  it.each([
    ['AADSTS7000215: Invalid client secret provided.', 401, 'invalid_client', 'its Value (not its Secret ID)'],
    [
      'AADSTS700016: Application not found in the directory.',
      400,
      'unauthorized_client',
      `/${TENANT}/adminconsent?client_id=${CLIENT}`,
    ],
    ['AADSTS65001: The administrator has not consented.', 400, 'invalid_grant', 'adminconsent'],
    ['AADSTS90002: Tenant not found.', 400, 'invalid_request', 'graph.cloud'],
  ])('%s', async (description, status, error, hint) => {
    const login = await loginHost(() => denied(status, error, `${description} Trace ID: t Correlation ID: c`));
    await expect(provider(login).token(TENANT)).rejects.toMatchObject({
      name: 'OtherlegError',
      code: 'TOKEN_REFUSED',
      message: expect.stringContaining(description),
      hint: expect.stringContaining(hint),
    });
  });

  it('is remembered for half a minute, so that a thousand reports do not ask a thousand times', async () => {
    const login = await loginHost((index) => (index === 0 ? denied(401, 'invalid_client', 'no') : granted('token-1')));
    const tokens = provider(login);
    for (const _ of [1, 2, 3]) await expect(tokens.token(TENANT)).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    expect(login.seen).toHaveLength(1);
    now += 31;
    expect(await tokens.token(TENANT)).toBe('token-1');
  });

  it('is forgotten with a new secret', async () => {
    let secret = 'wrong';
    const login = await loginHost((_index, seen) =>
      form(seen)['client_secret'] === 'right'
        ? granted('token-1')
        : denied(401, 'invalid_client', 'AADSTS7000215: Invalid'),
    );
    const tokens = provider(login, { credential: secretCredential(async () => secret) });
    await expect(tokens.token(TENANT)).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    secret = 'right';
    expect(await tokens.token(TENANT)).toBe('token-1');
  });

  it.each([
    ['cannot be read', () => Promise.reject(new Error('ENOENT'))],
    ['is empty', () => ''],
  ])('is foreseen when the secret %s', async (words, secret) => {
    const login = await loginHost(() => granted('token-1'));
    await expect(provider(login, { credential: secretCredential(secret) }).token(TENANT)).rejects.toMatchObject({
      code: 'TOKEN_REFUSED',
      message: expect.stringContaining(words),
      hint: expect.stringContaining('graph.auth'),
    });
    expect(login.seen).toEqual([]);
  });

  it.each(['common', 'organizations'])('is foreseen for the tenant %s', async (tenantId) => {
    const login = await loginHost(() => granted('token-1'));
    await expect(provider(login).token(tenantId)).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    expect(login.seen).toEqual([]);
  });
});

describe('a login host that is not well', () => {
  it.each([
    ['429', { status: 429, headers: { 'retry-after': '7' }, body: { error: 'temporarily_unavailable' } }],
    ['503 with a page', { status: 503, body: '<html>Our services are not available</html>' }],
    ['500', { status: 500, body: { error: 'server_error', error_description: 'AADSTS90033: transient' } }],
    ['200 of a captive portal', { status: 200, body: '<html>Sign in to the WiFi</html>' }],
    ['200 without a token', { status: 200, body: {} }],
    ['408', { status: 408, body: {} }],
    ['redirect', { status: 302, headers: { location: 'https://elsewhere.example/' } }],
  ])('%s', async (_name, reply) => {
    const login = await loginHost(() => reply);
    await expect(provider(login).token(TENANT)).rejects.toMatchObject({
      code: 'TOKEN_UNREACHABLE',
      message: expect.stringContaining(TENANT),
      hint: expect.stringContaining('https://login.microsoftonline.com'),
    });
  });

  it('is left alone by MSAL after a 429, and that is no refusal', async () => {
    const login = await loginHost(() => ({ status: 429, headers: { 'retry-after': '60' }, body: { error: 'busy' } }));
    const tokens = provider(login);
    for (const _ of [1, 2]) await expect(tokens.token(TENANT)).rejects.toMatchObject({ code: 'TOKEN_UNREACHABLE' });
    expect(login.seen).toHaveLength(1);
  });

  it('is given up after the deadline when it is silent', async () => {
    const login = await loginHost(() => undefined);
    const transport = loginTransport({ origin: login.origin, deadlineSeconds: 0.2 });
    await expect(provider(login, { transport }).token(TENANT)).rejects.toMatchObject({
      code: 'TOKEN_UNREACHABLE',
      message: expect.stringContaining('DEADLINE: no answer within 0.2 s'),
    });
  });

  it('says why it was not reached', async () => {
    const login = await loginHost(() => granted('token-1'));
    await login.close();
    await expect(provider(login).token(TENANT)).rejects.toMatchObject({
      code: 'TOKEN_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('may refuse an early renewal: the token at hand serves, and what MSAL logs of it is redacted', async () => {
    const login = await loginHost((index, seen) =>
      index === 0 ? granted('token-1', 3_600, { refresh_in: 1 }) : denied(401, 'invalid_client', `got ${seen.body}`),
    );
    const tokens = provider(login);
    now = Date.now() / 1000;
    expect(await tokens.token(TENANT)).toBe('token-1');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    now = Date.now() / 1000;
    expect(await tokens.token(TENANT)).toBe('token-1');
    vi.useRealTimers();
    expect(login.seen).toHaveLength(2);
    const byMsal = logged.filter((line) => line.includes('"op":"msal"')).join('\n');
    expect(byMsal).toContain('client_secret=[secret]');
    expect(byMsal).not.toContain('S3cret');
  });

  it('is asked anew when the clock was set back: what was got and refused in the future does not count', async () => {
    const login = await loginHost((index) =>
      index === 0 ? denied(401, 'invalid_client', 'no') : granted(`token-${index}`),
    );
    const tokens = provider(login);
    await expect(tokens.token(TENANT)).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    now -= 86_400;
    expect(await tokens.token(TENANT)).toBe('token-1');
    now += 86_400;
    expect(await tokens.token(TENANT)).toBe('token-1');
    now -= 86_400;
    expect(await tokens.token(TENANT)).toBe('token-2');
    now += 86_400;
  });

  it('does not take away a token that still lasts', async () => {
    const login = await loginHost((index) => (index === 0 ? granted('token-1', 200) : { status: 503, body: {} }));
    const tokens = provider(login);
    now = Date.now() / 1000;
    expect([await tokens.token(TENANT), await tokens.token(TENANT)]).toEqual(['token-1', 'token-1']);
    expect(login.seen).toHaveLength(2);
    // But Graph's own refusal does, and so does its end.
    await expect(tokens.token(TENANT, { refused: 'token-1' })).rejects.toMatchObject({ code: 'TOKEN_UNREACHABLE' });
    now += 201;
    await expect(tokens.token(TENANT)).rejects.toMatchObject({ code: 'TOKEN_UNREACHABLE' });
  });
});

describe('secrets', () => {
  it('are in no log and no error, whatever the login host echoes', async () => {
    const echo = (seen: Seen) => `AADSTS7000215: got ${seen.body} that is ${form(seen)['client_secret']}`;
    const errors: unknown[] = [];
    for (const status of [401, 503]) {
      const login = await loginHost((_index, seen) => denied(status, 'invalid_client', echo(seen)));
      errors.push(
        await provider(login)
          .token(TENANT)
          .catch((error: unknown) => error),
      );
    }
    const login = await loginHost((index, seen) =>
      index === 0 ? granted('token-very-secret', 3_600, { refresh_in: 0 }) : denied(401, 'invalid_client', echo(seen)),
    );
    const tokens = provider(login);
    for (const _ of [1, 2]) await tokens.token(TENANT).catch((error: unknown) => errors.push(error));
    await tokens.token(TENANT, { refused: 'token-very-secret' }).catch((error: unknown) => errors.push(error));

    const text = [...logged, ...errors.map((error) => `${(error as Error).stack} ${JSON.stringify(error)}`)].join('\n');
    expect(errors.length).toBeGreaterThanOrEqual(3);
    expect(text).toContain('[secret]');
    for (const form of [SECRET, encodeURIComponent(SECRET), 'S3cret', 'token-very-secret'])
      expect(text).not.toContain(form);
  });

  it('are told to nobody where the login host redirects', async () => {
    const other = await loopbackServer((_seen, response) => response.end());
    const login = await loginHost(() => ({ status: 307, headers: { location: other.origin } }));
    await expect(provider(login).token(TENANT)).rejects.toMatchObject({ code: 'TOKEN_UNREACHABLE' });
    expect(other.seen).toEqual([]);
  });

  it('make one warning for one failure', async () => {
    const warn = vi.fn();
    const login = await loginHost(() => denied(401, 'invalid_client', 'AADSTS7000215: Invalid'));
    const tokens = provider(login, { logger: { debug: log, warn } });
    await Promise.allSettled(Array.from({ length: 10 }, () => tokens.token(TENANT)));
    await tokens.token(TENANT).catch(() => undefined);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatchObject({ op: 'token', tenant: TENANT, code: 'TOKEN_REFUSED' });
  });
});
