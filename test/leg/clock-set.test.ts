import { expect, it } from 'vitest';
import { audio, begin, id, identity, measuredLegs } from './measured-legs.ts';

it.each([
  ['forward by a day', 86_400],
  ['back by a day', -86_400],
])('a clock that is set %s ends no leg for its silence, and silence counts on', async (_name, jump) => {
  const { legs, at, call, store } = await measuredLegs();
  at(0);
  await legs.put(id, { ...identity, channels: [audio] });
  await call(0, 20);
  at(25 + jump);
  await legs.clockSet(jump);
  await legs.tick();
  expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'live' });
  at(7_200 + 19 + jump);
  await legs.tick();
  expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'live' });
  at(7_200 + 21 + jump);
  await legs.tick();
  expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'ended', endReason: 'idle' });
});

it.each([
  ['a day', 86_400],
  ['a day less than a slot', 86_397],
  ['two hours', 7_200],
])(
  'a clock that is set forward by %s adds nothing to what a channel lasted, also for the next run',
  async (_, jump) => {
    const { legs, at, call, store } = await measuredLegs();
    at(0);
    await legs.put(id, { ...identity, channels: [audio] });
    await call(0, 60);
    at(65 + jump);
    await legs.clockSet(jump);
    await legs.tick();
    const { channels, series } = await legs.view(id);
    expect(channels[0]?.mediaDuration).toBeCloseTo(65, 6);
    expect(series.presence.reduce((sum, each) => sum + each.enabledSeconds, 0)).toBeLessThanOrEqual(65);
    const [kept] = await store.liveLegs('here');
    const spells = kept?.leg.channels[0]?.spells ?? [];
    expect(spells.map(({ from, to }) => [from - begin, (to ?? Number.NaN) - begin])).toEqual([
      [0, 65],
      [65 + jump, Number.NaN],
    ]);
    // Told of on, and ended: under the revision that the store has.
    await legs.put(id, { deviceUri: 'sip:room@example.com' });
    at(121 + jump);
    const { body = '{}' } = await legs.end(id, {});
    expect(JSON.parse(body).quality.mediaQualityList[0]).toMatchObject({
      mediaDuration: 'PT121S',
      inboundPackets: 3000,
    });
  },
);

it.each([
  ['forward', 86_400],
  ['back', -86_400],
])('a leg that was told of since the clock was set %s is not moved, and ends for no silence', async (_, jump) => {
  const { legs, at, call, store } = await measuredLegs();
  at(0);
  await legs.put(id, { ...identity, channels: [audio] });
  await call(0, 20);
  at(22 + jump);
  await legs.put(id, { deviceUri: 'sip:room@example.com' }).catch(() => undefined);
  at(25 + jump);
  await legs.clockSet(jump);
  await legs.tick();
  expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'live' });
  at(7_200 + 21 + jump);
  await legs.tick();
  expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'live' });
  at(7_200 + 23 + jump);
  await legs.tick();
  expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'ended', endReason: 'idle' });
});
