import { AxiosError } from 'axios';
import { afterEach, describe, expect, it } from 'vitest';
import { CutOff } from '../../src/graph/deadline.ts';
import { graphClient } from '../../src/graph/graph-client.ts';
import { loginTransport } from '../../src/graph/login-transport.ts';
import { networkFailure } from '../../src/graph/network-failure.ts';
import type { Report } from '../../src/model/delivery.ts';
import { loopbackServer } from './loopback-server.ts';
import { connectProxy, hasOpenssl, TLS_NAME, tlsServer } from './tls-server.ts';

const report: Report = { mediaLegId: 'leg', tenantId: 'tenant', callChainId: 'call', body: '{}', createdAt: 0 };
const tokens = { token: async () => 'very-secret' };

const post = (baseUrl: string) =>
  graphClient({
    baseUrl,
    apiVersion: 'v1.0',
    userAgent: 'otherleg/1.2.3',
    tokens,
    clock: { now: () => 0 },
    deadlineSeconds: 3,
  }).postReport(report);

describe('networkFailure', () => {
  const aborted = AbortSignal.abort(new CutOff('DEADLINE', 'too late'));
  it.each([
    {
      name: 'a code of the system',
      error: new AxiosError('refused', 'ECONNREFUSED'),
      want: ['ECONNREFUSED', 'refused'],
    },
    { name: 'a code alone', error: new AxiosError('', 'ECONNREFUSED'), want: ['ECONNREFUSED', 'ECONNREFUSED'] },
    { name: 'any error', error: new TypeError('odd'), want: ['UNKNOWN', 'odd'] },
    { name: 'no error at all', error: 'odd', want: ['UNKNOWN', 'odd'] },
    { name: 'the deadline', error: new AxiosError('canceled'), signal: aborted, want: ['DEADLINE', 'too late'] },
  ])('$name', ({ error, signal, want }) => {
    const { code, message } = networkFailure(error, signal);
    expect([code, message]).toEqual(want);
  });
});

const skipped = !hasOpenssl() && process.env['OTHERLEG_TEST_ALL'] !== '1';
describe.skipIf(skipped)('over TLS and proxies (else: apt-get install -y openssl)', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    delete process.env['https_proxy'];
    delete process.env['http_proxy'];
    for (const close of closing.splice(0)) close();
  });

  const server = async (trusted: boolean) => {
    const seen: (string | undefined)[] = [];
    const graph = await tlsServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200).end();
    }, trusted);
    closing.push(graph.close);
    return { ...graph, seen };
  };

  const proxy = async (to: Parameters<typeof connectProxy>[0]) => {
    const between = await connectProxy(to);
    closing.push(between.close);
    process.env['https_proxy'] = between.origin;
    return between;
  };

  it('a trusted Graph accepts', async () => {
    const graph = await server(true);
    expect((await post(`https://127.0.0.1:${graph.port}`)).kind).toBe('accepted');
  });

  it('a Graph with a strange certificate gets nothing, and the report is kept', async () => {
    const graph = await server(false);
    const result = await post(`https://127.0.0.1:${graph.port}`);
    expect(result).toMatchObject({ kind: 'keep', throttled: false, trace: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    expect(graph.seen).toEqual([]);
  });

  it('a Graph behind a proxy accepts, and the proxy never sees the token', async () => {
    const graph = await server(true);
    const between = await proxy(graph);
    expect((await post(`https://${TLS_NAME}:${graph.port}`)).kind).toBe('accepted');
    expect(graph.seen).toEqual(['Bearer very-secret']);
    expect(between.heard()).toContain(`CONNECT ${TLS_NAME}:${graph.port} HTTP/1.1`);
    expect(between.heard()).not.toContain('very-secret');
  });

  it.each([400, 403, 404, 407, 502])(
    'a proxy that refuses the tunnel with %i is no verdict of Graph',
    async (status) => {
      const between = await proxy({ status });
      const result = await post('https://graph.microsoft.com');
      expect(result).toMatchObject({ kind: 'keep', throttled: false, trace: { code: 'PROXY_REFUSED' } });
      expect(result.trace.message).toContain(`graph.microsoft.com with ${status}`);
      expect(result.trace.hint).toContain('https_proxy');
      expect(between.heard()).not.toContain('very-secret');
    },
  );

  it('a proxy that refuses the tunnel is no verdict of the login host either', async () => {
    const between = await proxy({ status: 403 });
    const url = 'https://login.microsoftonline.com/tenant/oauth2/v2.0/token';
    const asked = loginTransport().sendPostRequestAsync(url, { body: 'client_secret=very-secret' });
    await expect(asked).rejects.toMatchObject({
      errorCode: 'network_error',
      errorMessage: expect.stringContaining('PROXY_REFUSED'),
    });
    expect(between.heard()).not.toContain('very-secret');
  });

  it('the proxy is not asked for a Graph on loopback', async () => {
    process.env['http_proxy'] = 'http://127.0.0.1:9';
    const graph = await loopbackServer((_seen, response) => response.writeHead(200).end());
    expect((await post(graph.origin)).kind).toBe('accepted');
  });
});
