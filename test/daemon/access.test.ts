import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run as legsVerb } from '../../src/cli/legs.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Daemon } from '../../src/daemon/daemon.ts';

const folder = mkdtempSync(join(tmpdir(), 'otherleg-access-'));
const path = (name: string): string => join(folder, name);

/** A listener for others with TLS and tokens, beside a socket for this machine. */
const configuration = `control:
  listen: [ "https://0.0.0.0:0", "unix:${path('control.sock')}" ]
  tls: { cert: "${path('agent.crt')}", key: "${path('agent.key')}" }
  tokens:
    - { name: bot, file: "${path('bot.token')}", scope: control }
    - { name: desk, file: "${path('desk.token')}", scope: read }
http: { listen: "http://127.0.0.1:0" }
store: { url: "sqlite:${path('otherleg.db')}" }
graph: { baseUrl: "http://127.0.0.1:9", auth: { kind: none, tenantId: 00000000-0000-0000-0000-000000000001 } }
`;

let daemon: Daemon;
let urls: readonly string[];

beforeAll(async () => {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...key, ...subject, '-keyout', path('agent.key'), '-out', path('agent.crt')],
    {
      stdio: 'pipe',
    },
  );
  writeFileSync(path('bot.token'), 'the-token-of-the-bot\n');
  writeFileSync(path('desk.token'), 'the-token-of-the-desk\n');
  writeFileSync(path('otherleg.yaml'), configuration);
  daemon = new Daemon(loadConfig(path('otherleg.yaml'), {}), { log: pino({ level: 'silent' }) });
  urls = await daemon.start();
});
afterAll(async () => {
  await daemon?.close();
  rmSync(folder, { recursive: true, force: true });
});

type Asked = { readonly method?: string; readonly path?: string; readonly token?: string; readonly body?: string };

async function ask({ method = 'GET', path: where = '/v1/legs', token, body }: Asked) {
  const [wide = ''] = urls;
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const url = new URL(where, wide.replace('127.0.0.1', 'localhost'));
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; cookie: string }>();
  https
    .request(url, { method, headers, ca: readFileSync(path('agent.crt')) }, async (response) => {
      await text(response);
      resolve({ status: response.statusCode ?? 0, cookie: String(response.headers['set-cookie'] ?? '') });
    })
    .on('error', reject)
    .end(body);
  return promise;
}

const leg = '/v1/legs/00000000-0000-4000-8000-00000000000a';

describe('an agent that others reach', () => {
  it('speaks TLS, and lets in who has a token, as far as that goes', async () => {
    expect(urls[0]).toMatch(/^https:/);
    expect((await ask({})).status).toBe(401);
    expect((await ask({ token: 'the-token-of-the-desk' })).status).toBe(200);
    expect((await ask({ token: 'the-token-of-the-desk', method: 'PUT', path: leg, body: '{}' })).status).toBe(403);
    expect((await ask({ token: 'the-token-of-the-bot', method: 'PUT', path: leg, body: '{}' })).status).toBe(201);
    expect((await ask({ path: '/readyz' })).status).toBe(200);
  });

  it('gives a browser a cookie that goes over TLS only', async () => {
    const body = JSON.stringify({ token: 'the-token-of-the-desk' });
    const { status, cookie } = await ask({ method: 'POST', path: '/login', body });
    expect(status).toBe(204);
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
  });

  it('takes a renewed token without a restart, and the old one no more', async () => {
    writeFileSync(path('desk.token'), 'another-token-of-the-desk\n');
    await sleep(1_100);
    expect((await ask({ token: 'another-token-of-the-desk' })).status).toBe(200);
    expect((await ask({ token: 'the-token-of-the-desk' })).status).toBe(401);
  });

  it('asks for no token at its socket, which only its owner opens, nor where it has none', async () => {
    expect(statSync(path('control.sock')).mode & 0o777).toBe(0o600);
    expect((await fetch(`${urls[2]}/v1/legs`)).status).toBe(200);
    let shown = '';
    const stdout = { write: (part: string) => (shown += part) } as unknown as NodeJS.WritableStream; // only write is used
    expect(await legsVerb(['--config', path('otherleg.yaml'), '--json'], { stdout, stderr: stdout, env: {} })).toBe(0);
    expect(JSON.parse(shown)).toHaveProperty('items');
  });
});
