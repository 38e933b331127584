import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '../../src/client/control-client.ts';

const BIN = fileURLToPath(new URL('../../bin/otherleg.js', import.meta.url));

type Line = Readonly<Record<string, unknown>>;

/** Where it runs and listens, if not here. */
export type Elsewhere = {
  readonly launch: (command: string, args: readonly string[], options: { stdio: StdioOptions }) => ChildProcess;
  /** A Unix socket in this folder is reached from everywhere. */
  readonly socket: true;
};

/** A real agent in a process of its own, which a test may kill and start again on the same folder. */
export class AgentProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'otherleg-agent-'));
  readonly config = join(this.folder, 'config.yaml');
  readonly lines: Line[] = [];
  readonly #elsewhere: Elsewhere | undefined;
  #child: ChildProcess | undefined;
  #client: ControlClient | undefined;
  url = '';

  constructor(elsewhere?: Elsewhere) {
    this.#elsewhere = elsewhere;
  }

  /** `more`: YAML lines beyond the minimum. `match`: how the one device is known, as YAML. */
  configure(baseUrl: string, more: readonly string[] = [], match = 'addresses: ["10.1.0.0/16"]'): void {
    const tenant = '00000000-0000-0000-0000-000000000001';
    const listen = this.#elsewhere === undefined ? 'http://127.0.0.1:0' : `unix:${join(this.folder, 'control.sock')}`;
    const lines = [
      `control: { listen: "${listen}" }`,
      `store: { url: "sqlite:${join(this.folder, 'otherleg.db')}" }`,
      `graph: { baseUrl: "${baseUrl}", auth: { kind: none, tenantId: ${tenant} } }`,
      `devices: [ { name: Cisco SX80, description: "Bldg 30/21", linkSpeed: 100Mbit/s, match: { ${match} } } ]`,
      ...more,
    ];
    writeFileSync(this.config, `${lines.join('\n')}\n`);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get client(): ControlClient {
    if (this.#client === undefined) throw new Error('the agent is not running');
    return this.#client;
  }

  /** Resolves when it listens; rejects with its last words if it ends before. */
  async start(): Promise<void> {
    const launch = this.#elsewhere?.launch ?? spawn;
    const child = launch(process.execPath, ['--max-semi-space-size=1', BIN, 'run', '--config', this.config], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) throw new TypeError('the agent has no pipes');
    const words: string[] = [];
    stderr.on('data', (chunk) => words.push(String(chunk)));
    const up = new Promise<Line>((resolve, reject) => {
      createInterface({ input: stdout }).on('line', (text) => {
        const line: Line = JSON.parse(text);
        this.lines.push(line);
        if (line['op'] === 'start') resolve(line);
      });
      child.once('exit', (code) => reject(new Error(`the agent ended with ${code}: ${words.join('')}`)));
    });
    const [address] = (await up)['listening'] as readonly string[]; // what run.ts logs
    this.url = address ?? '';
    this.#client = new ControlClient(this.url, { attempts: 1 });
  }

  /** SIGHUP; resolves with what the agent logged of it. */
  async reload(): Promise<Line> {
    const before = this.lines.length;
    this.#child?.kill('SIGHUP');
    for (;;) {
      const line = this.lines.slice(before).find(({ op }) => op === 'reload');
      if (line !== undefined) return line;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** SIGKILL: no handler runs, nothing is flushed. */
  async kill(): Promise<void> {
    const exited = this.#child && once(this.#child, 'exit');
    this.#child?.kill('SIGKILL');
    await exited;
  }

  /** Sends a signal and goes on; resolves with the exit code, or the name of the signal that ended it. */
  async signal(name: NodeJS.Signals): Promise<number | string> {
    if (this.#child === undefined) throw new Error('the agent is not running');
    const exit = once(this.#child, 'exit');
    this.#child.kill(name);
    const [code, signal] = await exit;
    return code ?? signal;
  }

  /** SIGTERM; the exit code. */
  async stop(): Promise<number> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? 0;
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    return code;
  }

  async remove(): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
