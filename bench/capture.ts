/**
 * Live capture: what rate is measured whole, and at what price. `node bench/capture.ts [--quick] [--json]`, as root.
 *
 * A C program sends calls over a pair of interfaces between two network namespaces. Beside the agent's capture runs, at the
 * same rates, `tcpdump -w /dev/null` with the same options, which measures nothing.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ringOctets } from '../src/source/capture/ring.ts';
import { machine } from './machine.ts';

const SENDER_SIDE = 'otherleg-bench-s';
const AGENT_SIDE = 'otherleg-bench-a';
const TICKS = 100; // of a second, in /proc/PID/stat
/** Packets a second of one call: audio 50, video 300, content 60, each way. */
const CALL_RATE = 2 * (50 + 300 + 60);
const STALL = { rate: 80_000, seconds: 3 };
/** What the last packets may take to be counted. Seconds. */
const PATIENCE = 10;

type Sent = { readonly packets: number; readonly rate: number };
type Run = { readonly sent: Sent; readonly counted: number; readonly dropped: number; readonly cpu: Cpu };
/** Share of one core, in the time that the sender took. */
type Cpu = { readonly tcpdump: number; readonly agent: number; readonly thread: number };
type Seen = { readonly packets: number; readonly media: { readonly dropped: number; readonly lost: number } };

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, json: { type: 'boolean' } } });
const seconds = values.quick === true ? 2 : 8;
const rates = values.quick === true ? [80_000] : [20_000, 80_000, 150_000, 200_000, 300_000, 400_000, 1e9];
const directory = mkdtempSync(join(tmpdir(), 'otherleg-bench-'));
const sender = join(directory, 'sender');

const ip = (line: string): string => execFileSync('ip', line.split(' '), { encoding: 'utf8', stdio: 'pipe' });
const inside = (namespace: string, ...command: readonly string[]): ChildProcess =>
  spawn('ip', ['netns', 'exec', namespace, ...command], { stdio: ['pipe', 'pipe', 'pipe'] });

function build(): void {
  execFileSync('gcc', ['-O2', '-o', sender, join(import.meta.dirname, 'sender.c')]);
  tearDown();
  for (const namespace of [SENDER_SIDE, AGENT_SIDE]) ip(`netns add ${namespace}`);
  ip(`link add bench-s netns ${SENDER_SIDE} type veth peer name bench-a netns ${AGENT_SIDE}`);
  ip(`-n ${SENDER_SIDE} link set bench-s up`);
  ip(`-n ${AGENT_SIDE} link set bench-a up`);
}

function tearDown(): void {
  for (const namespace of [SENDER_SIDE, AGENT_SIDE]) {
    try {
      ip(`netns del ${namespace}`);
    } catch {
      // it was not there
    }
  }
}

async function send(rate: number, duration: number, calls: number): Promise<Sent> {
  const child = inside(SENDER_SIDE, sender, 'bench-s', `${calls}`, `${rate}`, `${duration}`);
  const output = child.stdout === null ? '' : await text(child.stdout);
  const [packets = 0, took = 1] = output.trim().split(' ').map(Number);
  if (packets === 0) throw new Error('the sender sent nothing');
  return { packets, rate: packets / took };
}

/** Processor time that a process, or one of its threads, has taken. Seconds. */
function cpuOf(pid: number | undefined, thread?: string): number {
  const path = thread === undefined ? `/proc/${pid}/stat` : `/proc/${pid}/task/${thread}/stat`;
  const fields = readFileSync(path, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The thread of a process, other than its first, that has worked most. */
function busiest(pid: number): number {
  const others = readdirSync(`/proc/${pid}/task`).filter((thread) => thread !== `${pid}`);
  return Math.max(...others.map((thread) => cpuOf(pid, thread)));
}

const childOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);

async function withTcpdump(rate: number, calls: number): Promise<Run> {
  const options = ['-n', '--immediate-mode', '-U', '-i', 'bench-a', '-s', '256', '-B', `${ringOctets(256) / 1024}`];
  const child = inside(AGENT_SIDE, 'tcpdump', '-Z', 'root', ...options, '-w', '/dev/null', 'udp');
  let said = '';
  child.stderr?.on('data', (some) => {
    said += some;
  });
  while (!said.includes('listening')) await sleep(20);
  const before = cpuOf(child.pid);
  const sent = await send(rate, seconds, calls);
  await sleep(500);
  const cpu = ((cpuOf(child.pid) - before) / sent.packets) * sent.rate;
  child.kill('SIGTERM');
  await once(child, 'close');
  const [, counted = 0, , dropped = 0] = (
    /(\d+) packets captured\s+(\d+) .*\s+(\d+) packets dropped/.exec(said) ?? []
  ).map(Number);
  return { sent, counted, dropped, cpu: { tcpdump: cpu, agent: 0, thread: 0 } };
}

/** `stall`: the agent stands still for so many seconds while packets come. */
async function withAgent(rate: number, calls: number, stall = 0): Promise<Run> {
  const program = join(import.meta.dirname, 'capture-agent.ts');
  const child = inside(AGENT_SIDE, process.execPath, program, 'bench-a', `${calls}`);
  child.stderr?.pipe(process.stderr);
  const lines = createInterface(child.stdout ?? process.stdin)[Symbol.asyncIterator]();
  await lines.next();
  const look = async (): Promise<Seen> => {
    child.stdin?.write('look\n');
    return JSON.parse((await lines.next()).value ?? '{}');
  };
  const pid = child.pid ?? 0;
  await sleep(500);
  const tcpdump = childOf(pid);
  const before = { packets: (await look()).packets, agent: cpuOf(pid), tcpdump: cpuOf(tcpdump), thread: busiest(pid) };
  const sending = send(rate, Math.max(seconds, stall + 2), calls);
  if (stall > 0) {
    await sleep(1000);
    child.kill('SIGSTOP');
    await sleep(stall * 1000);
    child.kill('SIGCONT');
  }
  const sent = await sending;
  await sleep(1500); // the kernel's counts are asked once a second
  let seen = await look();
  for (
    let waited = 0;
    seen.packets - before.packets + seen.media.dropped < sent.packets && waited < PATIENCE;
    waited += 1
  ) {
    await sleep(1000);
    seen = await look();
  }
  const share = (from: number, to: number): number => ((to - from) / sent.packets) * sent.rate;
  const cpu = {
    tcpdump: share(before.tcpdump, cpuOf(tcpdump)),
    agent: share(before.agent, cpuOf(pid)),
    thread: share(before.thread, busiest(pid)),
  };
  child.stdin?.end('end\n');
  await once(child, 'close');
  return { sent, counted: seen.packets - before.packets, dropped: seen.media.dropped + seen.media.lost, cpu };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const thousands = (count: number): string => Math.round(count).toLocaleString('en');

function line(name: string, { sent, counted, dropped, cpu }: Run): string {
  const missing = sent.packets - counted;
  const parts = [`tcpdump ${percent(cpu.tcpdump)}`];
  if (cpu.agent > 0) parts.push(`agent ${percent(cpu.agent)}, of that its thread ${percent(cpu.thread)}`);
  const ratio = cpu.agent > 0 ? `; thread ÷ tcpdump ${(cpu.thread / cpu.tcpdump).toFixed(2)}` : '';
  return `${thousands(sent.rate).padStart(9)}/s ${name.padEnd(8)} sent ${thousands(sent.packets)}, missing ${thousands(missing)}, dropped ${thousands(dropped)}; ${parts.join(', ')} of a core${ratio}`;
}

const isWhole = ({ sent, counted, dropped }: Run): boolean => counted === sent.packets && dropped === 0;

async function main(): Promise<void> {
  build();
  const runs: { readonly name: string; readonly run: Run }[] = [];
  const note = (name: string, run: Run): void => {
    runs.push({ name, run });
    if (values.json !== true) console.log(line(name, run));
  };
  if (values.json !== true) console.log(`On ${machine()}:\n`);
  for (const rate of rates) {
    const calls = Math.max(1, Math.min(500, Math.round(rate / CALL_RATE)));
    note('tcpdump', await withTcpdump(rate, calls));
    note('agent', await withAgent(rate, calls));
  }
  note('stalled', await withAgent(STALL.rate, Math.round(STALL.rate / CALL_RATE), STALL.seconds));
  if (values.json === true) {
    console.log(JSON.stringify(runs, undefined, 2));
    return;
  }
  const whole = runs.filter(({ name, run }) => name === 'agent' && isWhole(run));
  console.log(
    `\nHighest rate with every packet counted: ${thousands(Math.max(0, ...whole.map(({ run }) => run.sent.rate)))}/s`,
  );
  for (const { run } of whole) {
    const perPacket = (run.cpu.agent + run.cpu.tcpdump) / run.sent.rate;
    console.log(
      `Calls that one core would carry at the price of ${thousands(run.sent.rate)}/s: ${thousands(1 / perPacket / CALL_RATE)}`,
    );
  }
}

try {
  await main();
} finally {
  tearDown();
  rmSync(directory, { recursive: true, force: true });
}
