import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Lab } from './lab.ts';

/** tcpdump beside the gateway, writing whole packets to a file. */
export class Sniffer {
  readonly path: string;
  readonly #child: ChildProcess;
  readonly #words: string[] = [];

  private constructor(child: ChildProcess, path: string) {
    this.#child = child;
    this.path = path;
  }

  static async start(lab: Lab, device: string, path: string): Promise<Sniffer> {
    const file = openSync(path, 'w');
    // It writes to our file: by itself it would open one only after it gave up root. In immediate mode every packet takes
    // as much of the ring as the longest may have.
    const args = ['-n', '--immediate-mode', '-U', '-s', '2000', '-B', '32768', '-i', device, '-w', '-'];
    const child = lab.spawn('gateway', 'tcpdump', args, { urgent: 'sender', stdio: ['ignore', file, 'pipe'] });
    closeSync(file);
    const sniffer = new Sniffer(child, path);
    if (child.stderr === null) throw new TypeError('tcpdump has no standard error');
    const lines = createInterface({ input: child.stderr });
    lines.on('line', (line) => sniffer.#words.push(line));
    const [first] = await Promise.race([once(lines, 'line'), once(child, 'exit')]);
    if (!/listening on/.test(String(first))) throw new Error(`tcpdump did not start: ${first}`);
    return sniffer;
  }

  /** The path of the capture. Rejects when the kernel dropped packets before it. */
  async stop(): Promise<string> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await closed;
    if (!this.#words.some((line) => line.startsWith('0 packets dropped by kernel'))) {
      throw new Error(`the sniffer lost packets: ${this.#words.join('; ')}`);
    }
    return this.path;
  }
}
