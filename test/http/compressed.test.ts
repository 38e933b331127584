import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { codingOf } from '../../src/http/compressed.ts';
import { knownId, serverOf } from './agent-fake.ts';

const headers = { host: 'localhost' };

describe('codingOf', () => {
  it.each([
    ['', undefined],
    ['identity', undefined],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['BR;q=0.1, gzip', 'br'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['gzip;q=0', undefined],
    ['*', 'br'],
    ['*, br;q=0', 'gzip'],
    ['br;q=nonsense', undefined],
  ])('of %j is %j', (accepted, coding) => {
    expect(codingOf(accepted)).toBe(coding);
  });
});

describe('compressed answers', () => {
  const long = JSON.stringify({ mediaLegId: knownId, loss: Array.from({ length: 5000 }, (_, n) => n % 7) });
  const server = () =>
    serverOf({ longLegs: { plots: async () => long, leg: async () => undefined } }).then(({ app }) => app);
  const url = `/v1/legs/${knownId}/plots`;

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('come as %s, and are the same', async (coding, plain) => {
    const answer = await (await server()).inject({ url, headers: { ...headers, 'accept-encoding': coding } });
    expect(answer.headers).toMatchObject({ 'content-encoding': coding, vary: 'accept-encoding' });
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(plain(answer.rawPayload).toString()).toBe(long);
    expect(answer.rawPayload.length).toBeLessThan(long.length / 20);
    expect(Number(answer.headers['content-length'])).toBe(answer.rawPayload.length);
  });

  it('come plain to who asks for none, and say that they may come otherwise', async () => {
    const answer = await (await server()).inject({ url, headers });
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.headers['vary']).toBe('accept-encoding');
    expect(answer.body).toBe(long);
  });

  it('leave alone what fits into one packet', async () => {
    const answer = await (await server()).inject({
      url: '/livez',
      headers: { ...headers, 'accept-encoding': 'gzip' },
    });
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.json()).toEqual({ status: 'ok' });
  });
});

describe('legs of many hours', () => {
  it('are answered by who reads them beside the agent, others by the agent', async () => {
    const asked: unknown[] = [];
    const longLegs = {
      plots: async (...ask: unknown[]) => void asked.push(ask) as undefined,
      leg: async () => '{"told":"elsewhere"}',
    };
    const { app } = await serverOf({ longLegs });
    expect((await app.inject({ url: `/v1/legs/${knownId}`, headers })).json()).toEqual({ told: 'elsewhere' });
    const plots = await app.inject({ url: `/v1/legs/${knownId}/plots`, headers });
    expect(plots.json()).toMatchObject({ mediaLegId: knownId, interval: 5 });
    expect(asked).toEqual([[knownId, 5, { addresses: 'full' }]]);
  });
});
