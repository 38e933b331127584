import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { analyzed } from '../captures/collection.ts';
import { withLab } from './lab.ts';
import { ip, namespacePath, removeLeftOvers } from './namespaces.ts';
import type { RelayTruth } from './relay.ts';
import { metronome } from './senders/metronome.ts';
import { describeLab } from './tools.ts';
import { mean, type RelayedStream, seenAtGateway, streamsOf } from './truth.ts';

const COUNT = 600;

/** Programs come and go within so long. Milliseconds. */
const LONG = { timeout: 60_000, interval: 20 };

function only({ passages }: RelayTruth): RelayedStream {
  const [stream, ...others] = streamsOf({ passages, longestStall: 0 });
  expect(others).toEqual([]);
  if (stream === undefined) expect.unreachable('the relay saw no stream');
  return stream;
}

/** The numbers of what the relay dropped, from the first packet's on. */
function droppedOf({ packets }: RelayedStream): readonly number[] {
  const [first] = packets;
  return packets.flatMap(({ number, leftAt }) => (leftAt === undefined ? [number - (first?.number ?? 0)] : []));
}

describeLab('the relay', [], () => {
  it('does by its seed what it is told, and knows it', async () => {
    const run = (seed: number) =>
      withLab(seed, async (lab) => {
        const hard = { loss: 0.1, burst: 3, delay: 0.02, late: 0.02, by: 0.015, twice: 0.02 };
        lab.relay.rule({ direction: 'inbound', kind: 'rtp', ports: [5000, 5001], ...hard });
        const sniffer = await lab.sniff();
        await metronome(lab, { port: 5000, count: COUNT, pace: 2 });
        const stream = only(await lab.end());
        const { document } = await analyzed([await sniffer.stop()]);
        return { stream, document };
      });
    const one = await run(1);
    const seen = seenAtGateway(one.stream);
    expect(one.stream.packets).toHaveLength(COUNT);
    expect(one.document.streams).toMatchObject([{ ssrc: 0xcafe, ...seen }]);
    // Some of each, or the comparison says little; the first five are never lost.
    const dropped = droppedOf(one.stream);
    expect(Math.min(...dropped)).toBeGreaterThanOrEqual(5);
    expect(dropped.length).toBeGreaterThan(0.04 * COUNT);
    expect(dropped.length).toBeLessThan(0.2 * COUNT);
    expect(seen.duplicates).toBeGreaterThan(2);
    expect(seen.reordered).toBeGreaterThan(2);
    // Losses in bursts: most lost packets follow a lost one.
    const following = dropped.filter((number) => dropped.includes(number - 1));
    expect(following.length / dropped.length).toBeGreaterThan(0.5);
    expect(droppedOf((await run(1)).stream)).toEqual(dropped);
    expect(droppedOf((await run(2)).stream)).not.toEqual(dropped);
  });

  it('spreads delays as theory has it', async () => {
    const jitter = 0.0015;
    const truth = await withLab(3, async (lab) => {
      lab.relay.rule({ direction: 'inbound', kind: 'any', delay: 0.01, jitter });
      await metronome(lab, { port: 5000, count: COUNT, pace: 4 });
      return lab.end();
    });
    const { packets } = only(truth);
    const delays = packets.map(({ receivedAt, leftAt = 0 }) => leftAt - receivedAt);
    expect(Math.min(...delays)).toBeGreaterThan(0.01 - jitter - 1e-5);
    expect(Math.max(...delays)).toBeLessThan(0.01 + jitter + truth.longestStall + 1e-5);
    // What came in a bunch had to keep its order.
    const free = packets.map(
      ({ receivedAt }, index) => receivedAt - (packets[index - 1]?.receivedAt ?? 0) > 2 * jitter,
    );
    const distances = delays.flatMap((delay, index) => {
      const before = delays[index - 1];
      return before !== undefined && free[index] && free[index - 1] ? [Math.abs(delay - before)] : [];
    });
    expect(distances.length).toBeGreaterThan(COUNT / 4);
    // The mean distance of two evenly spread delays is a third of their span.
    expect(mean(distances) / ((2 * jitter) / 3)).toBeCloseTo(1, 0.6);
  });
});

describeLab('a lab whose process was killed', [], () => {
  const SCRIPT = `
    const { withLab } = await import(${JSON.stringify(join(import.meta.dirname, 'lab.ts'))});
    await withLab(1, async (lab) => {
      lab.spawn('device', 'sleep', ['1000']);
      console.log(lab.sides.device.namespace);
      await new Promise((resolve) => setTimeout(resolve, 1e6));
    });`;

  it('leaves no programs, and its namespaces go when the next one begins', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(child.stdout, 'data');
    const namespace = String(said).trim();
    const programs = () => ip('netns', 'pids', namespace);
    await expect.poll(() => programs().split('\n'), LONG).toHaveLength(2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(programs, LONG).toBe('');
    await expect.poll(() => ip('-n', namespace, '-br', 'link'), LONG).not.toContain('dev0');
    removeLeftOvers();
    expect(existsSync(namespacePath(namespace))).toBe(false);
    expect(readdirSync('/run/netns').filter((name) => name.includes(`-${child.pid}-`))).toEqual([]);
  });
});
