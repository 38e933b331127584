import { expect, it } from 'vitest';
import { knownId, serverOf } from './agent-fake.ts';

const headers = { host: 'localhost' };
const url = `/v1/legs/${knownId}/plots`;

it('asks for a part of the plots of a long leg only where it is told to, and knows but one', async () => {
  const asked: unknown[][] = [];
  const longLegs = {
    plots: async (...ask: unknown[]) => {
      asked.push(ask);
      return '{"part":"first"}';
    },
    leg: async () => undefined,
  };
  const { app } = await serverOf({ longLegs });
  expect((await app.inject({ url, headers })).statusCode).toBe(200);
  expect((await app.inject({ url: `${url}?part=first`, headers })).json()).toEqual({ part: 'first' });
  expect(asked.map((ask) => ask.slice(3))).toEqual([[], ['first']]);
  for (const query of ['part=second', 'part=', 'parts=first'])
    expect((await app.inject({ url: `${url}?${query}`, headers })).statusCode).toBe(422);
});

it('tells of a leg that is not long as a whole', async () => {
  const { app } = await serverOf();
  const answer = (await app.inject({ url: `${url}?part=first`, headers })).json();
  expect(answer).toMatchObject({ mediaLegId: knownId });
  expect(answer.part).toBeUndefined();
});
