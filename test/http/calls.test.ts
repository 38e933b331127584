import { describe, expect, it } from 'vitest';
import type { Agent, JudgedLeg } from '../../src/http/http.ts';
import { OtherlegError } from '../../src/model/error.ts';
import type { Leg } from '../../src/model/leg.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { recordOf, teamsSession } from '../correlate/two-leg-call.ts';
import { serverOf, someLeg } from './agent-fake.ts';

const host = '127.0.0.1:7741';
const callChainId = '0622673d-9f69-49b3-9d4f-5ec64f42ecce';
const other = '11111111-2222-3333-4444-555555555555';

const verdictOf = (sentence: string): Verdict => ({
  ...{ state: 'final', leg: 'vtc', media: 'audio', direction: 'toRoom', at: 1_700_000_005, severity: 2 },
  ...{ confidence: 'high', sentence, reasons: ['look there'] },
});
const legOf = (id: string, more: Partial<Leg> = {}): Leg => ({
  ...someLeg,
  mediaLegId: id,
  state: 'ended',
  endedAt: someLeg.startedAt + 60,
  verdict: verdictOf(`${id} was bad.`),
  ...more,
});
const judged = (leg: Leg, more: Partial<JudgedLeg> = {}): JudgedLeg => ({
  leg,
  levels: [{ media: 'audio', journey: 'toRoom', level: 'poor' }],
  ...(leg.verdict && leg.state === 'ended' && { verdict: leg.verdict }),
  ...more,
});

async function get(url: string, changes: Partial<Agent>) {
  const { app } = await serverOf(changes);
  const answer = await app.inject({ url, headers: { host } });
  await app.close();
  return { status: answer.statusCode, body: answer.json(), text: answer.body };
}

describe('POST /v1/calls/{callChainId}/record', () => {
  const ask = async (askRecord: NonNullable<Agent['askRecord']>) => {
    const { app } = await serverOf({ askRecord });
    const url = `/v1/calls/${callChainId.toUpperCase()}/record`;
    const answer = await app.inject({ method: 'POST', url, headers: { host } });
    await app.close();
    return { status: answer.statusCode, body: answer.json() };
  };

  it('says where the reading stands, and since when it is due', async () => {
    const stored = { callChainId, tenantId: other, state: 'waiting', dueAt: 1_700_000_000 } as const;
    expect(await ask(async (id) => (id === callChainId ? stored : undefined))).toEqual({
      status: 202,
      body: { callChainId, state: 'waiting', dueAt: '2023-11-14T22:13:20.000Z' },
    });
  });

  it('knows no call without a leg of ours, and says why nothing can be asked', async () => {
    expect(await ask(async () => undefined)).toMatchObject({ status: 404, body: { code: 'CALL_UNKNOWN' } });
    const refused = async () => {
      throw new OtherlegError('RECORD_NOT_READ', 'call records are not read here', { hint: 'turn them on' });
    };
    const { status, body } = await ask(refused);
    expect([status, body.code, body.hint]).toEqual([409, 'RECORD_NOT_READ', 'turn them on']);
  });
});

describe('GET /v1/calls/{callChainId}', () => {
  const known = (...legs: readonly JudgedLeg[]) => ({
    call: async (id: string) => (id === callChainId ? { callChainId, legs } : undefined),
  });

  it('has each leg with its levels and verdict, and that of the worst leg for the call', async () => {
    const teams = { sessionId: 's', levels: [{ media: 'audio', journey: 'toRoom', level: 'good' }] } as const;
    const legs = [judged(legOf('a', { severity: 0.5 })), judged(legOf('b', { severity: 2 }), { teams })];
    const { status, body } = await get(`/v1/calls/${callChainId.toUpperCase()}`, known(...legs));
    expect(status).toBe(200);
    expect(body.callChainId).toBe(callChainId);
    expect(body.legs).toMatchObject([
      { mediaLegId: 'a', levels: [{ level: 'poor' }], verdict: { sentence: 'a was bad.' } },
      { mediaLegId: 'b', severity: 2, teams },
    ]);
    expect(body.legs[0]).not.toHaveProperty('teams');
    expect(body.verdict).toEqual({ ...verdictOf('b was bad.'), at: '2023-11-14T22:13:25.000Z' });
    expect(body).not.toHaveProperty('callRecord');
  });

  it('says nothing final while a leg goes on', async () => {
    const live = judged(legOf('b', { state: 'live', severity: 9 }));
    const { body } = await get(`/v1/calls/${callChainId}`, known(judged(legOf('a', { severity: 0.5 })), live));
    expect(body.verdict).toMatchObject({ state: 'provisional', sentence: 'a was bad.' });
    expect(body.legs[1]).not.toHaveProperty('verdict');
    expect((await get(`/v1/calls/${callChainId}`, known(live))).body).not.toHaveProperty('verdict');
  });

  it('shows the record without addresses and identities', async () => {
    const record = recordOf(teamsSession());
    const stored = { callChainId, tenantId: 't', state: 'read', record } as const;
    const call = async () => ({ callChainId, legs: [judged(legOf('a'))], callRecord: stored });
    const { body, text } = await get(`/v1/calls/${callChainId}`, { call });
    expect(body.callRecord).toMatchObject({ id: 'record', version: 1, state: 'read' });
    expect(body.callRecord.sessions[0]).toMatchObject({
      startedAt: '2026-01-15T10:00:02.000Z',
      caller: { kind: 'service', role: 'customBot' },
      streams: expect.arrayContaining([expect.objectContaining({ label: 'main-audio', averageJitter: 0.003 })]),
    });
    expect(text).not.toMatch(/10\.0\.0\.1|identities|applicationIds/);
    const waiting = async () => ({ ...(await call()), callRecord: { ...stored, state: 'waiting', record: undefined } });
    const answer = await get(`/v1/calls/${callChainId}`, { call: waiting as unknown as Agent['call'] });
    expect(answer.body.callRecord).toEqual({ state: 'waiting' });
  });

  it('does not know every call, nor what is no id', async () => {
    expect(await get(`/v1/calls/${other}`, known())).toMatchObject({ status: 404, body: { code: 'CALL_UNKNOWN' } });
    expect((await get('/v1/calls/x', known())).status).toBe(422);
  });
});

describe('GET /v1/calls', () => {
  /** A store with these legs in the order of the list, so many on a page. */
  function lists(legs: readonly Leg[], size = 2): Agent['list'] {
    return async ({ identifier, room, after = '0', limit }) => {
      const found = legs.filter(
        ({ control, device }) =>
          (identifier === undefined || control.callChainId === identifier) &&
          (room === undefined || device.room === room),
      );
      const from = Number(after);
      const count = identifier === undefined ? Math.min(size, limit) : limit;
      const next = from + count < found.length ? { next: String(from + count) } : {};
      return { items: found.slice(from, from + count), ...next };
    };
  }
  const inCall = (id: string, call: string | undefined, more: Partial<Leg> = {}): Leg =>
    legOf(id, { control: call === undefined ? {} : { callChainId: call }, ...more });
  const pages = async (list: Agent['list'], query = ''): Promise<string[][]> => {
    const seen: string[][] = [];
    let after: string | undefined = '';
    while (after !== undefined) {
      const { body } = await get(`/v1/calls?limit=2${query}${after === '' ? '' : `&after=${after}`}`, { list });
      seen.push(body.items.map((item: { callChainId?: string }) => item.callChainId ?? 'none'));
      after = body.next;
    }
    return seen;
  };

  it('has each call once, where its first leg is, and legs without a call on their own', async () => {
    const legs = [
      inCall('a', callChainId, { severity: 3 }),
      inCall('b', other, { severity: 2 }),
      inCall('c', undefined, { severity: 1.5 }),
      inCall('d', callChainId, { severity: 1, startedAt: 1_600_000_000 }),
      inCall('e', other),
      inCall('f', undefined),
    ];
    expect(await pages(lists(legs))).toEqual([[callChainId, other], ['none'], ['none']]);
    const { body } = await get('/v1/calls?limit=2', { list: lists(legs) });
    expect(body.items[0]).toMatchObject({
      startedAt: '2020-09-13T12:26:40.000Z',
      endedAt: '2023-11-14T22:14:20.250Z',
      severity: 3,
      verdict: { sentence: 'a was bad.' },
      legs: [{ mediaLegId: 'd' }, { mediaLegId: 'a' }],
    });
  });

  it('passes over pages on which no call begins', async () => {
    const legs = [
      inCall('a', callChainId),
      ...['b', 'c', 'd', 'e'].map((id) => inCall(id, callChainId)),
      inCall('f', other),
    ];
    expect(await pages(lists(legs))).toEqual([[callChainId], [other]]);
  });

  it('finds a call by a leg that is not its worst', async () => {
    const device = { ...someLeg.device, room: 'Lobby' };
    const legs = [inCall('a', callChainId, { severity: 3 }), inCall('b', callChainId, { severity: 1, device })];
    expect(await pages(lists(legs), '&room=Lobby')).toEqual([[callChainId]]);
  });

  it('has no end of a call that goes on, and its verdict only of legs that ended', async () => {
    const { endedAt: _, verdict: __, ...live } = inCall('a', callChainId, { state: 'live' });
    const { body } = await get('/v1/calls', { list: lists([live, inCall('b', callChainId, { severity: 0.2 })]) });
    expect(body.items[0]).not.toHaveProperty('endedAt');
    expect(body.items[0]).toMatchObject({ severity: 0.2, verdict: { sentence: 'b was bad.' } });
  });

  it('hands the question on in our units', async () => {
    const queries: object[] = [];
    const { app } = await serverOf({
      list: async (query) => {
        queries.push(query);
        return { items: [] };
      },
    });
    const url = '/v1/calls?sort=worst&from=2026-01-01T00:00:00Z&room=x&limit=7&after=n';
    await app.inject({ url, headers: { host } });
    expect(queries).toEqual([{ sort: 'worst', from: 1_767_225_600, room: 'x', limit: 7, after: 'n' }]);
    expect((await app.inject({ url: '/v1/calls?limit=0', headers: { host } })).statusCode).toBe(422);
    await app.close();
  });
});
