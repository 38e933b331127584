import { expect, it } from 'vitest';
import { managedIdentity } from '../../src/graph/managed-identity.ts';
import { loopbackServer } from './loopback-server.ts';

// A file of its own: MSAL keeps the endpoint it once found for the whole process.
it('a managed identity of App Service is asked for at the endpoint that the environment names, with its header', async () => {
  const endpoint = await loopbackServer(({ path }, response) => {
    const resource = new URL(path, 'http://endpoint').searchParams.get('resource');
    const expiresOn = String(Math.floor(Date.now() / 1000) + 3600);
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ access_token: 'assertion', expires_on: expiresOn, resource, token_type: 'Bearer' }));
  });
  process.env['IDENTITY_ENDPOINT'] = `${endpoint.origin}/msi/token`;
  process.env['IDENTITY_HEADER'] = 'header-of-app-service';
  try {
    expect(await managedIdentity({ cloud: 'global' }).assertion()).toBe('assertion');
  } finally {
    delete process.env['IDENTITY_ENDPOINT'];
    delete process.env['IDENTITY_HEADER'];
  }
  expect(endpoint.seen[0]?.path).toMatch(/^\/msi\/token\/?\?/);
  expect(endpoint.seen[0]?.headers['x-identity-header']).toBe('header-of-app-service');
});
