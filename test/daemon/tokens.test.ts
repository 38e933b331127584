import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlClient } from '../../src/client/control-client.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { buildLog } from '../../src/daemon/log.ts';
import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { loginTransport } from '../../src/graph/login-transport.ts';
import { audio, identity, slimStats, until } from './slim-gateway.ts';

const SECRET = 'the-secret-that-must-not-be-seen';
const otherTenant = '00000000-0000-0000-0000-000000000002';

let folder = '';
let login: Server;
let asked: string[];
let refused = false;
let graph: GraphStandIn;
let daemon: Daemon | undefined;
let logged = '';

/** The login host: a token per tenant that says for whom it is. */
function loginHost(): Server {
  return createServer((request, response) => {
    asked.push(request.url ?? '');
    const tenant = request.url?.split('/')[1] ?? '';
    response.writeHead(refused ? 401 : 200, { 'Content-Type': 'application/json' });
    const error = { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' };
    response.end(
      JSON.stringify(refused ? error : { token_type: 'Bearer', expires_in: 3600, access_token: `token-of-${tenant}` }),
    );
  });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'otherleg-tokens-'));
  asked = [];
  refused = false;
  logged = '';
  login = loginHost().listen(0, '127.0.0.1');
  await new Promise((resolve) => login.once('listening', resolve));
  graph = await GraphStandIn.open({ bearer: true });
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
});

afterEach(async () => {
  await daemon?.close();
  await graph.close();
  login.close();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<ControlClient> {
  const path = join(folder, 'config.yaml');
  const clientId = '00000000-0000-0000-0000-00000000000c';
  writeFileSync(
    path,
    `control: { listen: "http://127.0.0.1:0" }
store: { url: "sqlite:${join(folder, 'otherleg.db')}" }
graph:
  baseUrl: "${graph.url}"
  auth: { kind: secret, tenantId: 00000000-0000-0000-0000-000000000001, clientId: ${clientId}, clientSecret: "\${file:${join(folder, 'secret')}}" }
delivery: { firstRetry: 100ms }
log: { level: trace }
`,
  );
  const address = login.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const log = buildLog('trace', {
    write: (line) => {
      logged += line;
    },
  });
  daemon = new Daemon(loadConfig(path, {}), { log, loginTransport: loginTransport({ origin }) });
  const [url = ''] = await daemon.start();
  return new ControlClient(url);
}

async function endedLeg(client: ControlClient, tenantId?: string): Promise<string> {
  const mediaLegId = randomUUID();
  const now = Date.now() / 1000;
  await client.putLeg(mediaLegId, { ...identity, ...audio, ...(tenantId && { tenantId }) });
  await client.postStats(mediaLegId, slimStats(now, now - 5, 50));
  await client.end(mediaLegId);
  return mediaLegId;
}

describe('reports with tokens', () => {
  it('carry the token of the tenant of their call, asked for once each', async () => {
    const client = await start();
    await Promise.all([
      endedLeg(client),
      endedLeg(client),
      endedLeg(client, otherTenant),
      endedLeg(client, otherTenant),
    ]);
    await until(() => (graph.accepted.length === 4 ? true : undefined));
    const used = graph.accepted.map(({ headers }) => headers.authorization).toSorted();
    const [first, second] = ['00000000-0000-0000-0000-000000000001', otherTenant].map(
      (tenant) => `Bearer token-of-${tenant}`,
    );
    expect(used).toEqual([first, first, second, second]);
    expect(asked.filter((url) => url.includes('/oauth2/v2.0/token'))).toHaveLength(2);
    expect(graph.duplicates).toEqual([]);
  });

  it('wait while the secret is refused, say what to do, and go out with the new one', async () => {
    refused = true;
    const client = await start();
    const mediaLegId = await endedLeg(client);
    const entry = await until(async () => {
      const { items } = await client.reports();
      return Number(items[0]?.['attempts']) > 0 ? items[0] : undefined;
    });
    expect(entry).toMatchObject({
      state: 'queued',
      last: { kind: 'keep', trace: { code: 'TOKEN_REFUSED', hint: expect.any(String) } },
    });
    expect(graph.requests).toEqual([]);
    refused = false;
    writeFileSync(join(folder, 'secret'), `${SECRET}-renewed\n`);
    await until(() => graph.accepted[0], 15);
    expect(graph.accepted[0]?.body).toMatchObject({ quality: { mediaLegId } });
  });

  it('leave neither secret nor token in the log', async () => {
    const client = await start();
    await endedLeg(client);
    await until(() => graph.accepted[0]);
    refused = true;
    expect(logged).toContain('leg ended');
    expect(logged).not.toContain(SECRET);
    expect(logged).not.toContain('token-of-');
  });
});
