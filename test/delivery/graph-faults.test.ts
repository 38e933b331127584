import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasOpenssl } from '../graph/tls-server.ts';
import { type Course, course, graphFaults } from './graph-faults.ts';

const possible = graphFaults.filter(({ graph }) => graph !== 'untrusted' || hasOpenssl());
const courses = new Map<string, Course>();

// All at once: each has a Graph, a store and a delivery of its own, and most of the time is waiting.
beforeAll(async () => {
  const done = await Promise.all(possible.map(async (fault) => [fault.name, await course(fault)] as const));
  for (const [name, found] of done) courses.set(name, found);
  if (process.env['OTHERLEG_TABLE'] === undefined) return;
  const rows = done.map(([name, { first, posts, recovered }]) => {
    const { status, code } = first.trace ?? {};
    return `| ${name} | ${first.kind} (${status ?? code}) | ${posts} | ${recovered.toFixed(1)} s |`;
  });
  process.stdout.write(`${rows.join('\n')}\n`);
});

describe('a report that meets', () => {
  it.each(possible)('$name: $first, and is delivered when that is over', ({ name, first, told }) => {
    const found = courses.get(name);
    expect(found?.first.kind).toBe(first);
    expect(found?.first.trace?.[typeof told === 'number' ? 'status' : 'code']).toBe(told);
    // Attempts were at most 1, 2 and 4 s apart when the fault ended, or as far as Graph asked for.
    expect(found?.recovered).toBeLessThan(8);
    if (first === 'accepted') expect(found?.posts).toBe(1);
    if (first === 'refused') expect(found?.posts).toBe(2);
  });

  it.each(possible.filter(({ name }) => name.includes('Retry-After') || name.includes('clock')))(
    '$name: is not sent before Graph said, nor a day later',
    ({ name }) => {
      // The fault lasts 1 s of the 2 or 3 s that Graph asked for; dates have whole seconds.
      expect(courses.get(name)?.posts).toBe(2);
      expect(courses.get(name)?.recovered).toBeGreaterThan(0.4);
      // 3 s and a tenth, and what a busy machine adds.
      expect(courses.get(name)?.recovered).toBeLessThan(8);
    },
  );

  it('401: is sent a second time at once with a renewed token, and then waits', () => {
    expect(courses.get('401')?.posts).toBeGreaterThanOrEqual(3);
  });
});

describe('docs/operating.md', () => {
  const rows = readFileSync('docs/operating.md', 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, , outcome]) => /^(delivered|refused|kept)/.test(outcome ?? ''));
  const word = { accepted: 'delivered', refused: 'refused', keep: 'kept', expired: 'expired' } as const;

  it.each(graphFaults)('tells of $name what happens', ({ name, first }) => {
    const row = rows.find(([, names = '']) => names.split(' · ').includes(name));
    expect(row?.[2]).toMatch(new RegExp(`^${word[first]}`));
  });
});
