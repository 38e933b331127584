import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { instantOf } from '../../src/model/instant.ts';

const TEN = 1_768_471_200;

describe('instantOf', () => {
  it.each([
    ['2026-01-15T10:00:00Z', TEN],
    ['2026-01-15T10:00:00.1234567Z', TEN + 0.123],
    ['2026-01-15T11:00:00+01:00', TEN],
    ['2026-01-15T10:00:00', TEN],
    [' 2026-01-15T10:00:00.5 ', TEN + 0.5],
    ['2026-01-15', TEN - 36_000],
  ])('reads %s', (text, seconds) => {
    expect(instantOf(text)).toBeCloseTo(seconds, 6);
  });

  it.each(['', 'soon', '2026-13-01T00:00:00', '10:00'])('takes %j for none', (text) => {
    expect(instantOf(text)).toBeNaN();
  });

  it('takes a time without a zone for UTC wherever the host stands', () => {
    const module = resolve('src/model/instant.ts');
    const script = `import(${JSON.stringify(module)}).then((m) => console.log(m.instantOf('2026-01-15T10:00:00')))`;
    const out = execFileSync(process.execPath, ['-e', script], { env: { ...process.env, TZ: 'America/New_York' } });
    expect(Number(out)).toBe(TEN);
  });
});
