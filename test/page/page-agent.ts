import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { ControlClient } from '../../src/client/control-client.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { tenant } from '../store/leg-of.ts';

const BUILD = fileURLToPath(new URL('../../.ci/page.ts', import.meta.url));

/** Builds the page unless what was built is newer than its sources. */
export const buildPage = (): void => void execFileSync(process.execPath, [BUILD, '--if-older'], { stdio: 'pipe' });

/** An agent of this process with the page, on a store that was filled before. */
export class PageAgent {
  readonly folder: string;
  readonly #graph: GraphStandIn;
  readonly url: string;
  readonly client: ControlClient;
  #daemon: Daemon;
  readonly #again: (url: string) => Promise<Daemon>;

  private constructor(
    folder: string,
    graph: GraphStandIn,
    daemon: Daemon,
    url: string,
    again: (url: string) => Promise<Daemon>,
  ) {
    this.folder = folder;
    this.#graph = graph;
    this.#daemon = daemon;
    this.#again = again;
    this.url = url;
    this.client = new ControlClient(url);
  }

  /** `fill` gets the store before the agent has it; `control`: who may come in, beside where it listens. */
  static async open(fill: (store: Store) => Promise<void> = async () => {}, control = '') {
    buildPage();
    const folder = mkdtempSync(join(tmpdir(), 'otherleg-page-'));
    const path = join(folder, 'otherleg.db');
    const store = sqliteStore({ path, now: () => Date.now() / 1000, owner: 'page' });
    await store.open();
    await fill(store);
    await store.close();
    const graph = await GraphStandIn.open();
    const file = join(folder, 'otherleg.yaml');
    const made = (listen: string): Daemon => {
      writeFileSync(file, configuration(path, graph.url, `"${listen}"${control}`).join('\n'));
      return new Daemon(loadConfig(file, process.env), { log: pino({ level: 'silent' }) });
    };
    const daemon = made('http://127.0.0.1:0');
    const [url = ''] = await daemon.start();
    const again = async (at: string): Promise<Daemon> => {
      const next = made(at);
      await next.start();
      return next;
    };
    return new PageAgent(folder, graph, daemon, url, again);
  }

  /** Stops the agent, does something, and starts one at the same address. */
  async restart(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    await this.#daemon.close();
    await meanwhile();
    this.#daemon = await this.#again(this.url);
  }

  async close(): Promise<void> {
    await this.#daemon.close();
    await this.#graph.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const configuration = (path: string, graphUrl: string, control: string): readonly string[] => [
  'agent: { name: page }',
  `control: { listen: ${control} }`,
  `store: { url: "sqlite:${path}" }`,
  `graph: { baseUrl: "${graphUrl}", auth: { kind: none, tenantId: ${tenant} } }`,
  'devices: [ { name: Cisco SX80, description: "Bldg 30/21", room: Boardroom, timeZone: Europe/Berlin, match: { addresses: ["10.1.0.0/16"] } } ]',
  'sampling: { interval: 5s }',
];
