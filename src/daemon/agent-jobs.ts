import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { LiveLegs } from '../leg/legs.ts';
import type { Clock } from '../model/clock.ts';
import type { Store } from '../store/store.ts';
import type { AgentSources } from './agent-sources.ts';
import { type AgentStore, fleetJobs } from './agent-store.ts';
import type { CallReading } from './call-reading.ts';
import type { FoundCalls } from './found-calls.ts';
import type { GatewayLoad } from './gateway-load.ts';
import type { LegNews } from './leg-news.ts';
import { lostLegsJobs } from './lost-legs.ts';
import { maskJob } from './mask-job.ts';
import { everySeconds, type Job, startJobs } from './schedule.ts';
import type { WebexImport } from './webex-import.ts';

/**
 * Ended legs are removed at this time of night, a few hundred at once so that writes go on. No zone has the hour from four on
 * twice: node-cron spins through one that a change of the clocks repeats.
 */
const PURGE_AT = '17 4 * * *';
const PURGE_STEP = 200;

/** Series are packed soon after their legs ended; those that a stop left behind, at the next start. Seconds, milliseconds. */
const PACK_BACK_SECONDS = 3600;
const PACK_PAUSE_MILLIS = 50;
/**
 * The capture tells a slot 3 to 3.7 s after its end, since packets may come out of order until then (docs/metrics-packets.md): an
 * agent that is killed from then on has lost no more than the open one. Seconds.
 */
const LATE_SECONDS = 4;

export type AgentJobsParts = {
  readonly config: () => Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly stored: AgentStore;
  readonly sources: AgentSources;
  readonly legs: LiveLegs;
  readonly news: LegNews;
  readonly found: FoundCalls;
  readonly load: GatewayLoad | undefined;
  readonly delivery: Delivery;
  readonly reading: CallReading;
  readonly webex: WebexImport;
};

/** What the agent does by the clock: closes slots, looks for what is due, packs, masks and removes. */
export class AgentJobs {
  readonly #parts: AgentJobsParts;
  readonly #store: Store;
  #tickedAt: number;
  /** By a clock that nobody sets: milliseconds. */
  #progressAt = performance.now();
  #running: { stop(): Promise<void> } | undefined;

  constructor(parts: AgentJobsParts) {
    this.#parts = parts;
    this.#store = parts.stored.store;
    this.#tickedAt = parts.clock.now();
  }

  start(): void {
    this.#running = startJobs(this.#list(), this.#parts.log);
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
  }

  /** The last slot was closed when it should have been. A full disk counts as progress: a restart would not mend it. */
  progressing(): boolean {
    return performance.now() - this.#progressAt < (3 * this.#parts.config().sampling.interval + 5) * 1000;
  }

  /** Packs what a stop left behind. */
  packLeft(): void {
    this.#pack(0).catch((err: unknown) => this.#parts.log.warn({ op: 'pack', err }, 'series could not be packed'));
  }

  async #tick(): Promise<void> {
    const { sources, legs, found, load, news } = this.#parts;
    this.#tickedAt = this.#parts.clock.now();
    this.#progressAt = performance.now();
    load?.look(this.#tickedAt);
    for (const [mediaLegId, at] of await sources.passing()) legs.heard(mediaLegId, at);
    await found.tick(this.#tickedAt);
    await legs.tick();
    news.tick();
  }

  #list(): readonly Job[] {
    const { config, clock, stored, legs } = this.#parts;
    const { sampling } = config();
    const now = (): number => clock.now();
    return [
      { name: 'slot', expression: everySeconds(sampling.interval), run: () => this.#tick() },
      {
        name: 'late',
        expression: everySeconds(sampling.interval, LATE_SECONDS % sampling.interval),
        run: () => legs.write(),
      },
      { name: 'sweep', expression: everySeconds(15), run: () => this.#sweep(now()) },
      { name: 'pack', expression: everySeconds(5), run: () => this.#pack(now() - PACK_BACK_SECONDS) },
      ...fleetJobs(stored),
      ...lostLegsJobs(stored, {
        graceSeconds: () => config().legs.idleEnd,
        endLost: (lost, end) => legs.endLost(lost, end),
      }),
      maskJob(this.#store, { config, now }),
      { name: 'purge', expression: PURGE_AT, run: () => this.#purge(now() - config().retention.days * 86_400) },
    ];
  }

  async #sweep(now: number): Promise<void> {
    const { config, delivery, reading, webex } = this.#parts;
    await this.#store.dropWaiting(now - config().delivery.identityWait, now);
    delivery.sweep();
    reading.sweep();
    webex.sweep();
  }

  /** One leg at a time, so that nobody who asks for something waits for more than one. */
  async #pack(since: number): Promise<void> {
    while ((await this.#store.packEnded(since, 1)) > 0) await sleep(PACK_PAUSE_MILLIS);
  }

  async #purge(before: number): Promise<void> {
    let removed = 0;
    for (let step = PURGE_STEP; step === PURGE_STEP; removed += step)
      step = await this.#store.purge(before, PURGE_STEP);
    if (removed > 0) this.#parts.log.info({ op: 'purge', legs: removed }, 'old legs removed');
  }
}
