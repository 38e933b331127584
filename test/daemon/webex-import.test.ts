import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { WebexImport } from '../../src/daemon/webex-import.ts';
import type { Leg } from '../../src/model/leg.ts';
import { participant, WebexStandIn } from '../source/webex/webex-stand-in.ts';
import { until } from './slim-gateway.ts';

const BEGIN = 1_800_000_000;
const DAY = 86_400;

/** An ended leg of ten minutes that waits for Webex. */
const waiting: Leg = {
  mediaLegId: 'a',
  revision: 1,
  owner: 'here',
  state: 'ended',
  control: { webex: { meetingId: 'm', email: 'boardroom@example.com' } },
  device: { name: 'a', description: 'b', webex: true },
  channels: [],
  earlierIdentifiers: [],
  startedAt: BEGIN,
  endedAt: BEGIN + 600,
  delivery: { state: 'waiting', reason: 'webex-import' },
};

let now: number;
let folder: string;
let webex: WebexStandIn;
let webexImport: WebexImport;
let imported: (string | undefined)[];

beforeEach(async () => {
  now = BEGIN + 600;
  folder = mkdtempSync(join(tmpdir(), 'otherleg-webex-'));
  webex = await WebexStandIn.open(() => now);
  imported = [];
  const token = join(folder, 'token');
  writeFileSync(token, webex.token, { mode: 0o600 });
  const file = join(folder, 'otherleg.yaml');
  const graph =
    'graph: { baseUrl: "http://127.0.0.1:9", auth: { kind: none, tenantId: 00000000-0000-0000-0000-000000000001 } }';
  writeFileSync(file, `${graph}\nwebex: { enabled: true, baseUrl: "${webex.url}", tokenFile: "${token}" }\n`);
  webexImport = new WebexImport(loadConfig(file, {}), {
    store: { leg: async () => (imported.length === 0 ? waiting : undefined), waitingFor: async () => [waiting] },
    clock: { now: () => now },
    log: pino({ level: 'silent' }),
    imported: async (mediaLegId, quality) => {
      imported.push(quality && mediaLegId);
      return undefined;
    },
    judgeAgain: async () => undefined,
  });
});
afterEach(async () => {
  await webexImport.stop();
  await webex.close();
  rmSync(folder, { recursive: true });
});

const asked = (count: number) => until(async () => (webex.asked.length >= count ? true : undefined));

describe('the import of what Webex measured', () => {
  it('takes up what waited, when it is due', async () => {
    webex.meetings.set('m', { startedAt: BEGIN, items: [participant({ joinTime: BEGIN, minutes: 10 })] });
    await webexImport.start();
    now = BEGIN + 655;
    webexImport.sweep();
    expect(webex.asked).toEqual([]);
    now = BEGIN + 660;
    webexImport.sweep();
    await until(async () => (imported.length > 0 ? true : undefined));
    expect(imported).toEqual(['a']);
  });

  it('does not wait for a day after the clock was set back by one', async () => {
    await webexImport.start();
    now = BEGIN + 660;
    webexImport.sweep();
    await asked(1);
    await until(async () => (webexImport.facts()?.failed === 1 ? true : undefined));
    // By the clock as it is now: five minutes after the first request, and less.
    now = BEGIN + 660 - DAY + 100;
    webexImport.sweep();
    now = BEGIN + 660 - DAY + 600;
    webexImport.sweep();
    await asked(2);
    expect(webexImport.facts()).toMatchObject({ waiting: 1, asked: 2 });
  });

  it('asks nothing after the stop', async () => {
    await webexImport.start();
    await webexImport.stop();
    now = BEGIN + 660;
    webexImport.sweep();
    await new Promise((resolve) => setImmediate(resolve));
    expect(webex.asked).toEqual([]);
    expect(webexImport.facts()?.asked).toBe(0);
  });
});
