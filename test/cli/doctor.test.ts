import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/doctor.ts';
import type { Agent } from '../../src/http/http.ts';
import { buildServer } from '../../src/http/server.ts';
import { fakeAgent, knownId } from '../http/agent-fake.ts';
import { recordingIo } from './recording-io.ts';

let folder = '';
let servers: { close(): Promise<unknown> }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'otherleg-doctor-'));
  servers = [];
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function listening(changes: Partial<Agent>): Promise<string> {
  const app = await buildServer(fakeAgent(changes).agent, pino({ level: 'silent' }), 'read');
  servers.push(app);
  return app.listen({ host: '127.0.0.1', port: 0 });
}

function config(more: readonly string[] = []): string {
  const path = join(folder, 'config.yaml');
  const lines = [
    'control: { listen: "http://127.0.0.1:9" }',
    `store: { url: "sqlite:${join(folder, 'otherleg.db')}" }`,
    'graph: { baseUrl: "http://127.0.0.1:1", auth: { kind: none, tenantId: 00000000-0000-0000-0000-000000000001 } }',
    ...more,
  ];
  writeFileSync(path, lines.join('\n'));
  return path;
}

async function doctor(...args: string[]) {
  const { io, out } = recordingIo();
  const code = await run(args, io);
  return { code, out: out() };
}

const seen = { packets: 1000, rtpPackets: 990, rtcpPackets: 10, dropped: 0, unclaimed: 1 };
const leg = {
  mediaLegId: knownId,
  rtpIn: 500,
  rtpOut: 498,
  rtcpIn: 2,
  rtcpOut: 2,
  streams: 2,
  clocksKnown: 2,
  encryptedRtcp: 0,
  srtp: false,
};
const capturing = (legs: readonly (typeof leg)[], change = {}): Partial<Agent> => ({
  sources: async () => [
    { kind: 'capture', state: 'running', capture: { tool: 'tcpdump', interface: 'eth1', ...seen, ...change, legs } },
    { kind: 'getstats', state: 'running' },
    { kind: 'webrtc', state: 'off' },
  ],
});

describe('otherleg doctor of a running agent', () => {
  it('shows what it sees of each leg, and is content', async () => {
    const { code, out } = await doctor('--url', await listening(capturing([leg])));
    expect(code).toBe(0);
    expect(out).toMatch(/^ok +agent +1\.2\.3 at http/m);
    expect(out).toMatch(/^ok +capture +tcpdump on eth1: 1000 packets, none dropped; 1 streams of no leg$/m);
    expect(out).toMatch(/^off +webrtc +off in the configuration$/m);
    expect(out).toMatch(new RegExp(`^${knownId} +500 +498 +2 +2 +2/2 +no +Cisco SX80 · Bldg 30/21$`, 'm'));
  });

  it('says of a leg what is missing and the next step; that is no failure while something is measured', async () => {
    const deaf = { ...leg, rtcpIn: 0, rtcpOut: 0, encryptedRtcp: 4, srtp: true };
    const { code, out } = await doctor('--url', await listening(capturing([deaf])));
    expect(code).toBe(0);
    expect(out).toMatch(/RTCP too +Cisco/);
    expect(out).toMatch(/its RTCP is encrypted.*\n {2}→ tell its keys/);
  });

  it('fails for a leg of which nothing passes', async () => {
    const blind = { ...leg, rtpIn: 0, rtpOut: 0, rtcpIn: 0, rtcpOut: 0, streams: 0, clocksKnown: 0 };
    const { code, out } = await doctor('--url', await listening(capturing([blind])));
    expect(code).toBe(1);
    expect(out).toContain('nothing of it passes here');
  });

  it('tells of drops', async () => {
    const { out } = await doctor('--url', await listening(capturing([], { dropped: 7 })));
    expect(out).toContain('7 dropped: their seconds count as not seen');
    expect(out).not.toContain('Legs, as seen');
  });

  it('says why a source does not run, and what to do', async () => {
    const sources: Agent['sources'] = async () => [
      { kind: 'capture', state: 'failed', reason: 'tcpdump on any: not permitted', remedy: 'give CAP_NET_RAW' },
    ];
    const { code, out } = await doctor('--url', await listening({ sources }));
    expect(code).toBe(1);
    expect(out).toMatch(/^wrong +capture +tcpdump on any: not permitted\n +→ give CAP_NET_RAW$/m);
  });

  it('says why the agent is not ready', async () => {
    const health = { started: () => true, unready: async () => 'the disk is full', detail: () => ({}) };
    const { code, out } = await doctor('--url', await listening({ health }));
    expect(code).toBe(1);
    expect(out).toMatch(/^wrong +agent .*: the disk is full$/m);
  });

  it('shows what each source can yield, and what it needs for that', async () => {
    const { out } = await doctor('--url', await listening(capturing([])));
    expect(out).toMatch(/^source +loss in +loss out/m);
    expect(out).toMatch(/^capture, SRTP without keys +observed/m);
    expect(out).toMatch(/^\(a\) needs /m);
  });

  it('is one JSON document on demand', async () => {
    const { out } = await doctor('--json', '--url', await listening(capturing([{ ...leg, rtcpIn: 0 }])));
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      agent: 'running',
      yields: expect.arrayContaining([expect.objectContaining({ source: 'capture, RTCP in the clear' })]),
      checks: [
        { name: 'agent', state: 'ok' },
        { name: 'capture', state: 'ok' },
        { name: 'getstats' },
        { name: 'webrtc' },
      ],
      legs: [{ mediaLegId: knownId, rtpIn: 500, device: 'Cisco SX80 · Bldg 30/21', advice: [{ step: /RTCP/ }] }],
    });
  });
});

describe('otherleg doctor without an agent', () => {
  it('looks at the parts that the configuration needs', async () => {
    const { code, out } = await doctor('--json', '--config', config());
    const { ok, agent, checks } = JSON.parse(out);
    const states = Object.fromEntries(checks.map(({ name, state }: Record<string, string>) => [name, state]));
    expect(states).toMatchObject({ agent: 'off', capture: 'off', store: 'ok', 'graph host': 'ok', token: 'off' });
    // The clock is that of the machine that runs this.
    const isWell = states['clock'] !== 'wrong';
    expect({ ok, agent, code }).toEqual({ ok: isWell, agent: 'not running', code: isWell ? 0 : 1 });
  });

  it('fails for a store that has no place', async () => {
    const nowhere = config().replace('config.yaml', 'other.yaml');
    writeFileSync(
      nowhere,
      [
        `store: { url: "sqlite:${join(folder, 'absent', 'otherleg.db')}" }`,
        'control: { listen: "http://127.0.0.1:9" }',
        'graph: { baseUrl: "http://127.0.0.1:1", auth: { kind: none, tenantId: 00000000-0000-0000-0000-000000000001 } }',
      ].join('\n'),
    );
    const { code, out } = await doctor('--config', nowhere);
    expect(code).toBe(1);
    expect(out).toMatch(/^wrong +store .*ENOENT/m);
  });

  it('fails for an interface that is not there', async () => {
    const path = config(['sources: { capture: { enabled: true, interface: nowhere7 } }']);
    const { code, out } = await doctor('--config', path);
    expect(code).toBe(1);
    expect(out).toMatch(/^wrong +capture +(there is no interface nowhere7|no tcpdump)/m);
  });

  it('fails where only an address was given', async () => {
    const { code, out } = await doctor('--url', 'http://127.0.0.1:9');
    expect(code).toBe(1);
    expect(out).toMatch(/^wrong +agent +none answers/m);
  });

  it('needs to know which agent', async () => {
    await expect(doctor()).rejects.toMatchObject({ code: 'USAGE' });
    await expect(doctor('--config', config(), 'more')).rejects.toMatchObject({ code: 'USAGE' });
  });
});
