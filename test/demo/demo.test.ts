import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { reportedChannels } from '../../src/demo/media-quality.ts';
import { violations } from '../../src/demo/report-contract.ts';

const COMMAND = resolve(import.meta.dirname, '../../bin/otherleg.js');
/** What takes longer does not come; a busy machine takes half a minute for a call of ten seconds. Milliseconds. */
const HANGS = 90_000;

/** The command as its users call it, with a folder of its own for temporary files. */
class Demo {
  readonly folder = mkdtempSync(join(tmpdir(), 'otherleg-demo-test-'));
  readonly child: ChildProcess;
  out = '';
  err = '';

  constructor(...args: readonly string[]) {
    // Node's own cache is no file of the demo.
    const env = { ...process.env, TMPDIR: this.folder, NODE_DISABLE_COMPILE_CACHE: '1' };
    this.child = spawn(process.execPath, [COMMAND, 'demo', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (text) => {
      this.out += text;
    });
    this.child.stderr?.on('data', (text) => {
      this.err += text;
    });
  }

  async says(text: string): Promise<void> {
    await vi.waitFor(() => expect(this.err).toContain(text), { timeout: HANGS, interval: 50 });
  }

  /** The processes that it started and that are still there, by what they run. */
  children(): Map<'agent' | 'gateway', number> {
    const { pid } = this.child;
    const pids = existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim() : '';
    const found = pids.split(' ').map((child) => [commandOf(child), Number(child)] as const);
    const children = new Map<'agent' | 'gateway', number>();
    for (const [command, child] of found) {
      if (command.includes('otherleg.js')) children.set('agent', child);
      if (command.includes('gateway.ts')) children.set('gateway', child);
    }
    return children;
  }

  async interrupt(): Promise<number | null> {
    const closed = once(this.child, 'close');
    this.child.kill('SIGINT');
    const [code] = await closed;
    return code;
  }

  remove(): void {
    this.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const isThere = (pid = 0): boolean => commandOf(String(pid)) !== '';

// Without /proc there is no telling what the demo leaves behind.
describe.skipIf(!existsSync('/proc/self/task'))('otherleg demo --json --hold', () => {
  let demo: Demo;
  // biome-ignore lint/suspicious/noExplicitAny: what is in it is what the tests are about
  let document: any;

  beforeAll(async () => {
    demo = new Demo('--json', '--hold', '--seconds', '10');
    await demo.says('until Ctrl-C');
    document = JSON.parse(demo.out);
  }, 2 * HANGS);
  afterAll(() => demo.remove());

  test('prints one document: the accepted report and what the relay did', () => {
    expect(document).toMatchObject({ accepted: true, report: { quality: {} }, truth: { channels: [{}, {}, {}] } });
    expect(violations(document.report)).toEqual([]);
  });

  test('reports three channels with all that can be known of them', () => {
    const channels = reportedChannels(document.report);
    expect(channels.map(({ media, channelIndex }) => `${media} ${channelIndex}`)).toEqual([
      'audio 1',
      'video 1',
      'screenSharing 1',
    ]);
    for (const { media, inbound, outbound } of channels) {
      const known = media === 'audio' ? 7 : 9;
      expect(Object.keys(inbound)).toHaveLength(known);
      expect(Object.keys(outbound)).toHaveLength(known);
    }
  });

  test('measures the loss that the relay made', () => {
    for (const truth of document.truth.channels) {
      const measured = reportedChannels(document.report).find(({ media }) => media === truth.media);
      const difference = (relay: number, figure = Number.NaN): number => Math.abs(figure - relay);
      // What leaves a relay that stood still is read late: other tests keep this machine busy.
      const room = 0.3 + 3 * document.truth.longestStallSeconds;
      expect(difference(truth.inbound.lossPercent, measured?.inbound.lossPercent)).toBeLessThan(room);
      if (truth.media === 'screenSharing') continue; // padding counts as sent
      expect(difference(truth.outbound.untilLastReport.lossPercent, measured?.outbound.lossPercent)).toBeLessThan(room);
    }
  });

  test('measures the round trip of the relay', () => {
    // 5 ms on a machine that has nothing else to do; here other tests run, which make the peers late.
    const room = 5 + 1000 * document.truth.longestStallSeconds + 40;
    for (const { inbound, outbound } of reportedChannels(document.report)) {
      for (const { roundTripMillis = 0 } of [inbound, outbound]) {
        const difference = roundTripMillis - 1000 * document.truth.roundTrip.averageSeconds;
        expect(difference).toBeGreaterThan(-5);
        expect(difference).toBeLessThan(room);
      }
    }
  });

  test('sets both legs of the call beside each other, and says which was worse', () => {
    const { call, report } = document;
    expect(call).toMatchObject({
      callChainId: report.quality.callChainId,
      callRecord: 'read',
      // Two of a hundred packets lost against one in a thousand.
      verdict: { state: 'final', leg: 'vtc', sentence: expect.stringContaining('otherleg demo device') },
    });
    expect(call.passages).toHaveLength(6);
    for (const { teams } of call.passages) {
      expect(teams.level).toBe('good');
      expect(teams.lossPercent).toBeLessThan(0.1);
    }
    const audio = reportedChannels(report).find(({ media }) => media === 'audio');
    const { room } = call.passages.find(({ journey }: { journey: string }) => journey === 'fromRoom');
    expect(room.lossPercent).toBeCloseTo(audio?.inbound.lossPercent ?? Number.NaN, 5);
  });

  test('keeps the agent up, so that the leg can be read', async () => {
    const [, url = ''] = /stays up at ([^\s,]+)[^\n]* until/.exec(demo.err) ?? [];
    const id = document.report.quality.mediaLegId;
    const leg = await fetch(`${url}/v1/legs/${id}`);
    expect(await leg.json()).toMatchObject({ mediaLegId: id, state: 'ended', delivery: { state: 'delivered' } });
    expect(await (await fetch(`${url}/v1/legs/${id}/report`)).json()).toEqual(document.report);
    expect([...demo.children().keys()]).toEqual(['agent']);
  });

  test('ends by Ctrl-C with exit code 0, leaving no process and no file', async () => {
    const agent = demo.children().get('agent');
    expect(await demo.interrupt()).toBe(0);
    expect(readdirSync(demo.folder)).toEqual([]);
    expect(isThere(agent)).toBe(false);
    expect(demo.err).not.toContain('otherleg demo:');
  });
});

test.skipIf(!existsSync('/proc/self/task'))(
  'interrupted in the middle it cleans up and says so',
  async () => {
    const demo = new Demo('--seconds', '60');
    try {
      await demo.says('a call of 60 s');
      await expect.poll(() => demo.children().size, { timeout: HANGS }).toBe(2);
      const children = demo.children();
      expect(await demo.interrupt()).toBe(1);
      expect(demo.err).toContain('otherleg demo: interrupted');
      expect(demo.out).toBe('');
      expect(readdirSync(demo.folder)).toEqual([]);
      expect([isThere(children.get('agent')), isThere(children.get('gateway'))]).toEqual([false, false]);
    } finally {
      demo.remove();
    }
  },
  2 * HANGS,
);

test.skipIf(!existsSync('/proc/self/task'))(
  'an agent that dies in the call is the reason of the failure',
  async () => {
    const demo = new Demo('--seconds', '10');
    try {
      await demo.says('a call of 10 s');
      process.kill(demo.children().get('agent') ?? Number.NaN, 'SIGKILL');
      const [code] = await once(demo.child, 'close');
      expect(code).toBe(1);
      expect(demo.err).toContain('otherleg demo: the agent ended with exit code SIGKILL; its last lines:');
      expect(readdirSync(demo.folder)).toEqual([]);
    } finally {
      demo.remove();
    }
  },
  2 * HANGS,
);
