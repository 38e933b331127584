import { afterEach, describe, expect, it } from 'vitest';
import { OtherlegError } from '../../src/model/error.ts';
import type { Leg } from '../../src/model/leg.ts';
import { BEGIN, vtcLeg } from '../correlate/two-leg-call.ts';
import { serverOf, someLeg } from './agent-fake.ts';

const host = '127.0.0.1:7741';
const meetingId = '0622673d-9f69-49b3-9d4f-5ec64f42ecce';
const address = `http://${host}/v1/meeting/qualities`;

const legOf = (n: number, more: Partial<Leg> = {}): Leg => ({
  ...someLeg,
  mediaLegId: `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`,
  state: 'ended',
  startedAt: BEGIN + n,
  endedAt: BEGIN + 600,
  ...more,
});

/** A server whose store has these legs, two on a page of its own. */
function serverWith(legs: readonly Leg[]) {
  const { series, assignment, channels } = vtcLeg({ 'audio inbound': { loss: 0.1 } });
  return serverOf({
    privacy: { addresses: 'masked' },
    serverRegion: 'ProdNoam',
    list: async ({ identifier, after = '0' }) => {
      const named = legs.filter(({ control, earlierIdentifiers }) =>
        [control.callChainId, control.participantId, ...earlierIdentifiers].includes(identifier),
      );
      const from = Number(after);
      return { items: named.slice(from, from + 2), ...(named.length > from + 2 ? { next: String(from + 2) } : {}) };
    },
    legs: {
      ...fakeLegs,
      view: async (mediaLegId) => {
        const leg = legs.find((one) => one.mediaLegId === mediaLegId);
        if (leg === undefined) throw new Error(`no ${mediaLegId}`);
        return { leg, series, assignment, channels };
      },
    },
  });
}
const fakeLegs = await serverOf().then(({ agent }) => agent.legs);

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function asking(legs: readonly Leg[]) {
  const { app } = await serverWith(legs);
  servers.push(app);
  return async (query: string, headers: Record<string, string> = {}) => {
    const answer = await app.inject({ url: `/v1/meeting/qualities${query}`, headers: { host, ...headers } });
    const { statusCode: status, headers: told } = answer;
    return { status, link: told['link'], headers: told, body: answer.json() };
  };
}

describe('GET /v1/meeting/qualities', () => {
  it('tells where the gateway stands, as reports do', async () => {
    const get = await asking([legOf(1)]);
    expect((await get(`?meetingId=${meetingId}`)).body.items).toMatchObject([{ serverRegion: 'ProdNoam' }]);
  });

  it('has one item for each leg of the call, the oldest first', async () => {
    const get = await asking([legOf(2), legOf(1), legOf(3)]);
    const { status, link, body } = await get(`?meetingId=${meetingId}`);
    expect(status).toBe(200);
    expect(link).toBeUndefined();
    expect(body.items.map((item: Record<string, string>) => item['joinTime'])).toEqual([
      '2026-01-15T10:00:01.000Z',
      '2026-01-15T10:00:02.000Z',
      '2026-01-15T10:00:03.000Z',
    ]);
    expect(body.items[0]).toMatchObject({
      meetingInstanceId: meetingId,
      webexUserName: 'Cisco SX80',
      clientType: 'VTC',
      participantSessionId: legOf(1).mediaLegId,
      resources: [],
    });
    expect(body.items[0].audioOut[0]).toMatchObject({ samplingInterval: 60, packetLoss: Array(10).fill(10) });
  });

  it('finds a call whatever the case of its id, and not by what it was called before or by a participant', async () => {
    const other = '11111111-2222-3333-4444-555555555555';
    const moved = legOf(2, {
      control: { callChainId: other, participantId: meetingId },
      earlierIdentifiers: [meetingId],
    });
    const get = await asking([legOf(1), moved]);
    const { body } = await get(`?meetingId=${meetingId.toUpperCase()}`);
    expect(body.items.map((item: Record<string, string>) => item['participantSessionId'])).toEqual([
      legOf(1).mediaLegId,
    ]);
  });

  it('leaves out the end of a leg that is live', async () => {
    const { endedAt: _, ...live } = legOf(1, { state: 'live' });
    const get = await asking([live]);
    const { body } = await get(`?meetingId=${meetingId}`);
    expect(body.items[0]).not.toHaveProperty('leaveTime');
    expect(body.items[0].audioIn).toHaveLength(1);
  });

  it('pages by whole links that are followed as they stand', async () => {
    const get = await asking([1, 2, 3, 4, 5].map((n) => legOf(n)));
    const seen: number[] = [];
    let next: string | undefined = `?meetingId=${meetingId}&max=2&samplingInterval=30`;
    const links: string[] = [];
    while (next !== undefined) {
      const { link, body } = await get(next);
      seen.push(body.items.length);
      expect(body.items[0].audioIn[0].samplingInterval).toBe(30);
      if (link !== undefined) links.push(String(link));
      next = /^<([^>]+)>; rel="next"$/.exec(links[seen.length - 1] ?? '')?.[1]?.replace(address, '');
    }
    expect(seen).toEqual([2, 2, 1]);
    expect(links).toHaveLength(2);
  });

  it('leads a client to the end that follows the first link there is, whatever its relation', async () => {
    const get = await asking([1, 2, 3].map((n) => legOf(n)));
    const seen: string[] = [];
    let next: string | undefined = `?meetingId=${meetingId}&max=1`;
    while (next !== undefined && seen.length < 10) {
      const { link, body } = await get(next);
      seen.push(body.items[0].participantSessionId);
      next = /<([^>]+)>;/.exec(String(link ?? ''))?.[1]?.replace(address, '');
    }
    expect(seen).toEqual([1, 2, 3].map((n) => legOf(n).mediaLegId));
  });

  it('has no link beyond the end', async () => {
    const get = await asking([legOf(1), legOf(2)]);
    const { status, link, body } = await get(`?meetingId=${meetingId}&max=1&offset=7`);
    expect([status, body.items, link]).toEqual([200, [], undefined]);
  });

  it('cuts a greater max, and lets pass what others add to the address', async () => {
    const get = await asking([legOf(1)]);
    expect((await get(`?meetingId=${meetingId}&max=5000&siteUrl=x`)).status).toBe(200);
  });

  it.each([
    ['no meetingId', '', 400, /meetingId/],
    ['a meetingId that is none', '?meetingId=x_I_1', 400, /meetingId.*GUID/],
    ['a max of nothing', `?meetingId=${meetingId}&max=0`, 400, /max/],
    ['an offset before the beginning', `?meetingId=${meetingId}&offset=-1`, 400, /offset/],
    ['samples between slots', `?meetingId=${meetingId}&samplingInterval=7`, 400, /5 s/],
    ['an unknown meeting', '?meetingId=11111111-2222-3333-4444-555555555555', 404, /callChainId/],
  ])('refuses %s as Webex does', async (_, query, status, description) => {
    const get = await asking([legOf(1)]);
    const { status: told, headers, body } = await get(query);
    expect(told).toBe(status);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(body).toEqual({
      message: expect.any(String),
      errors: [{ description: expect.stringMatching(description) }],
      trackingId: headers['trackingid'],
    });
    expect(body.trackingId).toMatch(/^OTHERLEG_[0-9a-f-]{36}$/);
  });

  it('refuses another Host with 403 and another method with 405, in the same shape', async () => {
    const get = await asking([legOf(1)]);
    expect(await get(`?meetingId=${meetingId}`, { host: 'evil.example' })).toMatchObject({
      status: 403,
      body: { errors: [{}] },
    });
    const { app } = await serverWith([]);
    servers.push(app);
    const answer = await app.inject({ method: 'DELETE', url: '/v1/meeting/qualities', headers: { host } });
    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect(answer.json()).toMatchObject({ message: 'only GET is allowed here', trackingId: expect.any(String) });
  });

  it('says 503 with Retry-After while the store cannot be read', async () => {
    const { app } = await serverOf({
      list: () => Promise.reject(new OtherlegError('STORE_FAILED', 'the disk is gone', { hint: 'mount it' })),
    });
    servers.push(app);
    const answer = await app.inject({ url: `/v1/meeting/qualities?meetingId=${meetingId}`, headers: { host } });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(answer.json()).toMatchObject({ message: 'the disk is gone', errors: [{ description: 'mount it' }] });
  });

  it('tells the load of the gateway where it is looked at', async () => {
    const resources = [{ processAverageCPU: [3], processMaxCPU: [5], systemAverageCPU: [10], systemMaxCPU: [20] }];
    const { app } = await serverOf({
      list: async () => ({ items: [someLeg] }),
      load: (leg, seconds) => (leg === someLeg && seconds === 60 ? resources : []),
    });
    servers.push(app);
    const answer = await app.inject({ url: `/v1/meeting/qualities?meetingId=${meetingId}`, headers: { host } });
    expect(answer.json().items[0].resources).toEqual(resources);
  });

  it('is described, and its errors are its own: elsewhere they are problems', async () => {
    const { app } = await serverOf();
    servers.push(app);
    const { paths } = (await app.inject({ url: '/openapi.json', headers: { host } })).json();
    const { parameters, responses } = paths['/v1/meeting/qualities'].get;
    expect(parameters.map(({ name, required }: Record<string, unknown>) => [name, required === true])).toEqual([
      ['meetingId', true],
      ['max', false],
      ['offset', false],
      ['samplingInterval', false],
    ]);
    expect(Object.keys(responses)).toEqual(['200', '400', '403', '404', '503']);
    expect((await app.inject({ url: '/v1/nothing', headers: { host } })).headers['content-type']).toMatch(/problem/);
  });
});
