import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ControlClient } from '../../src/client/control-client.ts';
import { ControlError } from '../../src/client/control-error.ts';
import { FakeAgent, problem } from './fake-agent.ts';

const id = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
const path = `/v1/legs/${id}`;

let agent: FakeAgent;
let client: ControlClient;

beforeEach(async () => {
  agent = await new FakeAgent().up();
  client = new ControlClient(agent.url);
});
afterEach(() => agent.down());

const errorOf = async (call: Promise<unknown>): Promise<ControlError> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ControlError)) throw new Error(`not a ControlError: ${error}`);
  return error;
};

describe('a call', () => {
  const calls: readonly (readonly [string, (to: ControlClient) => Promise<unknown>, string, unknown])[] = [
    ['PUT', (to) => to.putLeg(id, { callChainId: null, aliases: ['a'] }), path, { callChainId: null, aliases: ['a'] }],
    ['POST', (to) => to.postStats(id, { timestamp: 1, stats: [] }), `${path}/stats`, { timestamp: 1, stats: [] }],
    ['POST', (to) => to.end(id, { reason: 'hang-up' }), `${path}/end`, { reason: 'hang-up' }],
    ['POST', (to) => to.end(id), `${path}/end`, {}],
    ['GET', (to) => to.leg(id), path, ''],
    ['GET', (to) => to.report(id), `${path}/report`, ''],
    ['GET', (to) => to.series(id), `${path}/series`, ''],
    ['GET', (to) => to.call(id), `/v1/calls/${id}`, ''],
    ['GET', (to) => to.legs(), '/v1/legs', ''],
    ['GET', (to) => to.legs({ state: 'live', limit: 5, room: undefined }), '/v1/legs?state=live&limit=5', ''],
    ['GET', (to) => to.reports({ state: 'queued' }), '/v1/reports?state=queued', ''],
    ['DELETE', (to) => to.endWhip(`${path}/whip/7`), `${path}/whip/7`, ''],
    ['GET', (to) => to.leg('a/b?c'), '/v1/legs/a%2Fb%3Fc', ''],
  ];
  test.each(calls)('%s %s', async (method, call, wantedPath, body) => {
    agent.canned = () => ({ status: 200, body: { ok: true } });
    await call(client);
    expect(agent.seen).toMatchObject([{ method, path: wantedPath, body }]);
  });

  test('answers what the agent answered', async () => {
    await client.putLeg(id, {});
    expect(await client.end(id)).toEqual({ mediaLegId: id, delivery: { state: 'queued' } });
  });

  test('brings its token, and no header of that name without one', async () => {
    await client.putLeg(id, {});
    await new ControlClient(agent.url, { token: 'secret' }).putLeg(id, {});
    expect(agent.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer secret']);
  });

  test('by WHIP is SDP both ways', async () => {
    const Location = `${path}/whip/7`;
    agent.canned = () => ({
      status: 201,
      body: 'v=0 answer',
      headers: { Location, 'Content-Type': 'application/sdp' },
    });
    expect(await client.whip(id, 'v=0 offer')).toEqual({ answer: 'v=0 answer', session: Location });
    expect(agent.seen).toMatchObject([{ body: 'v=0 offer', headers: { 'content-type': 'application/sdp' } }]);
  });

  test('names a leg by an alias as well', async () => {
    agent.canned = () => ({ status: 200, body: { mediaLegId: id } });
    const alias = { alias: 'a/b c@pbx' };
    await client.putLeg(alias, { gateway: 'gw-1' });
    await client.leg(alias);
    await client.end(alias);
    expect(agent.seen.map(({ method, path: where }) => `${method} ${where}`)).toEqual([
      'PUT /v1/legs/by-alias/a%2Fb%20c%40pbx',
      'GET /v1/legs/by-alias/a%2Fb%20c%40pbx',
      'POST /v1/legs/by-alias/a%2Fb%20c%40pbx/end',
    ]);
  });

  test('pushes RTCP', async () => {
    agent.canned = () => ({ status: 202, body: { compounds: 1, packets: 1 } });
    const compounds = [{ at: '2026-01-31T10:00:00Z', direction: 'inbound', base64: 'gMkAAQAAAAE=' }] as const;
    await client.postRtcp(id, compounds);
    expect(agent.seen).toMatchObject([{ method: 'POST', path: `${path}/rtcp`, body: compounds }]);
  });

  test('reconciles after a restart', async () => {
    agent.canned = () => ({ status: 200, body: { ended: [id], unknown: [] } });
    expect(await client.reconcile('gw-1', ['a'])).toEqual({ ended: [id], unknown: [] });
    expect(agent.seen).toMatchObject([{ path: '/v1/legs/reconcile', body: { gateway: 'gw-1', live: ['a'] } }]);
  });

  test('asks how the agent and its sources are, also one that is not ready', async () => {
    const items = [{ kind: 'capture', state: 'off' }];
    agent.canned = ({ path: where }) =>
      where === '/readyz' ? { status: 503, body: { status: 'starting' } } : { status: 200, body: { items } };
    expect(await client.health()).toEqual({ status: 'starting' });
    expect(await client.sources()).toEqual({ items });
  });

  test('goes through a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'otherleg-client-'));
    const local = await new FakeAgent(join(folder, 'control.sock')).up();
    await new ControlClient(local.url).putLeg(id, {});
    expect(local.seen).toMatchObject([{ method: 'PUT', path, headers: { host: 'localhost' } }]);
    await local.down();
    rmSync(folder, { recursive: true });
  });
});

describe('a refusal', () => {
  test("is an error with the agent's code, words and hint", async () => {
    agent.canned = () => problem(422, 'BODY_INVALID', 'callChainId is no GUID', 'see /openapi.json');
    const { code, message, hint, status, passing } = await errorOf(client.putLeg(id, {}));
    expect({ code, message, hint, status, passing }).toEqual({
      code: 'BODY_INVALID',
      message: 'callChainId is no GUID',
      hint: 'see /openapi.json',
      status: 422,
      passing: false,
    });
  });

  test('is not tried again', async () => {
    agent.canned = () => problem(503, 'DRAINING', 'stopping');
    expect(await errorOf(client.putLeg(id, {}))).toMatchObject({ code: 'DRAINING', passing: true });
    expect(agent.seen).toHaveLength(1);
  });

  test.each([
    ['HTML', 502, '<html>bad gateway</html>'],
    ['JSON of somebody else', 404, { error: 'nope' }],
  ])('%s is told with its status', async (_, status, body) => {
    agent.canned = () => ({ status, body });
    expect(await errorOf(client.leg(id))).toMatchObject({ code: 'ANSWER_UNREADABLE', status });
  });

  test('a success that is not JSON is none', async () => {
    agent.canned = () => ({ status: 200, body: '<html>' });
    expect((await errorOf(client.leg(id))).code).toBe('ANSWER_UNREADABLE');
  });
});

describe('an agent that cannot be reached', () => {
  test('is tried three times where that does no harm, then told with the address', async () => {
    agent.canned = () => 'cut';
    const error = await errorOf(client.putLeg(id, {}));
    expect(error).toMatchObject({ code: 'AGENT_UNREACHABLE', status: undefined, passing: true });
    expect(error.message).toContain(agent.url);
    expect(agent.seen).toHaveLength(3);
  });

  test('is tried once where it might do harm', async () => {
    agent.canned = () => 'cut';
    await errorOf(client.postStats(id, { timestamp: 1, stats: [] }));
    await errorOf(client.whip(id, 'v=0'));
    expect(agent.seen).toHaveLength(2);
  });

  test('but comes back in between has taken the call', async () => {
    agent.canned = () => (agent.seen.length < 3 ? 'cut' : undefined);
    expect(await client.putLeg(id, {})).toMatchObject({ mediaLegId: id });
    expect(agent.seen).toHaveLength(3);
  });

  test('because it is down is an error too', async () => {
    await agent.down();
    const impatient = new ControlClient(agent.url, { attempts: 1 });
    expect((await errorOf(impatient.leg(id))).message).toContain('ECONNREFUSED');
  });

  test('because it hangs is given up in time', async () => {
    agent.canned = () => 'hang';
    const impatient = new ControlClient(agent.url, { attempts: 1, timeoutSeconds: 0.05 });
    expect((await errorOf(impatient.leg(id))).message).toContain('no answer within 0.05 s');
  });

  test('because its socket is not there', async () => {
    const lost = new ControlClient('unix:/nonexistent/control.sock', { attempts: 1 });
    expect((await errorOf(lost.leg(id))).message).toContain('/nonexistent/control.sock');
  });
});

test('an address that is none is refused at once', () => {
  expect(() => new ControlClient('localhost:7741/')).not.toThrow(); // a URL of the scheme "localhost:", as URL reads it
  expect(() => new ControlClient('not an address')).toThrow(TypeError);
});
