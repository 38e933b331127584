import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { CallAnswer } from '../../src/client/read-shapes.ts';
import type { ReportBody } from '../../src/client/shapes.ts';
import { checkConfig } from '../../src/config/check.ts';
import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { reportedChannels } from '../../src/demo/media-quality.ts';
import { teamsRecord } from '../../src/demo/teams-record.ts';
import { AgentProcess } from '../daemon/agent-process.ts';
import { until } from '../daemon/slim-gateway.ts';
import { DocShell, type Ran } from './doc-shell.ts';
import { fencesOf } from './fences.ts';

/*
 * A newcomer's way through the documents: each page's commands are run after those of the page before, against one agent.
 */

const root = resolve(import.meta.dirname, '../..');
const page = (name: string): string => readFileSync(join(root, 'docs', `${name}.md`), 'utf8');
const yaml = fencesOf(page('install')).find(({ language }) => language === 'yaml')?.text ?? '';
const mediaLegId = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
const callChainId = '0622673d-9f69-49b3-9d4f-5ec64f42ecce';

/** A page starts the command a dozen times, which takes ten times as long on a busy machine. Milliseconds. */
const HANGS = 150_000;

let graph: GraphStandIn;
let agent: AgentProcess;
let shell: DocShell;
let etc: string;

beforeAll(async () => {
  graph = await GraphStandIn.open({
    callRecord: () => {
      const [taken] = graph.accepted;
      return taken && teamsRecord({ report: taken.body as ReportBody, at: taken.at }); // accepted: it has that shape
    },
  });
  agent = new AgentProcess();
  etc = join(agent.folder, 'etc');
  mkdirSync(etc);
  writeFileSync(agent.config, configuration('http://127.0.0.1:0'));
  await agent.start();
  writeFileSync(join(etc, 'config.yaml'), yaml);
  writeFileSync(join(etc, 'graph-client-secret'), 'not a secret');
  shell = new DocShell(
    agent.folder,
    new Map([
      ['http://127.0.0.1:7741', agent.url],
      ['/etc/otherleg', etc],
      // A call of three seconds, of which the first and only statistics tell.
      ['NOW=', 'sleep 3; NOW='],
    ]),
  );
}, HANGS);

afterAll(async () => {
  await agent?.remove();
  await graph?.close();
});

/** The configuration of docs/install.md with this machine's places, and a Graph that asks for no token. */
function configuration(listen: string): string {
  const { graph: said, ...rest } = parse(yaml);
  const { tenantId } = said.auth;
  return JSON.stringify({
    ...rest,
    control: { listen },
    store: { url: `sqlite:${join(agent.folder, 'otherleg.db')}` },
    graph: { baseUrl: graph.url, auth: { kind: 'none', tenantId } },
    callRecords: { ...rest.callRecords, delay: '1s' },
  });
}

/** What the block printed that has `command` in it. */
function printed(ran: readonly Ran[], command: string): string {
  const found = ran.find(({ fence }) => fence.text.includes(command));
  if (found === undefined) throw new Error(`no block has ${command}`);
  return found.output;
}

describe('the documents, one after the other', () => {
  it(
    'install.md: installs, configures, and sees the agent run',
    async () => {
      const { problems } = checkConfig(join(etc, 'config.yaml'), { CREDENTIALS_DIRECTORY: etc });
      expect(problems).toEqual([]);
      const ran = await shell.run(page('install'));
      expect(ran).toHaveLength(3);
      const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
      expect(printed(ran, 'otherleg version')).toContain(version);
      expect(printed(ran, 'check-config')).toMatch(/\S/);
      expect(printed(ran, '/readyz')).toContain('"status":"ok"');
      expect(printed(ran, 'doctor')).toContain(agent.url);
      // From here on the command line asks the agent that runs.
      writeFileSync(join(etc, 'config.yaml'), configuration(agent.url));
    },
    HANGS,
  );

  it(
    'rights.md: sees what is missing',
    async () => {
      const ran = await shell.run(page('rights'));
      expect(printed(ran, 'doctor')).toContain(agent.url);
    },
    HANGS,
  );

  it(
    'wire-the-bot.md: tells a leg, and its report reaches Graph',
    async () => {
      const ran = await shell.run(page('wire-the-bot'));
      expect(JSON.parse(printed(ran, 'by-alias'))).toMatchObject({ mediaLegId, callChainId });
      expect(JSON.parse(printed(ran, '/stats'))).toMatchObject({ entries: 2 });
      expect(JSON.parse(printed(ran, '/end'))).toMatchObject({ mediaLegId, report: { quality: { callChainId } } });
      expect(JSON.parse(printed(ran, '/reconcile'))).toEqual({ ended: [], unknown: [] });
      const body = await until(() => graph.accepted[0]?.body as ReportBody | undefined, 60); // accepted: it has that shape
      expect(body.quality).toMatchObject({ mediaLegId, participantId: 'ea078406-b5d4-4d3c-b85e-90103dcec7f6' });
      expect(body.quality).toMatchObject({ deviceName: 'Cisco SX80', deviceDescription: 'Bldg 30/21' });
      const [audio] = reportedChannels(body);
      expect(audio).toMatchObject({
        media: 'audio',
        inbound: { packets: 147, lossPercent: 2, jitterMillis: 4 },
        outbound: { jitterMillis: 5, roundTripMillis: 41 },
      });
      expect(printed(ran, 'outbox show')).toContain(mediaLegId);
      await until(async () => (await call()).callRecord?.state === 'read' || undefined, 60);
    },
    HANGS,
  );

  it(
    'read-a-call.md: finds the call and reads both of its legs',
    async () => {
      const ran = await shell.run(page('read-a-call'));
      const lists = printed(ran, 'sort=worst');
      // Four ways to find it, each shows it.
      expect(lists.match(new RegExp(mediaLegId, 'g'))?.length).toBeGreaterThanOrEqual(4);
      const { legs, verdict } = JSON.parse(printed(ran, `/v1/calls/${callChainId}`)) as CallAnswer;
      expect(verdict).toMatchObject({ state: 'final', sentence: expect.any(String), reasons: expect.any(Array) });
      expect(legs[0]?.levels).toContainEqual({ media: 'audio', journey: 'fromRoom', level: expect.any(String) });
      expect(legs[0]?.teams?.levels).toContainEqual({ media: 'audio', journey: 'fromRoom', level: 'good' });
      expect(printed(ran, '/series')).toContain('averageInboundPacketLossRateInPercentage');
      expect(printed(ran, 'outbox show')).toContain('delivered');
    },
    HANGS,
  );

  it(
    'absent-figures.md: says why figures are absent, in words of its table',
    async () => {
      const ran = await shell.run(page('absent-figures'));
      const reasons = [...printed(ran, 'uniq -c').matchAll(/"absent":"([a-z-]+)"/g)].map(([, reason = '']) => reason);
      // Nobody pushed anything of the video, nor packets sent.
      expect(new Set(reasons)).toEqual(new Set(['source-down']));
      expect(reasonsIn(page('absent-figures'))).toContain('source-down');
      expect(printed(ran, '/v1/sources')).toContain('"kind":"capture"');
      expect(printed(ran, 'otherleg legs')).toContain(mediaLegId);
      expect(printed(ran, 'unreadable').trim()).toBe('"read"');
    },
    HANGS,
  );
});

it('rights.md turns the capture on in the configuration of install.md', () => {
  const more = fencesOf(page('rights')).find(({ language }) => language === 'yaml')?.text ?? '';
  const file = join(etc, 'with-capture.yaml');
  writeFileSync(file, `${yaml}${more}`);
  const { problems, config } = checkConfig(file, { CREDENTIALS_DIRECTORY: etc });
  expect(problems).toEqual([]);
  expect(config?.sources.capture).toMatchObject({ enabled: true, interface: 'any' });
});

it('absent-figures.md knows every reason that metrics.md defines', () => {
  const [, section = ''] = page('metrics').split('## 8. Why a figure is absent');
  expect(reasonsIn(page('absent-figures'))).toEqual(reasonsIn(section.split('\n## ')[0] ?? ''));
});

/** The first column of the tables of reasons. */
const reasonsIn = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, reason = '']) => reason);

const call = async (): Promise<CallAnswer> =>
  (await (await fetch(`${agent.url}/v1/calls/${callChainId}`)).json()) as CallAnswer; // the contract says so
