import { setTimeout as sleep } from 'node:timers/promises';
import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { AgentProcess } from '../daemon/agent-process.ts';
import { until } from '../daemon/slim-gateway.ts';
import { asPromised, type Doing, SoakGateway } from './gateway.ts';
import { Seeded } from './seeded.ts';

/** At what a kill is aimed: a moment, a call under way, an answer of Graph that is on its way into the store. */
export const AIMS = ['moment', 'start', 'begin', 'sample', 'end', 'answer'] as const;
export type Aim = (typeof AIMS)[number];

/** A round as it was: when the agent was killed, aimed at what, and when it was gone. */
export type Round = { readonly aim: Aim; readonly killedAt: number; readonly goneAt: number };

/**
 * One leg that Graph took twice. `gap`: from Graph's first answer to the kill before the second, seconds; 0 where the
 * answer came to an agent that was just dying, infinite where no kill explains it.
 */
export type Duplicate = { readonly mediaLegId: string; readonly gap: number };

export type SoakResult = {
  readonly seed: number;
  readonly rounds: readonly Round[];
  readonly legs: number;
  readonly promised: number;
  readonly delivered: number;
  /** Promised and never taken by Graph, or with another body than was shown. */
  readonly lost: readonly string[];
  readonly altered: readonly string[];
  /** The kill fell between Graph's answer and our commit: nobody can know. */
  readonly duplicatedByKill: readonly Duplicate[];
  /** Sent twice for any other reason. */
  readonly duplicatedOtherwise: readonly Duplicate[];
  readonly broken: readonly string[];
  /** Warnings and errors that the agents logged, and how often. */
  readonly complaints: ReadonlyMap<string, number>;
  readonly seconds: number;
};

/** A commit that took longer than this was not what the kill interrupted. Seconds. */
const COMMIT_SECONDS = 1;

/** Kills a real agent so many times while it begins, measures, ends and delivers legs, and looks what became of them. */
export async function soak(options: {
  readonly rounds: number;
  readonly seed: number;
  readonly onRound?: (round: number, legs: number) => void;
}): Promise<SoakResult> {
  const began = performance.now();
  const run = await SoakRun.open(options.seed);
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      await run.round();
      options.onRound?.(round + 1, run.gateway.legs.length);
    }
    await run.finish();
    return { ...run.result(), seed: options.seed, seconds: (performance.now() - began) / 1000 };
  } finally {
    await run.close();
  }
}

class SoakRun {
  readonly gateway: SoakGateway;
  readonly #agent = new AgentProcess();
  readonly #graph: GraphStandIn;
  readonly #random: Seeded;
  readonly #rounds: Round[] = [];
  /** What the next kill waits for. */
  #aim: { readonly at: Doing | 'answer'; left: number; readonly hit: () => void } | undefined;

  private constructor(seed: number, graph: GraphStandIn) {
    this.#random = new Seeded(seed);
    this.#graph = graph;
    this.gateway = new SoakGateway(new Seeded(seed + 1), (what) => this.#happens(what));
    this.#agent.configure(graph.url, [
      'sampling: { interval: 1s }',
      'delivery: { firstRetry: 100ms, maximumRetry: 2s }',
      'drain: { deadline: 10s }',
    ]);
  }

  static async open(seed: number): Promise<SoakRun> {
    const faults = new Seeded(seed + 2);
    const delays = new Seeded(seed + 3);
    const graph = await GraphStandIn.open({
      delay: () => delays.between(0, 30) / 1000,
      fault: () =>
        faults.next() < 0.15 ? faults.pick([{ status: 503 }, { status: 500 }, 'reset', 'close']) : undefined,
      onAnswer: (request) => {
        if (request.status === 204) run.#happens('answer');
      },
    });
    const run = new SoakRun(seed, graph);
    return run;
  }

  /** Starts the agent, lets the gateway work, and kills it at the moment that the seed says. */
  async round(): Promise<void> {
    const aim = this.#random.pick(AIMS);
    const pause = this.#random.between(0, aim === 'answer' ? 4 : aim === 'start' ? 400 : 12);
    if (aim === 'start') return this.#killStarting(pause);
    await this.#agent.start();
    const shot = this.#shot(aim);
    const work = this.gateway.work(this.#agent.client);
    await Promise.race([shot, work.then(() => sleep(60))]);
    await sleep(pause);
    await this.#kill(aim);
    await work;
  }

  /** Starts it once more, ends what is open, and waits until nothing is owed. */
  async finish(): Promise<void> {
    await this.#agent.start();
    await this.gateway.finish(this.#agent.client);
    await until(async () => {
      const { items } = await this.#agent.client.reports({ state: 'queued', limit: 1 });
      return items.length === 0 ? true : undefined;
    }, 60);
    const code = await this.#agent.stop();
    if (code !== 0) this.gateway.broken.push(`the last stop ended with ${code}`);
  }

  result(): Omit<SoakResult, 'seed' | 'seconds'> {
    const { legs, promised, broken } = this.gateway;
    const taken = new Map<string, { readonly body: unknown; readonly at: number }[]>();
    for (const { body, answeredAt = 0 } of this.#graph.accepted) {
      const { mediaLegId } = (body as { quality: { mediaLegId: string } }).quality; // accepted bodies have it
      taken.set(mediaLegId, [...(taken.get(mediaLegId) ?? []), { body, at: answeredAt }]);
    }
    const owed = promised.filter(({ samples }) => samples > 0);
    const duplicates = [...taken].flatMap(([mediaLegId, times]) =>
      times.slice(1).map(({ at }, before) => ({ mediaLegId, gap: this.#gap(times[before]?.at ?? 0, at) })),
    );
    const byKill = ({ gap }: Duplicate): boolean => gap < COMMIT_SECONDS;
    return {
      rounds: this.#rounds,
      legs: legs.length,
      promised: owed.length,
      delivered: owed.filter(({ mediaLegId }) => taken.has(mediaLegId)).length,
      lost: owed.filter(({ mediaLegId }) => !taken.has(mediaLegId)).map(({ mediaLegId }) => mediaLegId),
      altered: owed
        .filter((leg) => taken.get(leg.mediaLegId)?.some(({ body }) => !asPromised(leg, body)))
        .map(({ mediaLegId }) => mediaLegId),
      duplicatedByKill: duplicates.filter(byKill),
      duplicatedOtherwise: duplicates.filter((duplicate) => !byKill(duplicate)),
      broken,
      complaints: this.complaints,
    };
  }

  /** What the agents complained of: how often each. */
  get complaints(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { level, msg, reason, err } of this.#agent.lines) {
      if (level !== 'warn' && level !== 'error') continue;
      const text = [msg, reason, Object(err)['message']].filter((part) => part !== undefined).join(': ');
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    return counts;
  }

  async close(): Promise<void> {
    await this.#agent.remove();
    await this.#graph.close();
  }

  /** From Graph's answer to the kill that kept the agent from writing it down. */
  #gap(answered: number, again: number): number {
    const kill = this.#rounds.find(({ killedAt, goneAt }) => goneAt >= answered && killedAt <= again);
    return kill === undefined ? Number.POSITIVE_INFINITY : Math.max(0, kill.killedAt - answered);
  }

  async #killStarting(pause: number): Promise<void> {
    const started = this.#agent.start().catch(() => undefined);
    await sleep(pause);
    await this.#kill('start');
    await started;
  }

  async #kill(aim: Aim): Promise<void> {
    const killedAt = Date.now() / 1000;
    this.#aim = undefined;
    await this.#agent.kill();
    this.#rounds.push({ aim, killedAt, goneAt: Date.now() / 1000 });
  }

  /** Resolves when what the kill is aimed at happens. */
  #shot(aim: Exclude<Aim, 'start'>): Promise<unknown> {
    if (aim === 'moment') return sleep(this.#random.between(0, 250));
    return new Promise<void>((hit) => {
      this.#aim = { at: aim, left: this.#random.between(1, 10), hit };
    });
  }

  #happens(what: Doing | 'answer'): void {
    if (this.#aim?.at !== what) return;
    this.#aim.left -= 1;
    if (this.#aim.left === 0) this.#aim.hit();
  }
}
