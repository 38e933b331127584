import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** What a source file loads when it is run, by the addresses of files and the names of packages. */
function loadedBy(file: URL): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^(?:import|export)\s(?!type\s)[^;]*?from '([^']+)';/gm)].map(([, name = '']) =>
    name.startsWith('.') ? new URL(name, file).href : name,
  );
}

function everythingLoadedBy(file: URL): ReadonlySet<string> {
  const all = new Set([file.href]);
  for (const one of all) if (one.startsWith('file:')) for (const name of loadedBy(new URL(one))) all.add(name);
  return all;
}

describe('the thread that reads long legs', () => {
  it('loads no packages but one: a database alone would take a third of the time until the first channel is told', () => {
    const all = [...everythingLoadedBy(new URL('../../src/daemon/leg-reader-thread.ts', import.meta.url))];
    expect(all.some((name) => name.endsWith('/store/compaction.ts'))).toBe(true);
    expect(all.filter((name) => !name.startsWith('file:') && !name.startsWith('node:'))).toEqual(['sdp-transform']);
  });
});
