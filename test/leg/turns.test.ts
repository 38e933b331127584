import { describe, expect, it } from 'vitest';
import { Turns } from '../../src/leg/turns.ts';

describe('turns', () => {
  it('take one thing at a time per key, in order, also after a failure', async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const step =
      (name: string, fail = false) =>
      async () => {
        seen.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(`${name} ends`);
        if (fail) throw new Error(name);
      };
    const first = turns.take('a', step('one', true));
    const second = turns.take('a', step('two'));
    await expect(first).rejects.toThrow('one');
    await second;
    expect(seen).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
  });

  it('do not make different keys wait', async () => {
    const turns = new Turns();
    let release = (): void => undefined;
    const held = turns.take('a', () => new Promise<void>((resolve) => (release = resolve)));
    await expect(turns.take('b', async () => 'through')).resolves.toBe('through');
    release();
    await held;
  });
});
