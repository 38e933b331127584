import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';

/** The machine in words, without its name. */
export function machine(): string {
  const cores = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const system = /PRETTY_NAME="(.*)"/.exec(read('/etc/os-release'))?.[1] ?? type();
  const virtual = read('/proc/cpuinfo').includes('hypervisor') ? 'a virtual machine with ' : '';
  return [
    `${virtual}${cores.length} cores (${cores[0]?.model.trim() ?? arch()}) and ${memory} GB of memory`,
    `${system}, ${type()} ${release().split('-')[0]}, Node.js ${process.versions.node}`,
    ...versionOf('gcc', '--version'),
    ...versionOf('tshark', '-v'),
  ].join(', ');
}

/** The first line's program and version number. */
function versionOf(command: string, flag: string): readonly string[] {
  try {
    const text = execFileSync(command, [flag], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const version = /\d+\.\d+[.\d]*/.exec(text.split('\n')[0] ?? '')?.[0];
    return version === undefined ? [] : [`${command} ${version}`];
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
