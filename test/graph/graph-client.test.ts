import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { graphClient } from '../../src/graph/graph-client.ts';
import { noTokens } from '../../src/graph/no-tokens.ts';
import type { TokenAsk, TokenProvider } from '../../src/graph/tokens.ts';
import type { Report } from '../../src/model/delivery.ts';
import { OtherlegError } from '../../src/model/error.ts';
import { loopbackServer } from './loopback-server.ts';

const report: Report = {
  mediaLegId: '5d0c0f5e-2c1f-4ac5-9d8e-6f4f3a2b1c0d',
  tenantId: '00000000-0000-0000-0000-000000000001',
  callChainId: '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
  // Blanks, an escape and letters beyond ASCII: any re-encoding on the way would show.
  body: ' {"quality": {"deviceName":"Böärdroom \\u00e9 😀",  "n":1.0} } \n',
  createdAt: 1_000,
};

const clock = { now: () => 784_111_700 };

/** Hands out the tokens in turn, the next one when the last was refused. */
function tokensOf(...tokens: string[]): TokenProvider & { readonly asks: TokenAsk[] } {
  const asks: TokenAsk[] = [];
  return {
    asks,
    token: async (_tenantId, { signal: _, ...ask } = {}) => {
      asks.push(ask);
      return ask.refused === undefined ? tokens[0] : tokens[tokens.indexOf(ask.refused) + 1];
    },
  };
}

const failing = (error: Error): TokenProvider => ({ token: () => Promise.reject(error) });

const client = (baseUrl: string, more: Partial<Parameters<typeof graphClient>[0]> = {}) =>
  graphClient({
    baseUrl,
    apiVersion: 'v1.0',
    userAgent: 'otherleg/1.2.3',
    tokens: tokensOf('t-1', 't-2'),
    clock,
    ...more,
  });

describe('the request', () => {
  it('is the stored body octet for octet, with the headers that Graph wants', async () => {
    const graph = await loopbackServer((_seen, response) => response.writeHead(204).end());
    const result = await client(graph.origin).postReport(report);
    expect(result).toMatchObject({ kind: 'accepted', trace: { status: 204 } });
    const [seen] = graph.seen;
    expect(seen?.body).toBe(report.body);
    expect(seen?.path).toBe('/v1.0/communications/calls/logTeleconferenceDeviceQuality');
    expect(seen?.headers).toMatchObject({
      'user-agent': 'otherleg/1.2.3',
      'content-type': 'application/json',
      authorization: 'Bearer t-1',
      'content-length': String(Buffer.byteLength(report.body)),
    });
  });

  it('carries a client-request-id of its own each time, which the trace tells', async () => {
    const graph = await loopbackServer((_seen, response) => response.writeHead(200).end());
    const posting = client(graph.origin);
    const traces = [await posting.postReport(report), await posting.postReport(report)].map(({ trace }) => trace);
    const sent = graph.seen.map(({ headers }) => headers['client-request-id']);
    expect(sent).toEqual(traces.map(({ clientRequestId }) => clientRequestId));
    expect(new Set(sent).size).toBe(2);
    for (const id of sent) expect(id).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  });

  it.each([
    ['', 'v1.0', '/v1.0/communications'],
    ['//', 'beta', '/beta/communications'],
    ['/prefix/', 'v1.0', '/prefix/v1.0/communications'],
  ] as const)('goes below baseUrl %j in %s', async (suffix, apiVersion, want) => {
    const graph = await loopbackServer((_seen, response) => response.writeHead(200).end());
    await client(`${graph.origin}${suffix}`, { apiVersion }).postReport(report);
    expect(graph.seen[0]?.path).toBe(`${want}/calls/logTeleconferenceDeviceQuality`);
  });

  it('has no Authorization without tokens', async () => {
    const graph = await loopbackServer((_seen, response) => response.writeHead(200).end());
    await client(graph.origin, { tokens: noTokens }).postReport(report);
    expect(graph.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it.each([
    'ftp://graph.example',
    'graph.example',
    'http://graph.example',
    'https://user:pass@graph.example',
    'https://graph.example?x=1',
    'https://graph.example#x',
    '',
  ])('does not go to %j', (baseUrl) => {
    expect(() => client(baseUrl)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

describe('the answer', () => {
  it.each([
    [200, ''],
    [200, 'not JSON at all'],
    [202, '{"anything":true}'],
    [204, ''],
  ])('%i with body %j accepts', async (status, body) => {
    const graph = await loopbackServer((_seen, response) =>
      response.writeHead(status, { 'request-id': 'r-1' }).end(body),
    );
    expect(await client(graph.origin).postReport(report)).toMatchObject({
      kind: 'accepted',
      trace: { status, requestId: 'r-1' },
    });
  });

  it('accepts by the status although the body never ends', async () => {
    const graph = await loopbackServer((_seen, response) => response.writeHead(200).write('{'));
    const result = await client(graph.origin, { deadlineSeconds: 0.2 }).postReport(report);
    expect(result.kind).toBe('accepted');
  });

  it('accepts by the status although the connection breaks in the body', async () => {
    const graph = await loopbackServer((_seen, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
    });
    expect((await client(graph.origin).postReport(report)).kind).toBe('accepted');
  });

  it('refuses with what of an endless body fits the bound', async () => {
    const graph = await loopbackServer((_seen, response) => {
      response.writeHead(413);
      const more = () => response.destroyed || response.write('x'.repeat(10_000), () => setImmediate(more));
      more();
    });
    const result = await client(graph.origin).postReport(report);
    expect(result).toMatchObject({ kind: 'refused', trace: { status: 413 } });
    expect(result.trace.message).toMatch(/^x{499}…$/);
  });

  it('tells 429 with its Retry-After', async () => {
    const headers = { 'Retry-After': 'Sun, 06 Nov 1994 08:49:37 GMT', Date: 'Sun, 06 Nov 1994 08:49:07 GMT' };
    const graph = await loopbackServer((_seen, response) => response.writeHead(429, headers).end());
    expect(await client(graph.origin).postReport(report)).toMatchObject({
      kind: 'keep',
      throttled: true,
      retryAfterSeconds: 30,
      trace: { status: 429 },
    });
  });

  it('never passes the token on when Graph echoes it', async () => {
    const graph = await loopbackServer(({ headers }, response) =>
      response.writeHead(400).end(`${headers.authorization}`),
    );
    const result = await client(graph.origin, { tokens: tokensOf('very-secret') }).postReport(report);
    expect(result.trace.message).toBe('Bearer [secret]');
  });

  it('is not followed elsewhere, so that no other host sees report or token', async () => {
    const other = await loopbackServer((_seen, response) => response.writeHead(200).end());
    for (const status of [301, 302, 303, 307, 308]) {
      const location = { location: `${other.origin}/v1.0/x` };
      const graph = await loopbackServer((_seen, response) => response.writeHead(status, location).end());
      const result = await client(graph.origin).postReport(report);
      expect(result).toMatchObject({ kind: 'keep', throttled: false, trace: { status } });
      expect(result.trace.message).toContain(other.origin);
    }
    expect(other.seen).toEqual([]);
  });
});

describe('a 401', () => {
  it('renews the token once and posts again', async () => {
    const graph = await loopbackServer(({ headers }, response) =>
      response.writeHead(headers.authorization === 'Bearer t-2' ? 200 : 401).end(),
    );
    const tokens = tokensOf('t-1', 't-2');
    expect((await client(graph.origin, { tokens }).postReport(report)).kind).toBe('accepted');
    expect(tokens.asks).toEqual([{}, { refused: 't-1' }]);
    const ids = graph.seen.map(({ headers }) => headers['client-request-id']);
    expect(new Set(ids).size).toBe(2);
  });

  it('keeps the report when the renewed token is refused, too', async () => {
    const graph = await loopbackServer((_seen, response) =>
      response.writeHead(401).end('{"error":{"code":"InvalidAuthenticationToken","message":"no"}}'),
    );
    const result = await client(graph.origin).postReport(report);
    expect(result).toMatchObject({ kind: 'keep', throttled: true, trace: { code: 'InvalidAuthenticationToken' } });
    expect(result.trace.hint).toContain('graph.auth.clientId');
    expect(graph.seen).toHaveLength(2);
  });

  it('is asked once only where there is nothing to renew', async () => {
    const graph = await loopbackServer((_seen, response) => response.writeHead(401).end());
    expect((await client(graph.origin, { tokens: noTokens }).postReport(report)).kind).toBe('keep');
    expect(graph.seen).toHaveLength(1);
  });
});

describe('without a token', () => {
  it('a refusal keeps the report and holds its tenant', async () => {
    const graph = await loopbackServer((_seen, response) => response.writeHead(200).end());
    const tokens = failing(new OtherlegError('TOKEN_REFUSED', 'no consent', { hint: 'ask' }));
    const trace = { code: 'TOKEN_REFUSED', message: 'no consent', hint: 'ask' };
    expect(await client(graph.origin, { tokens }).postReport(report)).toEqual({ kind: 'keep', throttled: true, trace });
    expect(graph.seen).toEqual([]);
  });

  it.each([
    [new OtherlegError('TOKEN_UNREACHABLE', 'login host down'), 'TOKEN_UNREACHABLE'],
    [new Error('a surprise'), 'UNKNOWN'],
  ])('%s keeps the report', async (error, code) => {
    const result = await client('http://127.0.0.1:9', { tokens: failing(error) }).postReport(report);
    expect(result).toMatchObject({ kind: 'keep', throttled: false, trace: { code, message: error.message } });
  });
});

describe('the network', () => {
  it('refused keeps the report', async () => {
    const graph = await loopbackServer(() => undefined);
    await graph.close();
    const result = await client(graph.origin).postReport(report);
    expect(result).toMatchObject({ kind: 'keep', throttled: false, trace: { code: 'ECONNREFUSED' } });
    expect(result.trace.message).toContain('127.0.0.1');
  });

  it('reset keeps the report', async () => {
    const graph = await loopbackServer((_seen, response) => response.socket?.resetAndDestroy());
    expect(await client(graph.origin).postReport(report)).toMatchObject({
      kind: 'keep',
      trace: { code: 'ECONNRESET' },
    });
  });

  it('silent keeps the report after the deadline', async () => {
    const graph = await loopbackServer(() => undefined);
    const began = performance.now();
    const result = await client(graph.origin, { deadlineSeconds: 0.2 }).postReport(report);
    expect(result).toMatchObject({ kind: 'keep', trace: { code: 'DEADLINE', message: 'no answer within 0.2 s' } });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('that speaks no TLS, or no HTTP, keeps the report', async () => {
    const noise = createServer((socket) => socket.end('220 smtp.example ESMTP\r\n'));
    await new Promise<void>((listening) => noise.listen(0, '127.0.0.1', listening));
    const address = noise.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    for (const scheme of ['https', 'http']) {
      const result = await client(`${scheme}://127.0.0.1:${port}`, { deadlineSeconds: 2 }).postReport(report);
      expect(result.kind).toBe('keep');
      expect(result.trace.code).toBeTypeOf('string');
    }
    noise.close();
  });

  it('cut off by us keeps the report', async () => {
    const controller = new AbortController();
    const graph = await loopbackServer(() => controller.abort());
    const result = await client(graph.origin).postReport(report, controller.signal);
    expect(result).toMatchObject({ kind: 'keep', trace: { code: 'STOPPED' } });
    const again = await client(graph.origin).postReport(report, controller.signal);
    expect(again).toMatchObject({ kind: 'keep', trace: { code: 'STOPPED' } });
    expect(graph.seen).toHaveLength(1);
  });

  it('is connected anew after a 503, and otherwise not', async () => {
    const statuses = [200, 200, 503, 200, 200];
    const graph = await loopbackServer((_seen, response, index) => response.writeHead(statuses[index] ?? 200).end());
    const posting = client(graph.origin);
    for (const _ of statuses) await posting.postReport(report);
    expect(graph.seen.map(({ connection }) => connection)).toEqual([0, 0, 0, 1, 1]);
  });
});
