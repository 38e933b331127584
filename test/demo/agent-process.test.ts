import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AgentProcess } from '../../src/demo/agent-process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otherleg-agent-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

const { signal } = new AbortController();
/** To start an agent takes a busy machine many seconds. */
const patient = { timeout: 90_000 };

test('an agent that does not come up is told with its own words', patient, async () => {
  // Without authentication the agent sends to loopback only.
  const started = AgentProcess.start({ folder, graphUrl: 'http://graph.example.com', signal });
  await expect(started).rejects.toThrow(/^the agent ended with exit code 2; its last lines:\n {2}.*baseUrl/s);
});

test('an agent that is not waited for is stopped', patient, async () => {
  const interrupt = new AbortController();
  const started = AgentProcess.start({ folder, graphUrl: 'http://127.0.0.1:1', signal: interrupt.signal });
  setTimeout(() => interrupt.abort(), 50);
  await expect(started).rejects.toThrow('aborted');
});

test('an agent that is up answers, and stops when told, more than once if need be', patient, async () => {
  const agent = await AgentProcess.start({ folder, graphUrl: 'http://127.0.0.1:1', signal });
  expect((await fetch(`${agent.url}/readyz`)).status).toBe(200);
  await agent.stop();
  await agent.stop();
  await expect(agent.gone).rejects.toThrow(/^the agent ended with exit code 0; its last lines:\n.*otherleg is up/s);
  await expect(fetch(`${agent.url}/readyz`)).rejects.toThrow('fetch failed');
});
