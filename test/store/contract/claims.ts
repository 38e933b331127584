import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/model/delivery.ts';
import type { Store } from '../../../src/store/store.ts';
import { endedOf, legOf, reportOf } from '../leg-of.ts';
import type { MakeBench } from './bench.ts';

const leaseSeconds = 10;
const reports = 6;

type Step =
  | { readonly do: 'claim'; readonly owner: string; readonly limit: number }
  | { readonly do: 'settle'; readonly owner: string; readonly kind: Outcome['kind']; readonly wait: number }
  | { readonly do: 'forget'; readonly owner: string }
  | { readonly do: 'pass'; readonly seconds: number };

const owner = fc.constantFrom('agent-1', 'agent-2');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('claim' as const), owner, limit: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    do: fc.constant('settle' as const),
    owner,
    kind: fc.constantFrom('accepted', 'refused', 'expired', 'keep', 'keep'),
    wait: fc.integer({ min: 0, max: 15 }),
  }),
  fc.record({ do: fc.constant('forget' as const), owner }),
  fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 0, max: 12 }) }),
);

/** What is known of one report: who may settle it, and until when nobody else gets it. */
type Known = { state: 'queued' | 'settled'; dueAt: number; fence: number; held: boolean; until: number };
type Held = { readonly id: string; readonly fence: number };

/** Two claimers on one store, beside a model of what must happen. */
class Run {
  readonly #store: Store;
  readonly #known = new Map<string, Known>();
  readonly #hands = new Map<string, Held[]>([
    ['agent-1', []],
    ['agent-2', []],
  ]);
  #now = 1000;

  constructor(store: Store) {
    this.#store = store;
  }

  async fill(): Promise<void> {
    for (let n = 0; n < reports; n += 1) {
      const leg = legOf(`report ${n}`);
      await this.#store.putLeg(leg, 0);
      await this.#store.endLeg(endedOf(leg), { report: reportOf(leg) });
      this.#known.set(leg.mediaLegId, { state: 'queued', dueAt: this.#now, fence: 0, held: false, until: 0 });
    }
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'pass') this.#now += step.seconds;
    else if (step.do === 'forget') this.#hands.set(step.owner, []);
    else if (step.do === 'claim') await this.#claim(step.owner, step.limit);
    else await this.#settle(step.owner, step.kind, step.wait);
    expect(await this.#store.nextDueAt()).toBe(this.#nextDueAt());
  }

  #free(): [string, Known][] {
    const free = ({ state, dueAt, held, until }: Known): boolean =>
      state === 'queued' && dueAt <= this.#now && !(held && until > this.#now);
    return [...this.#known].filter(([, known]) => free(known));
  }

  #nextDueAt(): number | undefined {
    const queued = [...this.#known.values()].filter(({ state }) => state === 'queued');
    const times = queued.map(({ dueAt, held, until }) => (held ? Math.max(dueAt, until) : dueAt));
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  async #claim(owner: string, limit: number): Promise<void> {
    const free = this.#free();
    const claimed = await this.#store.claimReports({ owner, now: this.#now, limit, leaseSeconds, heldTenants: [] });
    expect(claimed).toHaveLength(Math.min(limit, free.length));
    const dueAts = claimed.map(({ report }) => this.#known.get(report.mediaLegId)?.dueAt ?? Number.NaN);
    const oldest = free.map(([, { dueAt }]) => dueAt).sort((a, b) => a - b);
    expect(dueAts).toEqual(oldest.slice(0, claimed.length));
    for (const { report, fence } of claimed) {
      const known = this.#known.get(report.mediaLegId);
      expect(free.some(([id]) => id === report.mediaLegId)).toBe(true);
      expect(fence).toBeGreaterThan(known?.fence ?? Number.POSITIVE_INFINITY);
      if (known) Object.assign(known, { fence, held: true, until: this.#now + leaseSeconds });
      this.#hands.get(owner)?.push({ id: report.mediaLegId, fence });
    }
  }

  async #settle(owner: string, kind: Outcome['kind'], wait: number): Promise<void> {
    const held = this.#hands.get(owner)?.shift();
    if (held === undefined) return;
    const known = this.#known.get(held.id);
    const dueAt = this.#now + wait;
    const outcome: Outcome = kind === 'keep' ? { kind, at: this.#now, dueAt } : { kind, at: this.#now };
    const mine = known?.fence === held.fence && known.held;
    expect(await this.#store.settleReport(held.id, held.fence, outcome)).toBe(mine);
    if (!mine || !known) return;
    known.held = false;
    if (kind === 'keep') known.dueAt = dueAt;
    else known.state = 'settled';
  }
}

export function describeClaims(make: MakeBench, numRuns: number): void {
  describe('two claimers', () => {
    it('never have the same report at once, and lose it with the lease', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
          const bench = await make();
          bench.now = 1000;
          try {
            const run = new Run(await bench.open());
            await run.fill();
            for (const each of steps) await run.take(each);
          } finally {
            await bench.dispose();
          }
        }),
        { numRuns },
      );
    }, 120_000);

    it('empty a full outbox together, each report once', async () => {
      const bench = await make();
      bench.now = 1000;
      const store = await bench.open();
      // All at once, as at the full hour: one by one it would be the time of 200 disk writes each that is measured here.
      const legs = Array.from({ length: 200 }, (_, n) => legOf(`${n}`));
      await Promise.all(legs.map((leg) => store.endLeg(endedOf(leg), { report: reportOf(leg) })));
      const sent: string[] = [];
      const empty = async (owner: string): Promise<void> => {
        for (;;) {
          const claimed = await store.claimReports({ owner, now: 1000, limit: 7, leaseSeconds, heldTenants: [] });
          if (claimed.length === 0) return;
          const settled = claimed.map(({ report, fence }) => {
            sent.push(report.mediaLegId);
            return store.settleReport(report.mediaLegId, fence, { kind: 'accepted', at: 1001 });
          });
          expect(await Promise.all(settled)).toEqual(claimed.map(() => true));
        }
      };
      await Promise.all([empty('agent-1'), empty('agent-2')]);
      expect(sent.sort()).toEqual(legs.map(({ mediaLegId }) => mediaLegId).sort());
      await bench.dispose();
    }, 120_000);
  });
}
