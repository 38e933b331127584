import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { version } from '../../src/config/version.ts';

describe('version', () => {
  it('is that of the package', () => {
    expect(version()).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version);
  });
});
