import { expect, it } from 'vitest';
import { audio, id, identity, measuredLegs } from './measured-legs.ts';

it.each([
  ['forward by a day', 86_400],
  ['back by a day', -86_400],
])('a clock that is set %s ends no leg for its silence, and silence counts on', async (_name, jump) => {
  const { legs, at, call, store } = await measuredLegs();
  at(0);
  await legs.put(id, { ...identity, channels: [audio] });
  await call(0, 20);
  at(25 + jump);
  legs.clockSet(jump);
  await legs.tick();
  expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'live' });
  at(7_200 + 19 + jump);
  await legs.tick();
  expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'live' });
  at(7_200 + 21 + jump);
  await legs.tick();
  expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'ended', endReason: 'idle' });
});
