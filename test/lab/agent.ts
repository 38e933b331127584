import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ControlClient } from '../../src/client/control-client.ts';
import type { ReportBody } from '../../src/client/shapes.ts';
import { AgentProcess } from '../daemon/agent-process.ts';
import { until } from '../daemon/slim-gateway.ts';
import type { Lab } from './lab.ts';

const GRAPH_HOST = join(import.meta.dirname, 'graph-host.ts');

/** Measures by capture alone what passes an interface. `capture`: more of its options, as YAML. */
const capturing = (capture = '', device = 'gw0'): readonly string[] => [
  `sources: { capture: { enabled: true, interface: ${device}, ${capture} }, getstats: { enabled: false }, webrtc: { enabled: false } }`,
];

/** Where it captures, and how it knows the device (YAML); on gw0 and by its address if absent. */
export type Placed = { readonly interface?: string; readonly match?: string };

/** What takes so long does not come at all, on however busy a machine. Seconds. */
export const HANGS = 60;

type FromGraph = { readonly url?: string; readonly accepted?: ReportBody };

/** A real agent that captures beside the gateway, and a stand-in for Graph that it posts to. */
export class LabAgent {
  readonly #process: AgentProcess;
  readonly #accepted: ReportBody[] = [];

  private constructor(process: AgentProcess) {
    this.#process = process;
  }

  static async start(lab: Lab, capture?: string, placed: Placed = {}): Promise<LabAgent> {
    const launch: ConstructorParameters<typeof AgentProcess>[0] = {
      launch: (command, args, options) => lab.spawn('gateway', command, args, { ...options, urgent: 'agent' }),
      socket: true,
    };
    const agent = new LabAgent(new AgentProcess(launch));
    lab.defer(() => agent.#process.remove());
    const graph = lab.spawn('gateway', process.execPath, [GRAPH_HOST], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [{ url = '' }] = (await once(graph, 'message')) as [FromGraph]; // graph-host.ts sends its address first
    graph.on('message', ({ accepted }: FromGraph) => {
      if (accepted !== undefined) agent.#accepted.push(accepted);
    });
    agent.#process.configure(url, capturing(capture, placed.interface), placed.match);
    await agent.#process.start();
    await agent.captures();
    return agent;
  }

  get client(): ControlClient {
    return this.#process.client;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** What it logged, one object a line. */
  get lines(): AgentProcess['lines'] {
    return this.#process.lines;
  }

  /** Resolves when its capture runs. `term`: of the filter with which it has to. */
  async captures(term = ''): Promise<void> {
    await until(async () => {
      const { items } = await this.client.sources();
      const own = items.find(({ kind, state }) => kind === 'capture' && state === 'running');
      return own?.capture?.filter?.includes(term) ? true : undefined;
    }, HANGS);
  }

  /** Of how many streams the slot that began then (epoch seconds) would outlive its death: those that a copy of its file has. */
  streamsOnDisk(slot: number): number {
    // It lets nobody else open the file itself.
    const [own, copy] = ['otherleg.db', 'copy.db'].map((name) => join(this.#process.folder, name));
    for (const part of ['', '-wal']) copyFileSync(`${own}${part}`, `${copy}${part}`);
    const file = new DatabaseSync(`${copy}`);
    try {
      const rows = file.prepare("select count(*) as count from measured where part = 'stream' and slot = ?");
      return Number(rows.get(Math.round(slot * 1e6))?.['count']);
    } catch {
      return 0; // copied while pages were moved
    } finally {
      file.close();
    }
  }

  /** kill -9, and up again on the same store. */
  async restart(): Promise<void> {
    await this.#process.kill();
    await this.#process.start();
    await this.captures();
  }

  /** The report of a leg once Graph accepted it; of any leg if none is named. */
  report(mediaLegId?: string): Promise<ReportBody['quality']> {
    return until(
      () =>
        this.#accepted.find(({ quality }) => mediaLegId === undefined || quality.mediaLegId === mediaLegId)?.quality,
      HANGS,
    );
  }

  get accepted(): readonly ReportBody[] {
    return this.#accepted;
  }

  stop(): Promise<number> {
    return this.#process.stop();
  }
}
