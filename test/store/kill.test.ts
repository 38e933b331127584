import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { sqliteBench } from './bench-sqlite.ts';
import { endedOf, guidOf, legOf, reportOf } from './leg-of.ts';
import { intervalOf, presenceOf, streamOf } from './measured.ts';

const script = new URL('./ending-child.ts', import.meta.url).pathname;
const rounds = 25;

/** Park and Miller: rounds differ, runs do not. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** What the child printed until it was killed, some milliseconds after it had ended so many legs. */
async function killed(child: ChildProcess, legs: number, milliseconds: number): Promise<string[]> {
  let text = '';
  const exit = once(child, 'close');
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the child ended by itself: ${text}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.split('\n').length > legs + 1) resolve();
    });
  });
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
  // After `open`; the last line may have been cut.
  return text.split('\n').slice(1, -1);
}

describe('an agent that is killed', () => {
  let bench: Awaited<ReturnType<typeof sqliteBench>>;
  const promised: string[] = [];
  beforeAll(async () => {
    bench = await sqliteBench();
  });
  afterAll(() => bench.dispose());

  /** The leg is whole: live without a report, or ended with its series and one report. */
  async function expectWhole(store: Store, name: string): Promise<void> {
    const mediaLegId = guidOf(name);
    const leg = await store.leg({ mediaLegId });
    if (leg === undefined) return;
    const report = await store.report(mediaLegId);
    if (leg.state === 'live') return expect(report).toBeUndefined();
    expect(leg).toMatchObject({ ...endedOf(legOf(name)), revision: 2, delivery: { state: 'queued', attempts: 0 } });
    expect(report).toStrictEqual(reportOf(legOf(name)));
    const stream = streamOf(mediaLegId);
    const slots = [0, 1, 2];
    expect(await store.series(mediaLegId)).toStrictEqual({
      mediaLegId,
      streams: [stream],
      intervals: slots.map((slot) => intervalOf(stream, slot)),
      presence: slots.map((slot) => presenceOf(mediaLegId, slot)),
    });
  }

  it.each(Array.from({ length: rounds }, (_, round) => ({ round })))(
    'keeps every promise, round $round',
    async ({ round }) => {
      const random = seeded(round + 1);
      random();
      const args = [script, bench.path, `${round}`];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const names = await killed(child, Math.floor(random() * 5), random() * 20);
      promised.push(...names);

      const store = await bench.open();
      try {
        for (const name of names) expect((await store.leg({ mediaLegId: guidOf(name) }))?.state).toBe('ended');
        // The one under way when it died, and one more that was promised but not printed.
        for (const n of [...names.keys(), names.length, names.length + 1]) await expectWhole(store, `${round} ${n}`);
        expect((await store.liveLegs('agent-1')).length).toBeLessThanOrEqual(round + 1);
      } finally {
        await store.close();
      }
    },
  );

  it('still owes every report of all rounds once', async () => {
    const store = await bench.open();
    const claimed = await store.claimReports({
      owner: 'agent-1',
      now: Number.MAX_SAFE_INTEGER,
      limit: 1e6,
      leaseSeconds: 1,
      heldTenants: [],
    });
    const owed = claimed.map(({ report }) => report.mediaLegId);
    expect(new Set(owed).size).toBe(owed.length);
    expect(owed).toEqual(expect.arrayContaining(promised.map(guidOf)));
    // Each round can have ended one leg that it could not print any more.
    expect(owed.length - promised.length).toBeLessThanOrEqual(rounds);
    expect(promised.length).toBeGreaterThan(rounds);
  });
});
