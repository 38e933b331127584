import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { OtherlegError } from '../model/error.ts';

/** The token in a file that was named, or the first of the configuration that this user may read. */
export function agentToken(config: Config | undefined, file: string | undefined): string | undefined {
  if (file !== undefined) return named(file);
  const tokens = config?.control.tokens ?? [];
  // What may control may read, too.
  const ordered = [...tokens].sort((a, b) => a.scope.localeCompare(b.scope));
  for (const { file: secret } of ordered) {
    const path = /^\$\{file:(.+)\}$/.exec(secret.reference)?.[1] ?? secret.reference;
    const found = path.startsWith('/') ? read(path) : undefined;
    if (typeof found === 'string') return found;
  }
  return undefined;
}

function named(file: string): string {
  const found = read(file);
  if (typeof found === 'string') return found;
  throw new OtherlegError('USAGE', `--token-file ${file} cannot be read: ${found.message}`);
}

/** Without the line end that editors and `echo` add. */
function read(path: string): string | Error {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    return error as Error; // readFileSync throws nothing else
  }
}
