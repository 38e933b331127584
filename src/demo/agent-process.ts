import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { exchange, targetOf } from '../client/exchange.ts';
import { LastLines } from './last-lines.ts';

const COMMAND = fileURLToPath(new URL('../../bin/otherleg.js', import.meta.url));
const START_SECONDS = 30;
const STOP_SECONDS = 10;
const POLL_SECONDS = 0.1;

export type AgentOptions = {
  /** Where its configuration and its store are put. */
  readonly folder: string;
  readonly graphUrl: string;
  readonly signal: AbortSignal;
};

/** The agent as its users run it: a process of its own with a configuration file. */
export class AgentProcess {
  readonly #child: ChildProcess;
  readonly #lines: LastLines;
  #url: string | undefined;
  readonly #gone = Promise.withResolvers<never>();

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#url ??= addressIn(line);
      });
    this.#lines = new LastLines([child.stdout, child.stderr]);
    this.#gone.promise.catch(() => {});
    // 'close' comes when its output has been read, too.
    child.on('close', (code, signal) => {
      this.#gone.reject(new Error(this.#lines.after(`the agent ended with exit code ${code ?? signal}`)));
    });
  }

  /** Resolves when the agent takes legs; rejects with its last log lines if it does not come up. */
  static async start(options: AgentOptions): Promise<AgentProcess> {
    const file = join(options.folder, 'otherleg.yaml');
    await writeFile(file, configuration(options.graphUrl), { mode: 0o600 });
    const child = spawn(process.execPath, [COMMAND, 'run', '--config', file], {
      cwd: options.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const agent = new AgentProcess(child);
    await once(child, 'spawn');
    try {
      await agent.#ready(options.signal);
    } catch (error) {
      await agent.stop();
      throw error;
    }
    return agent;
  }

  /** Where it listens. */
  get url(): string {
    if (this.#url === undefined) throw new Error('the agent has not said where it listens');
    return this.#url;
  }

  /** Rejects with the last lines of its log when the process ends; never resolves. */
  get gone(): Promise<never> {
    return this.#gone.promise;
  }

  /** Lets it drain, and kills it if it takes too long. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_SECONDS * 1000);
    await exited;
    clearTimeout(killer);
  }

  async #ready(signal: AbortSignal): Promise<void> {
    const deadline = AbortSignal.timeout(START_SECONDS * 1000);
    while (this.#url === undefined || !(await isReady(this.#url))) {
      if (deadline.aborted) throw new Error(this.#lines.after(`the agent was not ready within ${START_SECONDS} s`));
      await Promise.race([sleep(POLL_SECONDS * 1000, undefined, { signal }), this.gone]);
    }
  }
}

async function isReady(url: string): Promise<boolean> {
  const call = { method: 'GET', path: '/readyz', headers: {}, timeoutSeconds: 2 } as const;
  const answer = await exchange(targetOf(url), call).catch(() => undefined);
  return answer?.status === 200;
}

/** The minimal configuration: what a YAML parser reads may as well be JSON. */
function configuration(graphUrl: string): string {
  const tenantId = '00000000-0000-0000-0000-000000000001';
  return JSON.stringify(
    {
      // A port that is free when it listens; who takes one before may find it taken then.
      control: { listen: 'http://127.0.0.1:0' },
      store: { url: 'sqlite:./otherleg.db' },
      graph: { baseUrl: graphUrl, apiVersion: 'v1.0', auth: { kind: 'none', tenantId } },
      devices: [
        {
          name: 'otherleg demo device',
          description: 'two peer connections on this machine',
          linkSpeed: '100Mbit/s',
          match: { addresses: ['127.0.0.0/8'] },
        },
      ],
      sampling: { interval: '5s' },
      // The stand-in has its record as soon as it took the report; Graph takes a quarter of an hour and more.
      callRecords: { enabled: true, delay: '1s' },
    },
    null,
    2,
  );
}

/** What the agent logs when it is up has its addresses. */
function addressIn(line: string): string | undefined {
  try {
    const { op, listening }: { op?: unknown; listening?: readonly string[] } = JSON.parse(line);
    return op === 'start' ? listening?.[0] : undefined;
  } catch {
    return undefined; // not of its log
  }
}
