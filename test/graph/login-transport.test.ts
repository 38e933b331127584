import { describe, expect, it } from 'vitest';
import { loginTransport } from '../../src/graph/login-transport.ts';
import { loopbackServer } from './loopback-server.ts';

const URL_OF_LOGIN = 'https://login.microsoftonline.com/tenant/oauth2/v2.0/token?x=1';

describe('loginTransport', () => {
  it('posts what MSAL gives it and hands back status, lower-case headers and JSON', async () => {
    const login = await loopbackServer((_seen, response) =>
      response.writeHead(401, { 'Retry-After': '7', 'X-Ms-Request-Id': 'r' }).end('{"error":"e"}'),
    );
    const asked = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b%2B&c=' };
    const answer = await loginTransport({ origin: login.origin }).sendPostRequestAsync(URL_OF_LOGIN, asked);
    expect(answer).toMatchObject({ status: 401, body: { error: 'e' } });
    expect(answer.headers).toMatchObject({ 'retry-after': '7', 'x-ms-request-id': 'r' });
    expect(login.seen[0]).toMatchObject({ path: '/tenant/oauth2/v2.0/token?x=1', body: asked.body });
    expect(login.seen[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  it('gets, too', async () => {
    const login = await loopbackServer((_seen, response) => response.end('{"keys":[]}'));
    const answer = await loginTransport({ origin: login.origin }).sendGetRequestAsync('https://login.example/keys');
    expect(answer).toMatchObject({ status: 200, body: { keys: [] } });
  });

  it.each([
    ['a page', '<html>', { error: 'http_502', error_description: 'HTTP 502 without JSON: <html>' }],
    ['a bare word', '"no"', { error: 'http_502' }],
    ['null', 'null', { error: 'http_502' }],
    ['nothing', '', { error: 'http_502' }],
  ])('makes an OAuth error of %s', async (_name, text, body) => {
    const login = await loopbackServer((_seen, response) => response.writeHead(502).end(text));
    const answer = await loginTransport({ origin: login.origin }).sendPostRequestAsync(URL_OF_LOGIN);
    expect(answer).toMatchObject({ status: 502, body });
  });

  it('reads no endless answer', async () => {
    const login = await loopbackServer((_seen, response) => {
      const more = () => response.destroyed || response.write('x'.repeat(50_000), () => setImmediate(more));
      more();
    });
    const asked = loginTransport({ origin: login.origin }).sendPostRequestAsync(URL_OF_LOGIN);
    await expect(asked).rejects.toMatchObject({
      errorCode: 'network_error',
      errorMessage: expect.stringContaining('maxContentLength'),
    });
  });
});
