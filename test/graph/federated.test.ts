import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cloudNamed } from '../../src/graph/clouds.ts';
import { federatedCredential, projectedToken } from '../../src/graph/federated.ts';
import { loginTransport } from '../../src/graph/login-transport.ts';
import { msalTokens } from '../../src/graph/tokens.ts';
import { CLIENT, denied, form, granted, loginHost, TENANT } from './login-host.ts';
import type { LoopbackServer } from './loopback-server.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'otherleg-federated-'));
  file = join(folder, 'token');
});
afterEach(() => rmSync(folder, { recursive: true }));

const silent = { debug: () => undefined, warn: () => undefined };

const provider = (login: LoopbackServer) =>
  msalTokens({
    cloud: cloudNamed('global'),
    clientId: CLIENT,
    credential: federatedCredential(projectedToken(file)),
    clock: { now: () => Date.now() / 1000 },
    logger: silent,
    transport: loginTransport({ origin: login.origin, deadlineSeconds: 2 }),
  });

describe('a projected token', () => {
  it('is the assertion of the application, as the file holds it', async () => {
    writeFileSync(file, 'header.claims.signature\n');
    const login = await loginHost(() => granted('token-1'));
    expect(await provider(login).token(TENANT)).toBe('token-1');
    expect(form(login.seen[0])).toMatchObject({
      grant_type: 'client_credentials',
      client_id: CLIENT,
      client_assertion: 'header.claims.signature',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    expect(form(login.seen[0])).not.toHaveProperty('client_secret');
  });

  it('is read again with each token request, and a token that was got with an older one stays good', async () => {
    const login = await loginHost((index) => granted(`token-${index + 1}`));
    const tokens = provider(login);
    writeFileSync(file, 'first');
    await tokens.token(TENANT);
    writeFileSync(file, 'second');
    expect(await tokens.token(TENANT)).toBe('token-1');
    expect(await tokens.token(TENANT, { refused: 'token-1' })).toBe('token-2');
    expect(login.seen.map((seen) => form(seen)['client_assertion'])).toEqual(['first', 'second']);
  });

  it.each([
    ['AADSTS700213: No matching federated identity record found', 'Add a federated credential to application'],
    ['AADSTS700024: Client assertion is not within its valid time range', 'clock'],
    ['AADSTS500133: Assertion is not within its valid time range', 'clock'],
    ['something new', 'federated credential'],
  ])('that is refused with %s has its remedy', async (description, hint) => {
    writeFileSync(file, 'first');
    const login = await loginHost(() => denied(401, 'invalid_client', description));
    await expect(provider(login).token(TENANT)).rejects.toMatchObject({
      code: 'TOKEN_REFUSED',
      hint: expect.stringContaining(hint),
    });
  });

  it('that was refused is tried again as soon as the file holds another', async () => {
    writeFileSync(file, 'stale');
    const login = await loginHost((_index, seen) =>
      form(seen)['client_assertion'] === 'fresh' ? granted('token-1') : denied(401, 'invalid_client', 'AADSTS700024'),
    );
    const tokens = provider(login);
    for (const _ of [1, 2, 3]) await expect(tokens.token(TENANT)).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    expect(login.seen).toHaveLength(1);
    writeFileSync(file, 'fresh');
    expect(await tokens.token(TENANT)).toBe('token-1');
  });

  it.each([
    ['cannot be read', undefined],
    ['is empty', ' \n'],
  ])('whose file %s is a refusal that names it', async (words, text) => {
    if (text !== undefined) writeFileSync(file, text);
    const login = await loginHost(() => granted('token-1'));
    await expect(provider(login).token(TENANT)).rejects.toMatchObject({
      code: 'TOKEN_REFUSED',
      message: expect.stringContaining(words),
      hint: expect.stringContaining(file),
    });
    expect(login.seen).toEqual([]);
  });
});
