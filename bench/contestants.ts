import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Counting } from './agreement.ts';
import { type Finding, findingsOfOtherleg, findingsOfReference, findingsOfTshark } from './findings.ts';
import { MEDIA } from './traffic/media.ts';

const ROOT = dirname(import.meta.dirname);

/** A program that makes figures of a capture. */
export type Contestant = {
  readonly name: string;
  /** The program and its arguments for a capture. */
  command(capture: string): readonly [string, ...string[]];
  findings(output: string): readonly Finding[];
  readonly counting: Counting;
};

/** A program that is not here, and what brings it. */
export type Missing = { readonly name: string; readonly missing: string };

export const OTHERLEG = 'otherleg';
export const REFERENCE = 'C, own reads';
export const REFERENCE_LIBPCAP = 'C over libpcap';
export const TSHARK = 'tshark';

export function isMissing(entry: Contestant | Missing): entry is Missing {
  return 'missing' in entry;
}

/** All programs, or why one is missing; what must be built is built in `directory`. */
export function contestants(directory: string): readonly (Contestant | Missing)[] {
  return [
    otherleg(directory),
    reference(REFERENCE, directory, [], 'apt-get install -y --no-install-recommends gcc libc6-dev'),
    reference(
      REFERENCE_LIBPCAP,
      directory,
      ['-DWITH_LIBPCAP', '-lpcap'],
      'apt-get install -y gcc libc6-dev libpcap-dev',
    ),
    tshark(),
  ];
}

/** Whether a program answers. */
export function answers(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** As an installed package when dist/ is newer than every source, else as a clone runs it. Started by its own first line. */
function otherleg(directory: string): Contestant {
  const root = isBuilt() ? packaged(join(directory, 'package')) : ROOT;
  const path = `PATH=${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  return {
    name: OTHERLEG,
    command: (capture) => ['env', path, join(root, 'bin/otherleg.js'), 'analyze', '--json', capture],
    findings: findingsOfOtherleg,
    counting: 'unique',
  };
}

export function isBuilt(): boolean {
  const entry = join(ROOT, 'dist/cli/main.js');
  if (!existsSync(entry)) return false;
  const built = statSync(entry).mtimeMs;
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  return sources.every((file) => !file.isFile() || statSync(join(file.parentPath, file.name)).mtimeMs <= built);
}

/** What npm would install, without the sources that a clone prefers. */
function packaged(directory: string): string {
  for (const part of ['bin', 'dist', 'package.json']) {
    cpSync(join(ROOT, part), join(directory, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  return directory;
}

/** reference.c, compiled; or missing with the line that cures it. */
export function reference(
  name: string,
  directory: string,
  flags: readonly string[],
  cure: string,
): Contestant | Missing {
  const program = join(directory, `reference${flags.length}`);
  const source = join(import.meta.dirname, 'reference.c');
  if (!answers('gcc', '-O2', '-o', program, source, ...flags)) return { name, missing: cure };
  const clocks = MEDIA.map(({ payloadType, clockRate }) => `${payloadType}=${clockRate}`);
  return {
    name,
    command: (capture) => [program, capture, ...clocks],
    findings: findingsOfReference,
    counting: 'unique',
  };
}

export function tshark(): Contestant | Missing {
  if (!answers('tshark', '-v')) return { name: TSHARK, missing: 'apt-get install -y --no-install-recommends tshark' };
  return {
    name: TSHARK,
    command: (capture) => ['tshark', '-q', '-z', 'rtp,streams', '-r', capture],
    findings: findingsOfTshark,
    counting: 'all',
  };
}
