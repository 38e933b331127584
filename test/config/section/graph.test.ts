import { describe, expect, it } from 'vitest';
import { graph } from '../../../src/config/section/graph.ts';
import { TENANT } from '../temporary.ts';
import { reasons } from './reasons.ts';

describe('graph', () => {
  const schema = graph({ env: { SECRET: 'hunter2' } });
  const none = { kind: 'none', tenantId: TENANT };
  const secret = { kind: 'secret', tenantId: TENANT, clientId: TENANT, clientSecret: `\${env:SECRET}` };

  it.each([
    ['http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
    ['http://localhost:9000/', 'http://localhost:9000'],
    ['http://[::1]:9000/graph//', 'http://[::1]:9000/graph'],
    ['HTTPS://Graph.Example.com', 'https://graph.example.com'],
  ])('takes baseUrl %s', (baseUrl, want) => {
    expect(schema.parse({ baseUrl, auth: secret }).baseUrl).toBe(want);
  });

  it.each([
    ['http://graph.microsoft.com', 'must be https: tokens would travel in the clear'],
    ['http://127.0.0.1.example.com', 'must be https: tokens would travel in the clear'],
    ['ftp://127.0.0.1', 'is not an http or https URL'],
    ['graph.microsoft.com', 'is not an http or https URL'],
    ['https://me:secret@graph.microsoft.com', 'must have no user, query or fragment'],
    ['https://graph.microsoft.com/?a=b', 'must have no user, query or fragment'],
    ['https://graph.microsoft.com/#a', 'must have no user, query or fragment'],
  ])('refuses baseUrl %s', (baseUrl, want) => {
    expect(reasons(schema, { baseUrl, auth: secret })).toEqual([want]);
  });

  it.each([
    [undefined, false],
    ['http://127.0.0.1:9000', true],
    ['https://127.0.0.1:9000', true],
    ['https://[::1]', true],
    ['https://graph.example.com', false],
  ])('lets kind none go with baseUrl %s: %s', (baseUrl, taken) => {
    const value = { auth: none, ...(baseUrl === undefined ? {} : { baseUrl }) };
    expect(reasons(schema, value)).toEqual(taken ? [] : ['none is allowed only with a baseUrl on loopback']);
  });

  it.each(['global', 'usgov', 'dod'])('knows the cloud %s', (cloud) => {
    expect(schema.parse({ cloud, auth: secret }).cloud).toBe(cloud);
  });
});
