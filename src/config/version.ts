import { readFileSync } from 'node:fs';

/** otherleg's own version, from its package.json: two folders up both in a clone (src) and in the package (dist). */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string }; // our own file, with a version in every package
  return version;
}
