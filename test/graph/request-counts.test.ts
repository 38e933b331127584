import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { secretCredential } from '../../src/graph/client-secret.ts';
import { cloudNamed } from '../../src/graph/clouds.ts';
import { graphClient } from '../../src/graph/graph-client.ts';
import type { Exchanged } from '../../src/graph/graph-http.ts';
import { loginTransport } from '../../src/graph/login-transport.ts';
import { noTokens } from '../../src/graph/no-tokens.ts';
import { msalTokens, type TokenCounts } from '../../src/graph/tokens.ts';
import { CLIENT, denied, granted, loginHost, TENANT } from './login-host.ts';
import { type LoopbackServer, loopbackServer } from './loopback-server.ts';

const now = 1_800_000_000;
const report = { mediaLegId: 'leg', tenantId: TENANT, callChainId: 'call', body: '{}', createdAt: now };

function client(baseUrl: string, more: object = {}) {
  const heard: Exchanged[] = [];
  const graph = graphClient({
    ...{ baseUrl, apiVersion: 'v1.0', userAgent: 'otherleg/1.2.3', tokens: noTokens, clock: { now: () => now } },
    onExchange: (exchanged) => heard.push(exchanged),
    ...more,
  });
  return { graph, heard };
}

describe('requests', () => {
  it('are told of with status and time', async () => {
    const server = await loopbackServer((_seen, response) => setTimeout(() => response.writeHead(204).end(), 50));
    const { graph, heard } = client(server.origin);
    await graph.postReport(report);
    expect(heard).toEqual([{ method: 'POST', status: 204, seconds: expect.any(Number) }]);
    expect(heard[0]?.seconds).toBeGreaterThan(0.04);
    expect(heard[0]?.seconds).toBeLessThan(5);
  });

  it('are told of by kind, and each where one renewed its token', async () => {
    const server = await loopbackServer((_seen, response) => response.writeHead(401).end());
    const tokens = { token: async (_tenant: string, ask = {}) => ('refused' in ask ? 'second' : 'first') };
    const { graph, heard } = client(server.origin, { tokens });
    await graph.callRecord('call', TENANT);
    expect(heard.map(({ method, status }) => [method, status])).toEqual([
      ['GET', 401],
      ['GET', 401],
    ]);
  });

  it('without an answer have no status', async () => {
    const { graph, heard } = client(await deadOrigin());
    await graph.postReport(report);
    expect(heard).toEqual([{ method: 'POST', seconds: expect.any(Number) }]);
  });

  it('that we cut off ourselves are nobody’s failure', async () => {
    const server = await loopbackServer(() => undefined);
    const { graph, heard } = client(server.origin);
    const stop = new AbortController();
    const posted = graph.postReport(report, stop.signal);
    setTimeout(() => stop.abort(), 50);
    await posted;
    expect(heard).toEqual([]);
  });

  it('that were not made for want of a token are none', async () => {
    const { graph, heard } = client('http://127.0.0.1:9', { tokens: { token: () => Promise.reject(new Error('no')) } });
    await graph.postReport(report);
    expect(heard).toEqual([]);
  });
});

/** Where nothing listens any more. */
async function deadOrigin(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 9}`;
}

describe('requests for tokens', () => {
  const provider = (login: LoopbackServer, counts: TokenCounts) =>
    msalTokens({
      ...{ cloud: cloudNamed('global'), clientId: CLIENT, credential: secretCredential(() => 'secret'), counts },
      clock: { now: () => Date.now() / 1000 },
      logger: { debug: () => undefined, warn: () => undefined },
      transport: loginTransport({ origin: login.origin, deadlineSeconds: 2 }),
    });

  it('count once while the token is kept, and tell when it expires', async () => {
    const login = await loginHost(() => granted('token-1'));
    const counts: TokenCounts = { asked: 0, refused: 0, unreachable: 0 };
    const tokens = provider(login, counts);
    await tokens.token(TENANT);
    await tokens.token(TENANT);
    expect(counts).toEqual({ asked: 1, refused: 0, unreachable: 0, expiresAt: expect.any(Number) });
    expect((counts.expiresAt ?? 0) - Date.now() / 1000).toBeGreaterThan(3000);
    await tokens.token(TENANT, { refused: 'token-1' });
    expect(counts.asked).toBe(2);
  });

  it('count as refused, once while the refusal stands', async () => {
    const login = await loginHost(() =>
      denied(401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.'),
    );
    const counts: TokenCounts = { asked: 0, refused: 0, unreachable: 0 };
    const tokens = provider(login, counts);
    for (const _ of [1, 2]) await expect(tokens.token(TENANT)).rejects.toThrow('refused');
    expect(counts).toEqual({ asked: 1, refused: 1, unreachable: 0 });
  });

  it('count as unreachable where nobody answers', async () => {
    const counts: TokenCounts = { asked: 0, refused: 0, unreachable: 0 };
    const login = { origin: await deadOrigin(), seen: [] } as unknown as LoopbackServer; // only its origin is used
    await expect(provider(login, counts).token(TENANT)).rejects.toThrow('no token');
    expect(counts).toEqual({ asked: 1, refused: 0, unreachable: 1 });
  });
});
