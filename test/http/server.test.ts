import { describe, expect, it } from 'vitest';
import { OtherlegError } from '../../src/model/error.ts';
import { fakeAgent, knownId, legId, serverOf } from './agent-fake.ts';

const json = { 'content-type': 'application/json', host: '127.0.0.1:7741' };
const other = '11111111-2222-3333-4444-555555555555';

describe('PUT /v1/legs/{mediaLegId}', () => {
  it('takes a patch in our units, GUIDs in lower case', async () => {
    const { app, asked } = await serverOf();
    const payload = {
      callChainId: '0622673D-9F69-49B3-9D4F-5EC64F42ECCE',
      participantId: null,
      startedAt: '2026-01-31T10:00:00.500+01:00',
      at: '2026-01-31T09:00:01Z',
      device: { name: 'Cisco SX80', description: null },
      channels: [{ media: 'audio', channelIndex: 1, ssrcs: [1, 4294967295] }],
      teams: { callId: 'abc', startedAt: '2026-01-31T09:00:00Z' },
    };
    const answer = await app.inject({ method: 'PUT', url: `/v1/legs/${legId}`, headers: json, payload });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ mediaLegId: knownId, startedAt: '2023-11-14T22:13:20.250Z' });
    expect(asked.patches).toEqual([
      {
        callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
        participantId: null,
        startedAt: Date.parse('2026-01-31T09:00:00.500Z') / 1000,
        at: Date.parse('2026-01-31T09:00:01Z') / 1000,
        device: { name: 'Cisco SX80', description: null },
        channels: [{ media: 'audio', channelIndex: 1, ssrcs: [1, 4294967295] }],
        teams: { callId: 'abc', startedAt: Date.parse('2026-01-31T09:00:00Z') / 1000 },
      },
    ]);
  });

  it('says 201 for a new leg', async () => {
    const { app } = await serverOf();
    const answer = await app.inject({ method: 'PUT', url: `/v1/legs/${other}`, headers: json, payload: {} });
    expect(answer.statusCode).toBe(201);
  });

  it('takes SRTP keys out of the channels', async () => {
    const { app, asked } = await serverOf();
    const crypto = [{ direction: 'inbound', suite: 'AES_CM_128_HMAC_SHA1_80', key: 'c2VjcmV0' }];
    const channel = { media: 'audio', channelIndex: 1 };
    const payload = {
      channels: [
        { ...channel, crypto },
        { media: 'video', channelIndex: 1 },
      ],
    };
    const answer = await app.inject({ method: 'PUT', url: `/v1/legs/${legId}`, headers: json, payload });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toContain('c2VjcmV0');
    expect(asked.patches).toEqual([
      { channels: [channel, { media: 'video', channelIndex: 1 }], keys: [{ ...channel, crypto }] },
    ]);
  });

  it('repeats no key in its answer to a wrong body', async () => {
    const { app } = await serverOf();
    const wrong = { direction: 'in', suite: 'c2VjcmV0', key: ['c2VjcmV0'] };
    const payload = { channels: [{ media: 'audio', channelIndex: 1, crypto: [wrong] }] };
    const answer = await app.inject({ method: 'PUT', url: `/v1/legs/${legId}`, headers: json, payload });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain('/channels/0/crypto/0/key');
    expect(answer.body).not.toContain('c2VjcmV0');
  });

  it.each([
    ['a GUID that is none', { callChainId: 'abc' }, '/callChainId', /GUID/],
    ['an unknown member', { callChain: other }, '/', /callChain/],
    ['a time without zone', { startedAt: '2026-01-31T10:00:00' }, '/startedAt', /RFC 3339/],
    ['an address that is none', { deviceAddress: '10.1.1' }, '/deviceAddress', /IPv4 or IPv6/],
    [
      'a port beyond 65535',
      { channels: [{ media: 'audio', channelIndex: 1, local: { address: '::1', port: 65536 } }] },
      '/channels/0/local/port',
      /65535/,
    ],
    ['a medium that is none', { channels: [{ media: 'data', channelIndex: 1 }] }, '/channels/0/media', /audio/],
    ['a channelIndex of 0', { channels: [{ media: 'audio', channelIndex: 0 }] }, '/channels/0/channelIndex', />=1/],
    [
      'a channel twice',
      {
        channels: [
          { media: 'audio', channelIndex: 1 },
          { media: 'audio', channelIndex: 1 },
        ],
      },
      '/channels',
      /twice/,
    ],
    ['an array', [], '/', /object/],
  ])('refuses %s and names the place', async (_, payload, pointer, reason) => {
    const { app, asked } = await serverOf();
    const answer = await app.inject({ method: 'PUT', url: `/v1/legs/${legId}`, headers: json, payload });
    expect(answer.statusCode).toBe(422);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ status: 422, code: 'BODY_INVALID', hint: expect.any(String) });
    expect(answer.json().errors[0]).toMatchObject({ pointer, detail: expect.stringMatching(reason) });
    expect(asked.patches).toEqual([]);
  });

  it('refuses broken JSON, another media type and a wrong id', async () => {
    const { app } = await serverOf();
    const put = (url: string, payload: string, type = 'application/json') =>
      app.inject({ method: 'PUT', url, headers: { ...json, 'content-type': type }, payload });
    expect((await put(`/v1/legs/${legId}`, '{"a":')).json()).toMatchObject({ status: 400, code: 'BODY_INVALID' });
    expect((await put(`/v1/legs/${legId}`, '{}', 'text/plain')).json()).toMatchObject({
      status: 415,
      code: 'MEDIA_TYPE',
    });
    expect((await put(`/v1/legs/${legId}`, '{"__proto__":{}}')).statusCode).toBe(400);
    expect((await put('/v1/legs/nonsense', '{}')).json()).toMatchObject({
      status: 422,
      errors: [{ pointer: '/mediaLegId' }],
    });
  });

  it('tells a refusal of the agent with its next step', async () => {
    const { app } = await serverOf();
    const { agent } = fakeAgent();
    const put = async () => {
      throw new OtherlegError('DRAINING', 'the agent is stopping and takes no new legs');
    };
    const stopping = await serverOf({ legs: { ...agent.legs, put } });
    const answer = await stopping.app.inject({ method: 'PUT', url: `/v1/legs/${legId}`, headers: json, payload: {} });
    expect(answer.json()).toMatchObject({ status: 503, code: 'DRAINING' });
    expect(answer.headers['retry-after']).toBe('5');
    const broken = await app.inject({ url: '/v1/legs/%zz', headers: json });
    expect(broken.json()).toMatchObject({ status: 400, code: 'BODY_INVALID' });
  });
});

describe('the other verbs of a leg', () => {
  it('end with and without a body', async () => {
    const { app, asked } = await serverOf();
    const url = `/v1/legs/${legId}/end`;
    const bare = await app.inject({ method: 'POST', url, headers: { host: 'localhost' } });
    expect(bare.statusCode).toBe(202);
    expect(bare.json()).toEqual({
      mediaLegId: knownId,
      report: { quality: { deviceName: 'x' } },
      delivery: { state: 'queued', at: '2023-11-14T22:14:20.000Z' },
    });
    const empty = await app.inject({ method: 'POST', url, headers: json, payload: '' });
    expect(empty.statusCode).toBe(202);
    const payload = { endedAt: '2026-01-31T10:00:00Z', reason: 'hangup', report: false };
    await app.inject({ method: 'POST', url, headers: json, payload });
    expect(asked.ends).toEqual([
      {},
      {},
      { endedAt: Date.parse('2026-01-31T10:00:00Z') / 1000, reason: 'hangup', report: false },
    ]);
  });

  it.each([
    ['GET', ''],
    ['GET', '/series'],
    ['GET', '/report'],
    ['POST', '/stats'],
    ['POST', '/end'],
    ['POST', '/whip'],
  ] as const)('%s %s of an unknown leg is 404 with our code', async (method, path) => {
    const { app } = await serverOf({
      bodyOf: async () => {
        throw new OtherlegError('LEG_UNKNOWN', 'no leg');
      },
    });
    const headers = { ...json, ...(path === '/whip' ? { 'content-type': 'application/sdp' } : {}) };
    const payload =
      path === '/whip' ? 'v=0' : path === '/stats' ? '{"timestamp":1,"stats":[]}' : path === '/end' ? '{}' : undefined;
    const answer = await app.inject({ method, url: `/v1/legs/${other}${path}`, headers, ...(payload && { payload }) });
    expect(answer.json()).toMatchObject({ status: 404, code: 'LEG_UNKNOWN' });
  });

  it('list with a query in our units', async () => {
    const { app, asked } = await serverOf();
    const answer = await app.inject({
      url: `/v1/legs?state=live&sort=worst&limit=7&identifier=${legId}&from=2026-01-31T10:00:00Z`,
      headers: json,
    });
    expect(answer.json()).toMatchObject({
      items: [{ mediaLegId: knownId, device: { name: 'Cisco SX80' } }],
      next: 'n1',
    });
    expect(asked.queries).toEqual([
      { state: 'live', sort: 'worst', limit: 7, identifier: knownId, from: Date.parse('2026-01-31T10:00:00Z') / 1000 },
    ]);
    expect((await app.inject({ url: '/v1/legs?limit=0', headers: json })).statusCode).toBe(422);
    expect((await app.inject({ url: '/v1/legs?colour=red', headers: json })).statusCode).toBe(422);
  });

  it('say that there is no report', async () => {
    const { app } = await serverOf();
    const answer = await app.inject({ url: `/v1/legs/${legId}/report`, headers: json });
    expect(answer.json()).toMatchObject({
      status: 404,
      code: 'REPORT_UNKNOWN',
      hint: expect.stringContaining('channel'),
    });
  });

  it('whip without the source says how to get it', async () => {
    const { app } = await serverOf();
    const headers = { ...json, 'content-type': 'application/sdp' };
    const answer = await app.inject({ method: 'POST', url: `/v1/legs/${legId}/whip`, headers, payload: 'v=0' });
    expect(answer.json()).toMatchObject({
      status: 409,
      code: 'SOURCE_NOT_CONFIGURED',
      hint: expect.stringContaining('webrtc'),
    });
  });

  it('whip answers 201 with the place of its session', async () => {
    const whip = { offer: async () => ({ session: 's1', answer: 'v=0\r\n' }), close: async () => undefined };
    const { app } = await serverOf({ whip });
    const headers = { ...json, 'content-type': 'application/sdp' };
    const answer = await app.inject({ method: 'POST', url: `/v1/legs/${legId}/whip`, headers, payload: 'v=0' });
    expect(answer.statusCode).toBe(201);
    expect(answer.headers['location']).toBe(`/v1/legs/${knownId}/whip/s1`);
    expect(answer.headers['content-type']).toMatch(/^application\/sdp/);
    expect(answer.body).toBe('v=0\r\n');
    const gone = await app.inject({
      method: 'DELETE',
      url: `/v1/legs/${legId}/whip/s1`,
      headers: { host: 'localhost' },
    });
    expect(gone.statusCode).toBe(200);
  });
});

describe('reports', () => {
  it('are shown one by one with their body and every attempt', async () => {
    const { app } = await serverOf();
    const headers = { host: 'localhost' };
    const shown = await app.inject({ url: `/v1/reports/${legId}`, headers });
    expect(shown.json()).toEqual({
      mediaLegId: knownId,
      tenantId: 't',
      callChainId: 'c',
      state: 'refused',
      reason: '7505',
      attempts: 2,
      createdAt: '1970-01-01T00:00:01.000Z',
      settledAt: '1970-01-01T00:00:03.000Z',
      history: [
        { kind: 'keep', at: '1970-01-01T00:00:01.000Z', dueAt: '1970-01-01T00:00:02.000Z', trace: { status: 503 } },
      ],
      report: { quality: { deviceName: 'x' } },
    });
    const unknown = await app.inject({ url: `/v1/reports/${other}`, headers });
    expect(unknown.json()).toMatchObject({ status: 404, code: 'REPORT_UNKNOWN' });
  });

  it('are retried and dropped by an operator', async () => {
    const { app } = await serverOf();
    const headers = { host: 'localhost' };
    expect((await app.inject({ method: 'POST', url: `/v1/reports/${legId}/retry`, headers })).statusCode).toBe(204);
    expect((await app.inject({ method: 'DELETE', url: `/v1/reports/${legId}`, headers })).statusCode).toBe(204);
    const unknown = await app.inject({ method: 'POST', url: `/v1/reports/${other}/retry`, headers });
    expect(unknown.json()).toMatchObject({ status: 404, code: 'REPORT_UNKNOWN' });
    const attempts = await app.inject({ url: `/v1/reports/${legId}/attempts`, headers });
    expect(attempts.json()).toEqual({
      items: [
        { kind: 'keep', at: '1970-01-01T00:00:01.000Z', dueAt: '1970-01-01T00:00:02.000Z', trace: { status: 503 } },
      ],
    });
  });
});

describe('the guard', () => {
  it.each([
    ['127.0.0.1:7741', 200],
    ['localhost', 200],
    ['[::1]:80', 200],
    ['127.0.0.2:7741', 200],
    ['evil.example', 421],
    ['127.0.0.1.evil.example', 421],
  ])('Host %s is answered %i', async (host, status) => {
    const { app } = await serverOf();
    expect((await app.inject({ url: '/livez', headers: { host } })).statusCode).toBe(status);
  });

  it('refuses what a page of another origin would change, and lets it read nothing it could not', async () => {
    const { app, asked } = await serverOf();
    const post = (origin: string) =>
      app.inject({ method: 'POST', url: `/v1/legs/${legId}/end`, headers: { host: '127.0.0.1:7741', origin } });
    expect((await post('http://evil.example')).json()).toMatchObject({ status: 403, code: 'ORIGIN_REFUSED' });
    expect((await post('null')).statusCode).toBe(403);
    expect(asked.ends).toEqual([]);
    expect((await post('http://127.0.0.1:7741')).statusCode).toBe(202);
  });
});

describe('probes and description', () => {
  it('tell alive, begun and ready apart', async () => {
    const health = {
      started: () => false,
      unready: async () => 'the disk is full',
      detail: () => ({ legs: { live: 2 } }),
    };
    const { app } = await serverOf({ health });
    const probe = (url: string) => app.inject({ url, headers: { host: 'localhost' } });
    expect((await probe('/livez')).statusCode).toBe(200);
    expect((await probe('/startupz')).statusCode).toBe(503);
    const ready = await probe('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toEqual({ status: 'the disk is full', version: '1.2.3', legs: { live: 2 } });
  });

  it('describe every route', async () => {
    const { app } = await serverOf();
    const { openapi, paths, components } = (
      await app.inject({ url: '/openapi.json', headers: { host: 'localhost' } })
    ).json();
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths).toSorted()).toEqual([
      '/livez',
      '/readyz',
      '/startupz',
      '/v1/calls',
      '/v1/calls/{callChainId}',
      '/v1/calls/{callChainId}/record',
      '/v1/legs',
      '/v1/legs/by-alias/{alias}',
      '/v1/legs/by-alias/{alias}/end',
      '/v1/legs/by-alias/{alias}/report',
      '/v1/legs/by-alias/{alias}/rtcp',
      '/v1/legs/by-alias/{alias}/series',
      '/v1/legs/by-alias/{alias}/stats',
      '/v1/legs/by-alias/{alias}/whip',
      '/v1/legs/reconcile',
      '/v1/legs/{mediaLegId}',
      '/v1/legs/{mediaLegId}/end',
      '/v1/legs/{mediaLegId}/plots',
      '/v1/legs/{mediaLegId}/report',
      '/v1/legs/{mediaLegId}/rtcp',
      '/v1/legs/{mediaLegId}/series',
      '/v1/legs/{mediaLegId}/stats',
      '/v1/legs/{mediaLegId}/whip',
      '/v1/legs/{mediaLegId}/whip/{session}',
      '/v1/meeting/qualities',
      '/v1/reports',
      '/v1/reports/{mediaLegId}',
      '/v1/reports/{mediaLegId}/attempts',
      '/v1/reports/{mediaLegId}/retry',
      '/v1/sources',
    ]);
    expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(['Leg', 'LegPatchInput', 'Problem']));
  });

  it('a reading listener changes nothing', async () => {
    const { app } = await serverOf({}, 'read');
    const headers = { host: 'localhost' };
    expect((await app.inject({ url: '/v1/legs', headers })).statusCode).toBe(200);
    const put = await app.inject({ method: 'PUT', url: `/v1/legs/${legId}`, headers: json, payload: {} });
    expect(put.json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});
