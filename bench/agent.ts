/**
 * What the agent costs, and how fast it is at a leg's end: 200 legs of three channels, each pushed a W3C stats report
 * every five seconds; then 100 of them end at once. The load and the stand-in for Graph are this process; the agent is
 * one of its own, whose processor time and memory are read from /proc.
 *
 *   node bench/agent.ts [--legs 200] [--seconds 60] [--ends 100] [--json]
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Cleanup } from '../src/demo/cleanup.ts';
import { GraphStandIn } from '../src/demo/graph-stand-in.ts';
import { AgentProcess } from '../test/daemon/agent-process.ts';
import { statsOf } from './stats-of.ts';

const CLOCK_TICKS = 100; // USER_HZ of Linux on every architecture that Node.js has
const PUSH_SECONDS = 5;

const { values } = parseArgs({
  options: {
    legs: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
    ends: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(values.legs);
const seconds = Number(values.seconds);
const ends = Math.min(count, Number(values.ends));

type Leg = { readonly mediaLegId: string; readonly since: number };

/** Processor seconds of a process since it began. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}

/** Resident and highest resident size, MB. */
function memory(pid: number): { rss: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  return { rss: kib('VmRSS'), peak: kib('VmHWM') };
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;

async function begin(agent: AgentProcess): Promise<readonly Leg[]> {
  const legs: Leg[] = [];
  for (let n = 0; n < count; n += 1) {
    const mediaLegId = randomUUID();
    const patch = { callChainId: randomUUID(), participantId: randomUUID(), deviceAddress: `10.1.${n % 250}.7` };
    const channels = (['audio', 'video', 'screenSharing'] as const).map((media) => ({ media, channelIndex: 1 }));
    await agent.client.putLeg(mediaLegId, { ...patch, channels });
    legs.push({ mediaLegId, since: Date.now() / 1000 });
  }
  return legs;
}

/** Pushes each leg at its own moment of the five seconds; answers how long a push took, milliseconds. */
async function load(agent: AgentProcess, legs: readonly Leg[]): Promise<readonly number[]> {
  const taken: number[] = [];
  const until = performance.now() + seconds * 1000;
  const keep = legs.map(async ({ mediaLegId, since }, n) => {
    await sleep((n / legs.length) * PUSH_SECONDS * 1000);
    for (let due = performance.now(); due < until; due += PUSH_SECONDS * 1000) {
      await sleep(Math.max(0, due - performance.now()));
      const began = performance.now();
      await agent.client.postStats(mediaLegId, statsOf(Date.now() / 1000, since, n));
      taken.push(performance.now() - began);
    }
  });
  await Promise.all(keep);
  return taken.toSorted((a, b) => a - b);
}

/** Ends legs all at once; milliseconds from each POST …/end to its report being accepted. */
async function endAll(agent: AgentProcess, graph: GraphStandIn, legs: readonly Leg[]): Promise<readonly number[]> {
  const posted = new Map<string, number>();
  await Promise.all(
    legs.map(({ mediaLegId }) => {
      posted.set(mediaLegId, Date.now());
      return agent.client.end(mediaLegId);
    }),
  );
  while (graph.accepted.length < legs.length) await sleep(5);
  return graph.accepted
    .map(({ at, body }) => {
      const { quality } = body as { quality: { mediaLegId: string } }; // accepted bodies have it
      return at * 1000 - (posted.get(quality.mediaLegId) ?? 0);
    })
    .toSorted((a, b) => a - b);
}

const cleanup = new Cleanup();
try {
  const graph = await GraphStandIn.open();
  cleanup.add(() => graph.close());
  const agent = new AgentProcess();
  cleanup.add(() => agent.remove());
  cleanup.add(() => agent.stop());
  agent.configure(graph.url);
  await agent.start();
  const legs = await begin(agent);
  const before = { cpu: processorSeconds(agent.pid), at: performance.now() };
  const pushes = await load(agent, legs);
  const core = (processorSeconds(agent.pid) - before.cpu) / ((performance.now() - before.at) / 1000);
  const { rss, peak } = memory(agent.pid);
  const accepted = await endAll(agent, graph, legs.slice(0, ends));
  const figures = {
    legs: count,
    seconds,
    pushes: pushes.length,
    pushMillis: { median: quantile(pushes, 0.5), p99: quantile(pushes, 0.99), maximum: pushes.at(-1) },
    agent: { core, rssMegabytes: rss, peakMegabytes: peak },
    endToAccepted: { ends, medianMillis: quantile(accepted, 0.5), maximumMillis: accepted.at(-1) },
  };
  process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  await cleanup.run();
}
