import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cloudNamed } from '../../src/graph/clouds.ts';
import { federatedCredential } from '../../src/graph/federated.ts';
import { loginTransport } from '../../src/graph/login-transport.ts';
import { managedIdentity } from '../../src/graph/managed-identity.ts';
import { msalTokens } from '../../src/graph/tokens.ts';
import { CLIENT, form, granted, loginHost, type Reply, TENANT } from './login-host.ts';

/*
 * MSAL keeps the endpoint it once found for the whole process, and each identity's token: one endpoint for all tests, and an
 * identity of its own for each.
 */
const asked: { readonly url: URL; readonly metadata: string | undefined }[] = [];
let reply: (url: URL) => Reply;
let endpoint: Server;

const inAnHour = () => String(Math.floor(Date.now() / 1000) + 3600);
const identityToken = (token: string, url: URL): Reply => ({
  body: {
    access_token: token,
    expires_on: inAnHour(),
    resource: url.searchParams.get('resource'),
    token_type: 'Bearer',
  },
});

beforeAll(async () => {
  endpoint = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://endpoint');
    asked.push({ url, metadata: request.headers['metadata']?.toString() });
    const { status = 200, body } = reply(url);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => endpoint.once('listening', resolve));
  const { port } = endpoint.address() as AddressInfo; // of a listening TCP server
  process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] = `http://127.0.0.1:${port}`;
  process.env['http_proxy'] = 'http://127.0.0.1:9';
});
afterAll(() => {
  delete process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'];
  delete process.env['http_proxy'];
  endpoint.close();
});
afterEach(() => void asked.splice(0));

describe('a managed identity', () => {
  it('is asked for at the endpoint of this machine, past every proxy, and stands for the application', async () => {
    reply = (url) => identityToken('assertion-of-machine', url);
    const login = await loginHost(() => granted('token-1'));
    const transport = loginTransport({ origin: login.origin, direct: true });
    const tokens = msalTokens({
      cloud: cloudNamed('global'),
      clientId: CLIENT,
      credential: federatedCredential(managedIdentity({ cloud: 'global' })),
      clock: { now: () => Date.now() / 1000 },
      logger: { debug: () => undefined, warn: () => undefined },
      transport,
    });
    expect(await tokens.token(TENANT)).toBe('token-1');
    expect(asked.map(({ url }) => url.pathname)).toEqual([
      expect.stringMatching(/^\/metadata\/identity\/oauth2\/token\/?$/),
    ]);
    expect(asked[0]?.metadata).toBe('true');
    expect(asked[0]?.url.searchParams.get('resource')).toBe('api://AzureADTokenExchange');
    expect(form(login.seen[0])['client_assertion']).toBe('assertion-of-machine');
  });

  it('that was assigned by an operator is asked for by its client id, in the audience of its cloud', async () => {
    reply = (url) => identityToken('assertion-of-user', url);
    const clientId = '33333333-3333-3333-3333-333333333333';
    const source = managedIdentity({ clientId, cloud: 'dod' });
    expect([await source.assertion(), await source.assertion()]).toEqual(['assertion-of-user', 'assertion-of-user']);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.url.searchParams.get('client_id')).toBe(clientId);
    expect(asked[0]?.url.searchParams.get('resource')).toBe('api://AzureADTokenExchangeUSGov');
  });

  it.each([
    [400, 'TOKEN_REFUSED', 'Assign the identity'],
    [404, 'TOKEN_UNREACHABLE', '169.254.169.254'],
    [429, 'TOKEN_UNREACHABLE', '169.254.169.254'],
    [500, 'TOKEN_UNREACHABLE', '169.254.169.254'],
  ])('answered with %i: %s', async (status, code, hint) => {
    reply = () => ({ status, body: { error: 'invalid_request', error_description: 'Identity not found' } });
    const clientId = `44444444-4444-4444-4444-444444444${status}`;
    await expect(managedIdentity({ clientId, cloud: 'global' }).assertion()).rejects.toMatchObject({
      code,
      message: expect.stringContaining(clientId),
      hint: expect.stringContaining(hint),
    });
    // Not again and again, with pauses that a report would have to wait for.
    expect(asked).toHaveLength(1);
  });
});
