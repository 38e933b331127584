import type { INetworkModule } from '@azure/msal-node';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { version } from '../config/version.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { Agent, Health } from '../http/http.ts';
import { buildServer } from '../http/server.ts';
import type { ControlContext } from '../leg/control.ts';
import { KeyRing } from '../leg/key-ring.ts';
import { LiveLegs } from '../leg/legs.ts';
import { NamedLegs } from '../leg/named-legs.ts';
import type { Clock } from '../model/clock.ts';
import { qualityDraft, qualityReport } from '../report/quality-report.ts';
import type { Quarantined } from '../store/quarantine.ts';
import type { Store } from '../store/store.ts';
import { AgentJobs } from './agent-jobs.ts';
import { agentOutbox } from './agent-outbox.ts';
import { AgentSources, type BuildEngine } from './agent-sources.ts';
import { type AgentStore, configuredStore, fleetDetail, leaveToOthers } from './agent-store.ts';
import { CallReading } from './call-reading.ts';
import { systemClock } from './clock.ts';
import { configuredDelivery } from './configured-delivery.ts';
import { EventHub } from './event-hub.ts';
import { FoundCalls } from './found-calls.ts';
import { GatewayLoad } from './gateway-load.ts';
import { configuredGraph } from './graph.ts';
import { GraphCounts } from './graph-counts.ts';
import { lazyMetrics } from './lazy-metrics.ts';
import { LegNews } from './leg-news.ts';
import { LegReader } from './leg-reader.ts';
import { listenOn } from './listen.ts';
import { listeners } from './listeners.ts';
import type { MetricFacts } from './metric-facts.ts';
import { needRestart, reloaded } from './reload.ts';
import { SetClock } from './set-clock.ts';
import { toldOutbox } from './told-outbox.ts';
import { WebexImport } from './webex-import.ts';

export type DaemonParts = {
  readonly log: Logger;
  readonly clock?: Clock;
  /** Takes the place of the network to the login host: for tests, whose login host is on loopback. */
  readonly loginTransport?: INetworkModule;
  /** Takes the place of tcpdump and the thread that reads it: for tests, which have no right to capture. */
  readonly captureEngine?: BuildEngine;
};

/** The agent: everything built from one configuration, from start to drain. */
export class Daemon {
  #config: Config;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #stored: AgentStore;
  readonly #store: Store;
  readonly #keys = new KeyRing();
  readonly #events = new EventHub();
  readonly #news = new LegNews(this.#events);
  readonly #legs: LiveLegs;
  readonly #delivery: Delivery;
  readonly #named: NamedLegs;
  readonly #found: FoundCalls;
  readonly #sources: AgentSources;
  readonly #reading: CallReading;
  readonly #webex: WebexImport;
  readonly #load: GatewayLoad | undefined;
  readonly #longLegs: LegReader;
  readonly #metrics = lazyMetrics(() => this.#metricFacts());
  readonly #jobs: AgentJobs;
  #servers: FastifyInstance[] = [];
  #quarantined: Quarantined | undefined;
  readonly #graphCounts = new GraphCounts();
  readonly #refusals = { login: 0, token: 0 };
  readonly #loaded: { loadedAt: number; reloads: number; failures: number };
  #state: 'starting' | 'running' | 'draining' = 'starting';

  constructor(config: Config, parts: DaemonParts) {
    this.#config = config;
    this.#log = parts.log;
    const onSet = (seconds: number): Promise<void> => this.#legs.clockSet(seconds);
    this.#clock = new SetClock(parts.clock ?? systemClock, { log: parts.log, onSet });
    this.#loaded = { loadedAt: this.#clock.now(), reloads: 0, failures: 0 };
    this.#stored = configuredStore(config, {
      now: () => this.#clock.now(),
      log: parts.log,
      onQuarantine: (quarantined) => this.#noteQuarantined(quarantined),
    });
    this.#store = this.#stored.store;
    this.#longLegs = new LegReader(this.#store, config.sampling.interval, this.#clock, (id) => this.#legs.standing(id));
    this.#sources = new AgentSources(config, {
      clock: this.#clock,
      log: this.#log,
      keys: this.#keys,
      engine: parts.captureEngine,
      found: (message) => void this.#found.take(message),
    });
    const { gatewayProcess } = config.agent;
    if (gatewayProcess !== undefined) this.#load = new GatewayLoad(gatewayProcess, config.sampling.interval);
    const graph = configuredGraph(config, { ...parts, clock: this.#clock, counts: this.#graphCounts });
    this.#reading = new CallReading(() => this.#config, {
      ...{ store: this.#store, graph, clock: this.#clock, log: this.#log },
      view: (mediaLegId) => this.#legs.view(mediaLegId),
      judgedLong: (mediaLegId, by) => this.#longLegs.judged(mediaLegId, by),
      judged: (leg) => this.#news.changed(leg),
    });
    this.#webex = new WebexImport(config, {
      ...{ store: this.#store, clock: this.#clock, log: this.#log.child({ source: 'webex' }) },
      imported: (mediaLegId, quality) => this.#legs.imported(mediaLegId, quality),
      judgeAgain: (callChainId) => this.#reading.calls.judgeAgain(callChainId),
    });
    this.#legs = this.#buildLegs();
    this.#named = new NamedLegs(this.#legs, this.#store);
    this.#found = new FoundCalls(this.#legs, this.#named, this.#log);
    this.#delivery = configuredDelivery(() => this.#config, {
      store: toldOutbox(this.#stored.outbox, (mediaLegId, delivery) =>
        this.#events.publish({ kind: 'report', mediaLegId, delivery }),
      ),
      graph,
      clock: this.#clock,
      log: this.#log,
    });
    this.#jobs = new AgentJobs({
      config: () => this.#config,
      ...{ clock: this.#clock, log: this.#log, stored: this.#stored, sources: this.#sources, load: this.#load },
      ...{ legs: this.#legs, news: this.#news, found: this.#found },
      ...{ delivery: this.#delivery, reading: this.#reading, webex: this.#webex },
    });
  }

  /** Takes up what a changed configuration may change while legs run; names the sections that need a restart. */
  reload(config: Config): readonly string[] {
    const restart = needRestart(this.#config, config);
    this.#config = reloaded(this.#config, config);
    this.#sources.devices(this.#config.devices);
    this.#loaded.reloads += 1;
    this.#loaded.loadedAt = this.#clock.now();
    return restart;
  }

  /** A configuration was read again and is wrong. */
  reloadFailed(): void {
    this.#loaded.reloads += 1;
    this.#loaded.failures += 1;
  }

  /** Opens the store, takes up what was live, listens. Answers where. Rejects with the reason an operator can mend. */
  async start(): Promise<readonly string[]> {
    await this.#store.open();
    if (this.#config.privacy.addresses === 'masked') await this.#store.eraseDeleted?.();
    const recovered = await this.#legs.recover();
    if (recovered > 0) this.#log.info({ op: 'recover', legs: recovered }, 'live legs taken up again');
    this.#sources.start();
    this.#jobs.start();
    this.#delivery.start();
    this.#reading.start();
    await this.#webex.start();
    const at = await this.#listen();
    this.#state = 'running';
    this.#jobs.packLeft();
    return at;
  }

  /**
   * Stops taking legs, sends what is due until the deadline, closes. Live legs stay on disk for the next run, or end now
   * (drain.legs). Answers how many reports are left.
   */
  async drain(): Promise<number> {
    this.#state = 'draining';
    this.#legs.refuseNew();
    await this.#jobs.stop();
    await this.#found.settle();
    if (this.#config.drain.legs === 'close') await this.#endLegs();
    await this.#sources.stop(); // a last sample goes to disk with the rest
    await this.#legs.stop();
    await Promise.all([this.#delivery.drain(this.#config.drain.deadline), this.#reading.stop(), this.#webex.stop()]);
    // Ends are taken until here: what came after the last post is counted, too.
    await this.#stopListening();
    await leaveToOthers(this.#stored, this.#log);
    const left = await this.#delivery.left();
    await this.close();
    return left;
  }

  /** Cuts a drain short: what is under way stays due for the next start. */
  hurry(): void {
    void this.#delivery.stop();
  }

  /** Lets go of everything at once: nothing that was promised is lost by it. */
  async close(): Promise<void> {
    this.#state = 'draining';
    await this.#jobs.stop();
    await this.#sources.stop();
    await Promise.all([this.#delivery.stop(), this.#reading.stop(), this.#webex.stop()]);
    await this.#stopListening();
    await this.#longLegs.close();
    await this.#store.close();
  }

  async #stopListening(): Promise<void> {
    await Promise.all(this.#servers.splice(0).map((server) => server.close()));
  }

  /** A leg whose end cannot be written stays live on disk, and the next run takes it up. */
  async #endLegs(): Promise<void> {
    const failed = await this.#legs.endAll('shutdown');
    if (failed > 0)
      this.#log.error({ op: 'stop', legs: failed }, 'legs could not be ended; the next start takes them up');
  }

  #noteQuarantined(quarantined: Quarantined): void {
    this.#quarantined = quarantined;
    this.#log.error(
      { op: 'store', ...quarantined },
      'the store was damaged and moved aside; a new one has what was owed and could be read',
    );
  }

  /** Whether slots are closed in time. */
  progressing(): boolean {
    return this.#jobs.progressing();
  }

  #buildLegs(): LiveLegs {
    const config = (): Config => this.#config;
    return new LiveLegs({
      store: this.#store,
      clock: this.#clock,
      sources: (sinkOf) => this.#sources.build(sinkOf),
      context: () => this.#context(),
      reportOf: (leg, channels) => text(qualityReport(leg, channels, config().report)),
      draftOf: (leg, channels) =>
        channels.length === 0 ? undefined : text(qualityDraft(leg, channels, config().report)),
      slotSeconds: config().sampling.interval,
      get idleSeconds() {
        return config().legs.idleEnd;
      },
      get uncontrolledIdleSeconds() {
        return config().legs.uncontrolledIdleEnd;
      },
      onQueued: () => this.#delivery.wake(),
      watch: this.#news,
      ...this.#reading.legsParts(),
      ...this.#webex.legsParts(),
      keys: this.#keys,
      log: this.#log,
    });
  }

  #context(): ControlContext {
    const { agent, devices, graph } = this.#config;
    return { owner: agent.name, devices, defaultTenantId: graph.auth.tenantId };
  }

  async #listen(): Promise<readonly string[]> {
    const log = this.#log.child({ op: 'http' });
    const at: string[] = [];
    for (const { where, scope, door } of listeners(this.#config)) {
      const server = await buildServer(this.#agent(), log, scope, door);
      this.#servers.push(server);
      at.push(await listenOn(server, where));
    }
    return at;
  }

  #agent(): Agent {
    const store = this.#store;
    const legs = this.#legs;
    const sources = this.#sources;
    const whip = sources.whip(legs);
    const load = this.#load;
    const config = (): Config => this.#config;
    return {
      version: version(),
      slotSeconds: this.#config.sampling.interval,
      get privacy() {
        return config().privacy;
      },
      get serverRegion() {
        return config().report.cloudService.environment;
      },
      legs: this.#named,
      list: (query) => store.legs(query),
      call: (callChainId) => this.#reading.calls.known(callChainId),
      askRecord: (callChainId) => this.#reading.ask(callChainId),
      bodyOf: (mediaLegId) => legs.body(mediaLegId),
      pushStats: (mediaLegId, body) => sources.pushStats(legs, mediaLegId, body),
      pushRtcp: (mediaLegId, compounds) => sources.pushRtcp(legs, mediaLegId, compounds),
      sources: async () => [...(await sources.states()), this.#webex.state()],
      outbox: agentOutbox(store, this.#clock, (tenantId) => this.#delivery.release(tenantId)),
      health: this.#health(),
      ...(whip && { whip }),
      longLegs: this.#longLegs,
      events: this.#events,
      refusals: this.#refusals,
      metrics: this.#metrics,
      ...(load && { load: (leg, seconds) => load.during(leg, seconds) }),
    };
  }

  async #metricFacts(): Promise<MetricFacts> {
    const legs = this.#legs;
    const [sight, owed, fleet] = await Promise.all([
      this.#sources.sight(),
      this.#store.owed?.().catch(() => undefined),
      this.#stored.fleet?.standing().catch(() => undefined),
    ]);
    return {
      now: this.#clock.now(),
      version: version(),
      node: process.version,
      legs: { live: legs.liveCount, begun: legs.counters.begun, ends: legs.ends },
      intervals: legs.intervals,
      ...{ sight, owed, fleet },
      webex: this.#webex.facts(),
      delivery: this.#delivery.counters,
      attemptsBy: this.#delivery.attemptsBy,
      graph: this.#graphCounts,
      refusals: this.#refusals,
      asksTokens: this.#config.graph.auth.kind !== 'none',
      config: this.#loaded,
    };
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
        ...this.#reading.detail(),
        ...this.#webex.detail(),
        ...(this.#quarantined && { store: { quarantined: this.#quarantined } }),
        ...fleetDetail(this.#stored),
      }),
    };
  }
}

const text = (body: object | undefined): string | undefined => (body === undefined ? undefined : JSON.stringify(body));
