import { describe, expect, it } from 'vitest';
import type { Agent } from '../../src/http/http.ts';
import { OtherlegError } from '../../src/model/error.ts';
import { knownAlias, knownId, serverOf } from './agent-fake.ts';

const json = { 'content-type': 'application/json', host: '127.0.0.1:7741' };
const path = `/v1/legs/by-alias/${encodeURIComponent(knownAlias)}`;
const nowhere = '/v1/legs/by-alias/nobody';

describe('/v1/legs/by-alias/{alias}', () => {
  it('begins and changes the leg of an alias, as its id would', async () => {
    const { app, asked } = await serverOf();
    const payload = { callChainId: '0622673D-9F69-49B3-9D4F-5EC64F42ECCE' };
    const answer = await app.inject({ method: 'PUT', url: path, headers: json, payload });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ mediaLegId: knownId });
    const fresh = await app.inject({ method: 'PUT', url: '/v1/legs/by-alias/new%20one%2F7', headers: json, payload });
    expect(fresh.statusCode).toBe(201);
    const patch = { callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce' };
    expect(asked.named).toEqual([
      { alias: knownAlias, patch },
      { alias: 'new one/7', patch },
    ]);
  });

  it.each([
    ['GET', '', 200],
    ['GET', '/series', 200],
    ['GET', '/report', 404],
    ['POST', '/stats', 202],
    ['POST', '/end', 202],
  ] as const)('%s %s reaches the same leg', async (method, verb, status) => {
    const { app } = await serverOf();
    const payload = method === 'POST' && verb === '/stats' ? { payload: { timestamp: 1, stats: [] } } : {};
    const answer = await app.inject({ method, url: `${path}${verb}`, headers: json, ...payload });
    expect(answer.statusCode).toBe(status);
    if (status !== 404) return;
    expect(answer.json()).toMatchObject({ code: 'REPORT_UNKNOWN', detail: expect.stringContaining(knownId) });
  });

  it.each([
    ['GET', ''],
    ['GET', '/series'],
    ['GET', '/report'],
    ['POST', '/stats'],
    ['POST', '/rtcp'],
    ['POST', '/end'],
  ] as const)('%s %s of an alias that no leg has is 404', async (method, verb) => {
    const { app } = await serverOf();
    const compounds = [{ at: '2026-01-31T10:00:00Z', direction: 'inbound', base64: 'gMkAAQAAAAE=' }];
    const payload = verb === '/rtcp' ? { payload: compounds } : verb === '/stats' ? { payload: {} } : {};
    const answer = await app.inject({ method, url: `${nowhere}${verb}`, headers: json, ...payload });
    expect(answer.statusCode).toBe(404);
    expect(answer.json().code).toBe('LEG_UNKNOWN');
  });

  it('takes offers of media', async () => {
    const whip = { offer: async () => ({ session: '7', answer: 'v=0 answer' }), close: async () => undefined };
    const { app } = await serverOf({ whip });
    const headers = { ...json, 'content-type': 'application/sdp' };
    const answer = await app.inject({ method: 'POST', url: `${path}/whip`, headers, payload: 'v=0' });
    expect(answer.statusCode).toBe(201);
    expect(answer.headers.location).toBe(`/v1/legs/${knownId}/whip/7`);
  });

  it('takes Call-IDs as long as they come', async () => {
    const { app, asked } = await serverOf();
    const alias = `${'%'.repeat(500)}@${'a'.repeat(500)}`;
    const url = `/v1/legs/by-alias/${encodeURIComponent(alias)}`;
    expect((await app.inject({ method: 'PUT', url, headers: json, payload: {} })).statusCode).toBe(201);
    expect(asked.named[0]?.alias).toBe(alias);
  });

  it('changes nothing on a listener that only reads', async () => {
    const { app } = await serverOf({}, 'read');
    expect((await app.inject({ method: 'PUT', url: path, headers: json, payload: {} })).statusCode).toBe(404);
    expect((await app.inject({ method: 'GET', url: path, headers: json })).statusCode).toBe(200);
  });
});

describe('POST /v1/legs/{mediaLegId}/rtcp', () => {
  const url = `/v1/legs/${knownId}/rtcp`;
  const compound = { at: '2026-01-31T10:00:00.5Z', direction: 'inbound', base64: 'gMkAAQAAAAE=' };

  it('hands on what was pushed, in octets', async () => {
    const { app, asked } = await serverOf();
    const answer = await app.inject({ method: 'POST', url, headers: json, payload: [compound] });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ compounds: 1, packets: 2 });
    expect(asked.rtcp).toEqual([
      {
        at: Date.parse('2026-01-31T10:00:00.5Z') / 1000,
        direction: 'inbound',
        octets: Buffer.from([0x80, 0xc9, 0, 1, 0, 0, 0, 1]),
      },
    ]);
  });

  it.each([
    ['no list', compound, '/'],
    ['an empty list', [], '/'],
    ['base64 that is none', [{ ...compound, base64: 'gMkA*' }], '/0/base64'],
    ['base64 for URLs', [{ ...compound, base64: 'gMkA-_==' }], '/0/base64'],
    ['a direction that is none', [compound, { ...compound, direction: 'in' }], '/1/direction'],
    ['a time without zone', [{ ...compound, at: '2026-01-31T10:00:00' }], '/0/at'],
  ])('refuses %s and names the place', async (_, payload, pointer) => {
    const { app, asked } = await serverOf();
    const answer = await app.inject({ method: 'POST', url, headers: json, payload });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer]);
    expect(asked.rtcp).toEqual([]);
  });

  it('answers in our words what the agent refuses', async () => {
    const pushRtcp = async () => {
      throw new OtherlegError('RTCP_INVALID', '/0/base64: is encrypted (SRTCP)', { hint: 'push clear ones' });
    };
    const { app } = await serverOf({ pushRtcp });
    const answer = await app.inject({ method: 'POST', url, headers: json, payload: [compound] });
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'RTCP_INVALID', hint: 'push clear ones' });
  });
});

describe('POST /v1/legs/reconcile', () => {
  const url = '/v1/legs/reconcile';

  it('answers which legs ended, and which names no live leg has', async () => {
    const { app, asked } = await serverOf();
    const payload = { gateway: 'gw-1', live: ['a', knownId] };
    const answer = await app.inject({ method: 'POST', url, headers: json, payload });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ ended: [knownId], unknown: ['a', knownId] });
    expect(asked.reconciled).toEqual([payload]);
  });

  it.each([{}, { gateway: 'gw-1' }, { live: [] }, { gateway: '', live: [] }, { gateway: 'a', live: [7] }])(
    'refuses %j',
    async (payload) => {
      const { app, asked } = await serverOf();
      expect((await app.inject({ method: 'POST', url, headers: json, payload })).statusCode).toBe(422);
      expect(asked.reconciled).toEqual([]);
    },
  );
});

describe('GET /v1/sources', () => {
  it('tells how each source is, and what the capture sees, with times as text', async () => {
    const seen = { packets: 9, rtpPackets: 8, rtcpPackets: 1, dropped: 0, unclaimed: 0 };
    const { app } = await serverOf(
      {
        sources: async () => [
          { kind: 'capture', state: 'running', capture: { ...seen, tool: 'tcpdump', lastPacketAt: 1.5, legs: [] } },
          { kind: 'webrtc', state: 'failed', reason: 'why', remedy: 'what' },
        ],
      },
      'read',
    );
    const answer = await app.inject({ method: 'GET', url: '/v1/sources', headers: json });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      items: [
        {
          kind: 'capture',
          state: 'running',
          capture: { ...seen, tool: 'tcpdump', lastPacketAt: '1970-01-01T00:00:01.500Z', legs: [] },
        },
        { kind: 'webrtc', state: 'failed', reason: 'why', remedy: 'what' },
      ],
    });
  });

  it('shows the filter, which names devices, only where addresses may be seen', async () => {
    const seen = { packets: 0, rtpPackets: 0, rtcpPackets: 0, dropped: 0, unclaimed: 0, legs: [] };
    const sources: Agent['sources'] = async () => [
      { kind: 'capture', state: 'running', capture: { ...seen, filter: 'udp and net 10.1.0.0/16' } },
    ];
    for (const addresses of ['full', 'masked'] as const) {
      const { app } = await serverOf({ sources, privacy: { addresses } });
      const { body } = await app.inject({ method: 'GET', url: '/v1/sources', headers: json });
      expect({ addresses, shown: body.includes('10.1.0.0/16') }).toEqual({ addresses, shown: addresses === 'full' });
    }
  });

  it('is described, as all the others are', async () => {
    const { app } = await serverOf();
    const { paths } = (await app.inject({ method: 'GET', url: '/openapi.json', headers: json })).json();
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/v1/sources', '/v1/legs/reconcile', '/v1/legs/by-alias/{alias}/rtcp']),
    );
    expect(paths['/v1/legs/{mediaLegId}/rtcp'].post.responses).toHaveProperty('202');
  });
});
