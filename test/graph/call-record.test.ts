import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { GraphStandIn, type GraphStandInOptions } from '../../src/demo/graph-stand-in.ts';
import { graphClient } from '../../src/graph/graph-client.ts';
import { noTokens } from '../../src/graph/no-tokens.ts';
import type { TokenProvider } from '../../src/graph/tokens.ts';
import { OtherlegError } from '../../src/model/error.ts';
import { loopbackServer } from './loopback-server.ts';
import { rawRecord, rawSession } from './raw-call-record.ts';

const id = '0622673d-9f69-49b3-9d4f-5ec64f42ecce';
const tenantId = '00000000-0000-0000-0000-000000000001';
const client = (baseUrl: string, tokens: TokenProvider = noTokens) =>
  graphClient({ baseUrl, apiVersion: 'v1.0', userAgent: 'otherleg/1', tokens, clock: { now: () => 784_111_700 } });

const open: GraphStandIn[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});
async function standIn(options: GraphStandInOptions): Promise<GraphStandIn> {
  const graph = await GraphStandIn.open(options);
  open.push(graph);
  return graph;
}

describe('callRecord', () => {
  it.each([
    [1, 1],
    [60, 1],
    [61, 2],
    [1000, 17],
  ])('reads a record of %i sessions in %i pages, with what is newer than this agent', async (sessions, pages) => {
    const graph = await standIn({ callRecord: (asked) => (asked === id ? rawRecord(id, sessions) : undefined) });
    const result = await client(graph.url).callRecord(id, tenantId);
    if (result.kind !== 'found') throw new Error(JSON.stringify(result));
    const { record } = result;
    expect(result).not.toHaveProperty('stray');
    expect(record).toMatchObject({ id, version: 1, startedAt: Date.parse('2026-01-15T10:00:00Z') / 1000 });
    expect(record.sessions.map((session) => session.id)).toEqual(Array.from({ length: sessions }, (_, at) => `s${at}`));
    expect(record.sessions.at(-1)).toMatchObject({
      modalities: ['audio', 'holograms'],
      caller: { kind: 'participant', platform: 'windows', identities: [`user-s${sessions - 1}`] },
      streams: [{ media: 'audio', averageLoss: 0.0138, averageJitter: 0.004, callerAddress: '10.9.8.7' }],
    });
    expect(record.sessions[0]?.streams[0]).not.toHaveProperty('maximumLoss');
    expect(graph.requests).toHaveLength(pages);
    expect(graph.requests[0]).toMatchObject({
      method: 'GET',
      path: `/v1.0/communications/callRecords/${id}?$expand=sessions($expand=segments)`,
      headers: {
        prefer: 'include-unknown-enum-members, omit-values=nulls, odata.maxpagesize=60',
        'user-agent': 'otherleg/1',
        'client-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    expect(graph.requests[0]?.headers).not.toHaveProperty('content-type');
    expect(graph.accepted).toEqual([]);
  });

  it.each([
    [404, 'missing'],
    [403, 'forbidden'],
    [400, 'keep'],
    [500, 'keep'],
    [302, 'keep'],
  ])('takes %i for %s', async (status, kind) => {
    const graph = await standIn({ fault: () => ({ status, code: 'Forbidden', message: 'no' }) });
    const result = await client(graph.url).callRecord(id, tenantId);
    expect(result).toMatchObject({ kind, trace: { status, code: 'Forbidden', message: 'no' } });
    expect('hint' in result.trace).toBe(status === 403);
    if (status === 403) expect(result.trace.hint).toContain('CallRecords.Read.All');
  });

  it('hands on for how long to wait, and that it is about the tenant', async () => {
    const graph = await standIn({ fault: () => ({ status: 429, retryAfter: '17' }) });
    expect(await client(graph.url).callRecord(id, tenantId)).toMatchObject({
      ...{ kind: 'keep', throttled: true, retryAfterSeconds: 17 },
    });
  });

  it('goes on with the page that Graph wanted to be waited for', async () => {
    const graph = await standIn({
      callRecord: () => rawRecord(id, 250),
      fault: (_, before) => (before === 2 || before === 4 ? { status: 429, retryAfter: '9' } : undefined),
    });
    const reader = client(graph.url);
    for (const sofar of [3, 5]) {
      expect(await reader.callRecord(id, tenantId)).toMatchObject({ kind: 'keep', retryAfterSeconds: 9 });
      expect(graph.requests).toHaveLength(sofar);
    }
    const result = await reader.callRecord(id, tenantId);
    if (result.kind !== 'found') throw new Error(JSON.stringify(result));
    expect(result.record.sessions.map((session) => session.id)).toEqual(
      Array.from({ length: 250 }, (_, at) => `s${at}`),
    );
    // Five pages, two of them twice; and the next reading begins with the first.
    expect(graph.requests).toHaveLength(7);
    await reader.callRecord(id, tenantId);
    expect(graph.requests).toHaveLength(12);
  });

  it('begins with the first page after a link that is not good any more', async () => {
    const graph = await standIn({
      callRecord: () => rawRecord(id, 130),
      fault: (_, before) => (before === 1 ? { status: 429 } : before === 2 ? { status: 410 } : undefined),
    });
    const reader = client(graph.url);
    await reader.callRecord(id, tenantId);
    await reader.callRecord(id, tenantId);
    expect(await reader.callRecord(id, tenantId)).toMatchObject({ kind: 'found' });
    expect(graph.requests).toHaveLength(6);
  });

  it('stops at a later page that is refused', async () => {
    const graph = await standIn({
      callRecord: () => rawRecord(id, 130),
      fault: (_, before) => (before === 2 ? { status: 429, retryAfter: '9' } : undefined),
    });
    expect(await client(graph.url).callRecord(id, tenantId)).toMatchObject({ kind: 'keep', retryAfterSeconds: 9 });
    expect(graph.requests).toHaveLength(3);
  });

  it.each([404, 403])('does not take %i of a later page for a word on the whole record', async (status) => {
    const graph = await standIn({
      callRecord: () => rawRecord(id, 130),
      fault: (_, before) => (before === 2 ? { status, code: 'no' } : undefined),
    });
    const result = await client(graph.url).callRecord(id, tenantId);
    expect(result).toMatchObject({ kind: 'keep', throttled: false, trace: { status } });
  });

  it('renews a token that Graph refuses, once, on each page', async () => {
    const asks: (string | undefined)[] = [];
    const tokens: TokenProvider = {
      token: async (tenant, ask) => {
        expect(tenant).toBe(tenantId);
        asks.push(ask?.refused);
        return ask?.refused === undefined ? 'old' : 'new';
      },
    };
    const graph = await standIn({
      callRecord: () => rawRecord(id, 61),
      fault: ({ headers }) => (headers.authorization === 'Bearer new' ? undefined : { status: 401 }),
    });
    expect(await client(graph.url, tokens).callRecord(id, tenantId)).toMatchObject({ kind: 'found' });
    expect(asks).toEqual([undefined, 'old', undefined, 'old']);
  });

  it('says why without a token, and holds the tenant', async () => {
    const refused = new OtherlegError('TOKEN_REFUSED', 'no consent', { hint: 'consent' });
    const result = await client('http://127.0.0.1:1', { token: () => Promise.reject(refused) }).callRecord(
      id,
      tenantId,
    );
    expect(result).toEqual({
      kind: 'keep',
      throttled: true,
      trace: { code: 'TOKEN_REFUSED', message: 'no consent', hint: 'consent' },
    });
  });

  it.each(['hang-in-body', 'close', 'reset'] as const)('keeps a record whose answer fails: %s', async (fault) => {
    const graph = await standIn({ fault: () => fault });
    const { promise, resolve: cut } = Promise.withResolvers<void>();
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort();
      cut();
    }, 300);
    const result = await client(graph.url).callRecord(id, tenantId, stop.signal);
    expect(result).toMatchObject({ kind: 'keep', throttled: false });
    await promise;
  });

  it.each([
    ['another host', 'https://evil.example/v1.0/communications/callRecords/x/sessions?$skiptoken=1'],
    ['another port', 'http://127.0.0.1:1/v1.0/communications/callRecords/x/sessions'],
    ['a user in it', 'http://user:pass@HOST/v1.0/communications/callRecords/x/sessions'],
    ['another path', 'http://HOST/other/communications'],
    ['a way up', 'http://HOST/v1.0/../other'],
    ['the fragment of the documentation', 'http://HOST/v1.0/$metadata#communications/callRecords/1'],
    ['no link at all', 'next'],
  ])('follows no link to %s, and tells the sessions it has', async (_, link) => {
    const graph = await loopbackServer((seen, response) => {
      const { sessions: _, ...record } = rawRecord(id, 0);
      const next = link.replace('HOST', String(seen.headers.host));
      const body = { ...record, sessions: [rawSession('a')], 'sessions@odata.nextLink': next };
      response.writeHead(200).end(JSON.stringify(body));
    });
    const result = await client(graph.origin, { token: async () => 'secret' }).callRecord(id, tenantId);
    const stray = link.replace('HOST', new URL(graph.origin).host);
    expect(result).toMatchObject({ kind: 'found', record: { sessions: [{ id: 'a' }] }, stray });
    expect(graph.seen).toHaveLength(1);
  });

  it('follows a link that goes round only once', async () => {
    const graph = await loopbackServer((seen, response) => {
      const link = `http://${seen.headers.host}/v1.0/communications/callRecords/${id}/sessions?$skiptoken=1`;
      const page = seen.path.includes('skiptoken')
        ? { value: [rawSession('b')], '@odata.nextLink': link }
        : { ...rawRecord(id, 1), 'sessions@odata.nextLink': link };
      response.writeHead(200).end(JSON.stringify(page));
    });
    expect(await client(graph.origin).callRecord(id, tenantId)).toMatchObject({
      ...{
        kind: 'found',
        stray: expect.stringContaining('skiptoken'),
        record: { sessions: [{ id: 's0' }, { id: 'b' }] },
      },
    });
    expect(graph.seen).toHaveLength(2);
  });

  it.each(['', '{"value":[]}', '[]', '{"id":"x","sessions":', '<html>'])('keeps what %j answers', async (body) => {
    const graph = await loopbackServer((_, response) => response.writeHead(200).end(body));
    expect(await client(graph.origin).callRecord(id, tenantId)).toMatchObject({
      ...{ kind: 'keep', trace: { code: 'BODY_UNREADABLE', status: 200 } },
    });
  });

  it('goes below the base path, with an id that is no GUID in one piece', async () => {
    const graph = await loopbackServer((_, response) => response.writeHead(404).end());
    await client(`${graph.origin}/proxy/`).callRecord('../x?y', tenantId);
    expect(graph.seen[0]?.path).toBe(
      '/proxy/v1.0/communications/callRecords/..%2Fx%3Fy?$expand=sessions($expand=segments)',
    );
  });
});

const samples = resolve(import.meta.dirname, '../../../shared/samples/callrecords');

describe.skipIf(!existsSync(samples))('Microsoft’s own samples (needs ../shared/samples)', () => {
  const names = existsSync(samples) ? readdirSync(samples).filter((name) => /get-\d/.test(name)) : [];
  it.each(names)('%s is read over the wire', async (name) => {
    const body = readFileSync(join(samples, name), 'utf8');
    const graph = await loopbackServer((_, response) => response.writeHead(200).end(body));
    const result = await client(graph.origin).callRecord(id, tenantId);
    const raw = JSON.parse(body);
    expect(result).toMatchObject({ kind: 'found', record: { id: raw.id, version: raw.version } });
    if (result.kind === 'found') expect(result.record.sessions).toHaveLength(raw.sessions?.length ?? 0);
  });
});
