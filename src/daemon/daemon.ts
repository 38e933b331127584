import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INetworkModule } from '@azure/msal-node';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { version } from '../config/version.ts';
import { DELIVERY_DEFAULTS, Delivery } from '../delivery/delivery.ts';
import type { Graph } from '../graph/graph.ts';
import type { Agent, Health, Whip } from '../http/http.ts';
import { buildServer } from '../http/server.ts';
import type { ControlContext } from '../leg/control.ts';
import type { Sink, Source } from '../leg/leg.ts';
import { LiveLegs } from '../leg/legs.ts';
import type { SourceKind } from '../model/channel.ts';
import type { Clock } from '../model/clock.ts';
import { OtherlegError } from '../model/error.ts';
import { qualityDraft, qualityReport } from '../report/quality-report.ts';
import { GetStatsSource } from '../source/getstats/getstats-source.ts';
import { parseStats } from '../source/getstats/parse-stats.ts';
import { WebRtcSource } from '../source/webrtc/webrtc-source.ts';
import { sqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { systemClock } from './clock.ts';
import { configuredGraph } from './graph.ts';
import { listenOn } from './listen.ts';
import { needRestart, reloaded } from './reload.ts';
import { everySeconds, type Job, startJobs } from './schedule.ts';

/** Ended legs are removed at this time of night, a few hundred at once so that writes go on. */
const PURGE_AT = '17 3 * * *';
const PURGE_STEP = 200;

/** Series are packed soon after their legs ended; those that a stop left behind, at the next start. Seconds, milliseconds. */
const PACK_BACK_SECONDS = 3600;
const PACK_PAUSE_MILLIS = 50;

export type DaemonParts = {
  readonly log: Logger;
  readonly clock?: Clock;
  /** Takes the place of the network to the login host: for tests, whose login host is on loopback. */
  readonly loginTransport?: INetworkModule;
};

/** The agent: everything built from one configuration, from start to drain. */
export class Daemon {
  #config: Config;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #legs: LiveLegs;
  readonly #delivery: Delivery;
  #stats: GetStatsSource | undefined;
  #webrtc: WebRtcSource | undefined;
  #servers: FastifyInstance[] = [];
  #jobs: { stop(): Promise<void> } | undefined;
  #tickedAt: number;
  #state: 'starting' | 'running' | 'draining' = 'starting';

  constructor(config: Config, parts: DaemonParts) {
    this.#config = config;
    this.#log = parts.log;
    this.#clock = parts.clock ?? systemClock;
    this.#tickedAt = this.#clock.now();
    const owner = config.agent.name;
    this.#store = sqliteStore({ path: config.store.url.path, owner, now: () => this.#clock.now() });
    this.#legs = this.#buildLegs();
    this.#delivery = this.#buildDelivery(configuredGraph(config, { ...parts, clock: this.#clock }));
  }

  /** Takes up what a changed configuration may change while legs run; names the sections that need a restart. */
  reload(config: Config): readonly string[] {
    const restart = needRestart(this.#config, config);
    this.#config = reloaded(this.#config, config);
    return restart;
  }

  /** Opens the store, takes up what was live, listens. Answers where. Rejects with the reason an operator can mend. */
  async start(): Promise<readonly string[]> {
    await this.#store.open();
    const recovered = await this.#legs.recover();
    if (recovered > 0) this.#log.info({ op: 'recover', legs: recovered }, 'live legs taken up again');
    this.#jobs = startJobs(this.#jobList(), this.#log);
    this.#delivery.start();
    const at = await this.#listen();
    this.#state = 'running';
    this.#pack(0).catch((err: unknown) => this.#log.warn({ op: 'pack', err }, 'series could not be packed'));
    return at;
  }

  /**
   * Stops taking legs, sends what is due until the deadline, closes. Live legs stay on disk for the next run, or end now
   * (drain.legs). Answers how many reports are left.
   */
  async drain(): Promise<number> {
    this.#state = 'draining';
    this.#legs.refuseNew();
    await this.#jobs?.stop();
    if (this.#config.drain.legs === 'close') await this.#legs.endAll('shutdown');
    await this.#webrtc?.stop(); // it takes a last sample, which goes to disk with the rest
    await this.#legs.stop();
    const left = await this.#delivery.drain(this.#config.drain.deadline);
    await this.close();
    return left;
  }

  /** Lets go of everything at once: nothing that was promised is lost by it. */
  async close(): Promise<void> {
    this.#state = 'draining';
    await this.#jobs?.stop();
    await this.#webrtc?.stop();
    await this.#delivery.stop();
    await Promise.all(this.#servers.map((server) => server.close()));
    await this.#store.close();
  }

  /** The last slot was closed when it should have been. A full disk counts as progress: a restart would not mend it. */
  progressing(): boolean {
    return this.#clock.now() - this.#tickedAt < 3 * this.#config.sampling.interval + 5;
  }

  async #tick(): Promise<void> {
    this.#tickedAt = this.#clock.now();
    await this.#legs.tick();
  }

  #buildDelivery(graph: Graph): Delivery {
    const { delivery, agent } = this.#config;
    return new Delivery(
      {
        store: this.#store,
        graph,
        clock: this.#clock,
        random: () => randomInt(2 ** 32) / 2 ** 32,
        logger: this.#log.child({ op: 'deliver' }),
      },
      {
        ...DELIVERY_DEFAULTS,
        owner: agent.name,
        concurrency: delivery.concurrency,
        firstRetrySeconds: delivery.firstRetry,
        maximumRetrySeconds: delivery.maximumRetry,
        maximumAgeSeconds: delivery.maximumAge,
      },
    );
  }

  #buildLegs(): LiveLegs {
    const { report, sampling, legs } = this.#config;
    return new LiveLegs({
      store: this.#store,
      clock: this.#clock,
      sources: (sinkOf) => this.#buildSources(sinkOf),
      context: () => this.#context(),
      reportOf: (leg, channels) => text(qualityReport(leg, channels, report)),
      draftOf: (leg, channels) => (channels.length === 0 ? undefined : text(qualityDraft(leg, channels, report))),
      slotSeconds: sampling.interval,
      idleSeconds: legs.idleEnd,
      onQueued: () => this.#delivery.wake(),
      log: this.#log,
    });
  }

  #buildSources(sinkOf: (kind: SourceKind) => Sink): readonly Source[] {
    const { sampling, sources } = this.#config;
    const timing = { slotSeconds: sampling.interval, samplingInterval: sampling.interval };
    if (sources.getstats.enabled) this.#stats = new GetStatsSource(sinkOf('getstats'), { ...timing, kind: 'getstats' });
    if (sources.webrtc.enabled) {
      this.#webrtc = new WebRtcSource(sinkOf('webrtc'), {
        ...timing,
        maximumSessions: sources.webrtc.maximumSessions,
        clock: this.#clock,
        log: this.#log.child({ source: 'webrtc' }),
      });
    }
    return [this.#stats, this.#webrtc].filter((source) => source !== undefined);
  }

  #context(): ControlContext {
    const { agent, devices, graph } = this.#config;
    return { owner: agent.name, devices, defaultTenantId: graph.auth.tenantId };
  }

  async #listen(): Promise<readonly string[]> {
    const log = this.#log.child({ op: 'http' });
    const at: string[] = [];
    for (const { where, scope } of listeners(this.#config)) {
      const server = await buildServer(this.#agent(), log, scope);
      this.#servers.push(server);
      at.push(await listenOn(server, where));
    }
    return at;
  }

  #agent(): Agent {
    const store = this.#store;
    const legs = this.#legs;
    return {
      version: version(),
      slotSeconds: this.#config.sampling.interval,
      privacy: this.#config.privacy,
      legs,
      list: (query) => store.legs(query),
      bodyOf: (mediaLegId) => legs.body(mediaLegId),
      pushStats: (mediaLegId, body) => this.#pushStats(mediaLegId, body),
      outbox: {
        reports: (query) => store.reports(query),
        report: (mediaLegId) => store.report(mediaLegId),
        attempts: (mediaLegId) => store.attempts(mediaLegId),
        retry: async (mediaLegId) => {
          const queued = await store.requeueReport(mediaLegId, this.#clock.now());
          if (queued) this.#delivery.wake();
          return queued;
        },
        drop: (mediaLegId) => store.dropReport(mediaLegId, this.#clock.now()),
      },
      health: this.#health(),
      ...(this.#webrtc && { whip: this.#whip(this.#webrtc) }),
    };
  }

  /** Offer and answer are also the leg's session descriptions, unless somebody told others. */
  #whip(source: WebRtcSource): Whip {
    return {
      offer: async (mediaLegId, offer) => {
        const opened = await source.offer(mediaLegId, offer);
        const { control } = await this.#legs.live(mediaLegId);
        if (control.sdp === undefined && control.channels === undefined) {
          await this.#legs.put(mediaLegId, { sdp: { local: opened.answer, remote: offer } });
        }
        return opened;
      },
      close: (mediaLegId, session) => source.close(mediaLegId, session),
    };
  }

  async #pushStats(mediaLegId: string, body: unknown): Promise<{ entries: number; ignored: number }> {
    const source = this.#stats;
    if (source === undefined) {
      throw new OtherlegError('SOURCE_NOT_CONFIGURED', 'this agent takes no statistics', {
        hint: 'set sources.getstats.enabled: true in the configuration',
      });
    }
    const report = parseStats(body);
    await this.#legs.live(mediaLegId);
    const taken = source.push(mediaLegId, report, this.#clock.now());
    if (taken === undefined) {
      throw new OtherlegError('SOURCE_NOT_CONFIGURED', `leg ${mediaLegId} is not measured by getstats`, {
        hint: 'leave sources out of PUT /v1/legs/{mediaLegId} and of its device, or name getstats there',
      });
    }
    await this.#legs.committed();
    return taken;
  }

  #health(): Health {
    return {
      started: () => this.#state !== 'starting',
      unready: async () => {
        if (this.#state !== 'running') return this.#state;
        try {
          await this.#store.check();
          return undefined;
        } catch (error) {
          return error instanceof Error ? error.message : String(error);
        }
      },
      detail: () => ({
        legs: { live: this.#legs.liveCount, ...this.#legs.counters },
        delivery: this.#delivery.counters,
      }),
    };
  }

  #jobList(): readonly Job[] {
    const { sampling, delivery, retention } = this.#config;
    const now = (): number => this.#clock.now();
    return [
      { name: 'slot', expression: everySeconds(sampling.interval), run: () => this.#tick() },
      {
        name: 'sweep',
        expression: everySeconds(15),
        run: async () => {
          await this.#store.dropWaiting(now() - delivery.identityWait, now());
          await this.#delivery.sweep();
        },
      },
      { name: 'pack', expression: everySeconds(5), run: () => this.#pack(now() - PACK_BACK_SECONDS) },
      { name: 'purge', expression: PURGE_AT, run: () => this.#purge(now() - retention.days * 86_400) },
    ];
  }

  /** One leg at a time, so that nobody who asks for something waits for more than one. */
  async #pack(since: number): Promise<void> {
    while ((await this.#store.packEnded(since, 1)) > 0) await sleep(PACK_PAUSE_MILLIS);
  }

  async #purge(before: number): Promise<void> {
    let removed = 0;
    for (let step = PURGE_STEP; step === PURGE_STEP; removed += step)
      step = await this.#store.purge(before, PURGE_STEP);
    if (removed > 0) this.#log.info({ op: 'purge', legs: removed }, 'old legs removed');
  }
}

/** All on the control listeners; with listeners of its own, `http` reads only. */
function listeners({ control, http }: Config) {
  const all = control.listen.map((where) => ({ where, scope: 'all' as const }));
  const reading = (http.listen ?? []).map((where) => ({ where, scope: 'read' as const }));
  return [...all, ...reading];
}

const text = (body: object | undefined): string | undefined => (body === undefined ? undefined : JSON.stringify(body));
