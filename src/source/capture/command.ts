import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { restraint, type Self } from './rights.ts';

/** Programs that capture to their standard output. */
export type Tool = 'tcpdump' | 'dumpcap';

/** What a capture is to be. `ring` and `snapLength` in octets. */
export type CaptureAsk = {
  readonly interface: string;
  readonly snapLength: number;
  readonly ring: number;
  readonly filter: string;
};

/** A program with its arguments. */
export type Command = { readonly tool: Tool; readonly program: string; readonly args: readonly string[] };

/** Where administrators' programs are, which the path of a service may lack. */
const SYSTEM_PATH = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** The first of the tools that is installed, with its path. */
export function findTool(tools: readonly Tool[]): { readonly tool: Tool; readonly path: string } | undefined {
  for (const tool of tools) {
    const path = findProgram(tool);
    if (path !== undefined) return { tool, path };
  }
  return undefined;
}

/** The path of a program that may be run. */
export function findProgram(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(':').filter(Boolean), ...SYSTEM_PATH];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The command that captures, with no more rights than it needs. */
export function captureCommand(
  { tool, path }: { readonly tool: Tool; readonly path: string },
  ask: CaptureAsk,
  self: Self,
): Command {
  const { prefix, keepsUser } = restraint(self, findProgram('setpriv'));
  const own = tool === 'tcpdump' ? tcpdumpArgs(ask, keepsUser) : dumpcapArgs(ask);
  const [program = path, ...args] = [...prefix, path, ...own];
  return { tool, program, args };
}

/**
 * `--immediate-mode` and `-U`: each packet is written as it comes, so that none of a call's last ones is still under way when
 * the call is over; without, up to a second of them. The ring then has slots of one size (ring.ts).
 */
function tcpdumpArgs(ask: CaptureAsk, keepsUser: boolean): readonly string[] {
  const ring = Math.ceil(ask.ring / 1024); // -B is in KiB
  const user = keepsUser ? ['-Z', 'root'] : [];
  const limits = ['-s', `${ask.snapLength}`, '-B', `${ring}`];
  return ['-n', '--immediate-mode', '-U', '-i', ask.interface, ...limits, ...user, '-w', '-', ask.filter];
}

/** Writes eight times a second, takes more processor time, and tells what the kernel dropped only when it ends. */
function dumpcapArgs(ask: CaptureAsk): readonly string[] {
  const ring = Math.ceil(ask.ring / 1024 ** 2); // -B is in MiB
  return ['-q', '-i', ask.interface, '-s', `${ask.snapLength}`, '-B', `${ring}`, '-w', '-', '-f', ask.filter];
}
