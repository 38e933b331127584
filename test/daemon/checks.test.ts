import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { checkCapture } from '../../src/daemon/check-capture.ts';
import { checkToken } from '../../src/daemon/check-token.ts';
import { checkParts, checkSurroundings } from '../../src/daemon/checks.ts';

const tenantId = '00000000-0000-0000-0000-000000000001';
const none = `{ kind: none, tenantId: ${tenantId} }`;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'otherleg-checks-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function config({ host = '127.0.0.1:1', auth = none, capture = '{}' } = {}) {
  const path = join(folder, 'config.yaml');
  writeFileSync(
    path,
    [
      `store: { url: "sqlite:${join(folder, 'otherleg.db')}" }`,
      `graph: { baseUrl: "${auth === none ? 'http' : 'https'}://${host}", auth: ${auth} }`,
      `sources: { capture: ${capture} }`,
    ].join('\n'),
  );
  return loadConfig(path, {}, undefined, 'unread');
}

const named = (checks: readonly { readonly name: string }[], name: string) => checks.find((each) => each.name === name);

describe('checkParts', () => {
  it('looks at everything, and changes nothing', async () => {
    const checks = await checkParts(config());
    expect(checks.map(({ name }) => name)).toEqual(['capture', 'clock', 'store', 'graph host', 'token']);
    expect(named(checks, 'store')).toMatchObject({ state: 'ok', detail: expect.stringContaining('(not there yet)') });
    expect(named(checks, 'graph host')).toEqual({
      name: 'graph host',
      state: 'ok',
      detail: '127.0.0.1 is 127.0.0.1',
    });
  });

  it('leaves to a running agent what that tells of itself', async () => {
    const checks = await checkSurroundings(config());
    expect(checks.map(({ name }) => name)).toEqual(['clock', 'graph host', 'token']);
  });

  it('has an address of a Graph in brackets', async () => {
    const checks = await checkParts(config({ host: '[::1]:1' }));
    expect(named(checks, 'graph host')).toMatchObject({ state: 'ok' });
  });

  it('says when Graph has no address', async () => {
    const auth = `{ kind: secret, tenantId: ${tenantId}, clientId: ${tenantId}, clientSecret: "\${env:NOWHERE}" }`;
    const checks = await checkSurroundings(config({ host: 'graph.invalid', auth }));
    expect(named(checks, 'graph host')).toMatchObject({ state: 'wrong', detail: /graph\.invalid has no address/ });
  });
});

describe('checkToken', () => {
  it('has nothing to ask for without credentials', async () => {
    expect(await checkToken(config())).toMatchObject({ state: 'off' });
  });

  it.each(['file:/nowhere/secret', 'credential:graph-client-secret'])(
    'does not blame who may not read %s',
    async (place) => {
      const reference = `\${${place}}`;
      const auth = `{ kind: secret, tenantId: ${tenantId}, clientId: ${tenantId}, clientSecret: "${reference}" }`;
      const check = await checkToken(config({ host: 'graph.invalid', auth }));
      expect(check).toMatchObject({ state: 'unknown', detail: expect.stringContaining(reference) });
    },
  );
});

describe('checkCapture', () => {
  const of = (capture: string) => checkCapture(config({ capture }).sources.capture);

  it('looks at nothing where it is off', () => {
    expect(of('{}')).toMatchObject({ state: 'off' });
  });

  it('says what is missing first: the tool, then the interface', () => {
    const check = of('{ enabled: true, interface: nowhere7 }');
    expect(check.state).toBe('wrong');
    expect(check.detail).toMatch(/no tcpdump or dumpcap is installed|there is no interface nowhere7/);
    expect(check.step).toMatch(/apt install tcpdump|ip link/);
  });

  it('says whether this user has the right', () => {
    const check = of('{ enabled: true, interface: lo }');
    if (check.state === 'ok') expect(check.detail).toMatch(/(tcpdump|dumpcap) on lo$/);
    else expect(check.step).toMatch(/CAP_NET_RAW|apt install tcpdump/);
  });
});
