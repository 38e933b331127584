import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildServer } from '../../src/http/server.ts';
import { fakeAgent } from './agent-fake.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'otherleg-page-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const server = (page: string) => buildServer(fakeAgent().agent, pino({ level: 'silent' }), 'read', { page });
const headers = { host: 'localhost' };

describe('the page', () => {
  it('that is not built says how to build it, and the API is there', async () => {
    const app = await server(folder);
    const answer = await app.inject({ url: '/', headers });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(answer.body).toContain('npm run build');
    expect((await app.inject({ url: '/livez', headers })).statusCode).toBe(200);
  });

  describe('that is built', () => {
    beforeEach(() => {
      mkdirSync(join(folder, 'assets'));
      writeFileSync(join(folder, 'index.html'), '<!doctype html>plain');
      writeFileSync(join(folder, 'assets/index-abc.js'), 'plain');
      writeFileSync(join(folder, 'assets/index-abc.js.br'), 'brotli');
      writeFileSync(join(folder, 'assets/index-abc.js.gz'), 'gzip');
      writeFileSync(join(folder, '.secret'), 'no');
    });

    it('comes with a policy that lets nothing else in', async () => {
      const answer = await (await server(folder)).inject({ url: '/', headers });
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-type']).toMatch(/^text\/html/);
      expect(answer.headers['cache-control']).toBe('no-cache');
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'; /);
      expect(policy).not.toMatch(/unsafe|data:|\*|https?:/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    });

    it.each([
      ['br, gzip', 'brotli', 'br'],
      ['gzip', 'gzip', 'gzip'],
      ['', 'plain', undefined],
    ])('sends its assets compressed for %j, to be kept for ever', async (accept, body, encoding) => {
      const app = await server(folder);
      const answer = await app.inject({
        url: '/assets/index-abc.js',
        headers: { ...headers, 'accept-encoding': accept },
      });
      expect([answer.body, answer.headers['content-encoding']]).toEqual([body, encoding]);
      expect(answer.headers['content-type']).toMatch(/javascript/);
      expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    });

    it.each([
      '/assets/index-abc.js.br',
      '/.secret',
      '/..%2f..%2fpackage.json',
      '/assets/%2e%2e/%2e%2e/x',
      '/assets/nothing.js',
    ])('has no %s', async (url) => {
      expect((await (await server(folder)).inject({ url, headers })).statusCode).toBe(404);
    });
  });
});
