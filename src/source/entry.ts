import { extname } from 'node:path';

/**
 * The file `name` beside the caller, to be run as a child process or thread: `entry(import.meta.url, 'peer')`. It keeps the
 * caller's own suffix, because the compiler rewrites imports but no URLs: `.ts` in a clone, `.js` in the package.
 */
export function entry(caller: string, name: string): URL {
  return new URL(`./${name}${extname(new URL(caller).pathname)}`, caller);
}
