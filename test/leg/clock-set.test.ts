import { expect, it } from 'vitest';
import type { EndedLost } from '../../src/leg/lost-leg.ts';
import { audio, begin, id, identity, type Measuring, measuredLegs } from './measured-legs.ts';

const DAY = 86_400;

type Report = { readonly quality: { readonly mediaQualityList: readonly Record<string, unknown>[] } };

const reported = (body = '{}') => (JSON.parse(body) as Report).quality.mediaQualityList[0];

/** How long the leg's channel was enabled, by its presence. */
async function enabled({ legs }: Measuring): Promise<number> {
  const { series } = await legs.view(id);
  return series.presence.reduce((sum, each) => sum + each.enabledSeconds, 0);
}

it.each([
  ['forward by a day', DAY],
  ['back by a day', -DAY],
])('a clock that is set %s ends no leg for its silence, and silence counts on', async (_name, jump) => {
  const { legs, at, call, store } = await measuredLegs();
  at(0);
  await legs.put(id, { ...identity, channels: [audio] });
  await call(0, 20);
  at(25 + jump);
  await legs.clockSet(jump);
  await legs.tick();
  expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'live' });
  at(7_200 + 10 + jump);
  await legs.tick();
  expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'live' });
  at(7_200 + 21 + jump);
  await legs.tick();
  expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'ended', endReason: 'idle', endedAt: begin + 20 });
});

const jumps = [
  ['forward by a day', DAY],
  ['back by a day', -DAY],
  ['forward by a day and a bit', DAY + 3.25],
  ['back by a day less a bit', -DAY + 3.25],
  ['forward by two hours', 7_200],
  ['back by two minutes', -120],
] as const;
/** The gateway's clock is set with the agent's (one host), or stays as it was. */
const gateways = [
  ['with the gateway', 1],
  ['alone', 0],
] as const;
const cases = jumps.flatMap(([how, jump]) => gateways.map(([whose, share]) => ({ how, jump, whose, share })));

it.each(cases)('a leg of two minutes before and after the clock was set $how ($whose) has both', async (one) => {
  const { jump, share } = one;
  const measuring = await measuredLegs();
  const { legs, at, talk, store } = measuring;
  at(0);
  await legs.put(id, { ...identity, startedAt: begin, channels: [audio] });
  await talk(0, 120, { set: 0, gateway: 0 });
  at(122 + jump);
  await legs.clockSet(jump);
  await talk(120, 240, { set: jump, gateway: jump * share });
  const { leg, series } = await legs.view(id);
  const slots = series.intervals.map(({ startedAt }) => startedAt);
  expect(new Set(slots).size).toBe(slots.length);
  expect(Math.max(...slots) - Math.min(...slots)).toBeGreaterThanOrEqual(235);
  expect(Math.max(...slots) - Math.min(...slots)).toBeLessThanOrEqual(250);
  expect(series.intervals.reduce((sum, { packets = 0 }) => sum + packets, 0)).toBeCloseTo(240 * 49, 3);
  expect(await enabled(measuring)).toBeCloseTo(240, 3);
  const { body } = await legs.end(id, { endedAt: begin + 240 + jump * share });
  expect(reported(body)).toMatchObject({
    mediaDuration: 'PT240S',
    inboundPackets: 240 * 49,
    averageInboundPacketLossRateInPercentage: expect.closeTo(2, 1),
  });
  const ended = await store.leg({ mediaLegId: id });
  expect((ended?.endedAt ?? 0) - begin).toBeGreaterThanOrEqual(240);
  expect((ended?.endedAt ?? 0) - begin).toBeLessThanOrEqual(250);
  expect(leg.startedAt).toBe(begin);
});

it.each(cases)('what is stored is enough for the next run after the clock was set $how ($whose)', async (one) => {
  const { jump, share } = one;
  const measuring = await measuredLegs();
  const { legs, at, talk } = measuring;
  at(0);
  await legs.put(id, { ...identity, channels: [audio] });
  await talk(0, 60, { set: 0, gateway: 0 });
  at(62 + jump);
  await legs.clockSet(jump);
  await talk(60, 120, { set: jump, gateway: jump * share });
  const next = await measuring.killed();
  await next.talk(120, 240, { set: jump, gateway: jump * share });
  expect(await enabled(next)).toBeCloseTo(240, 3);
  const { body } = await next.legs.end(id, {});
  expect(reported(body)).toMatchObject({ mediaDuration: 'PT240S', inboundPackets: 240 * 49 });
});

it('a clock that was set back while the agent was down: the leg goes on from where it was', async () => {
  const measuring = await measuredLegs();
  const { legs, at, talk } = measuring;
  at(0);
  await legs.put(id, { ...identity, channels: [audio] });
  await talk(0, 120, { set: 0, gateway: 0 });
  at(123 - DAY);
  const next = await measuring.killed();
  await next.talk(120, 240, { set: -DAY, gateway: -DAY });
  const later = await next.killed();
  const { body } = await later.legs.end(id, {});
  expect(reported(body)).toMatchObject({ inboundPackets: 240 * 49 });
  const { leg } = await later.legs.view(id);
  expect((leg.endedAt ?? 0) - begin).toBeGreaterThanOrEqual(235);
  expect((leg.endedAt ?? 0) - begin).toBeLessThanOrEqual(250);
});

it('a clock that is set to and fro leaves a leg all its parts', async () => {
  const measuring = await measuredLegs();
  const { legs, at, talk } = measuring;
  at(0);
  await legs.put(id, { ...identity, channels: [audio] });
  let set = 0;
  for (const [part, jump] of [0, DAY, -DAY - 61.5, 200, DAY].entries()) {
    set += jump;
    at(60 * part + 1 + set);
    if (jump !== 0) await legs.clockSet(jump);
    await talk(60 * part, 60 * part + 60, { set, gateway: set });
  }
  expect(await enabled(measuring)).toBeCloseTo(300, 3);
  const { body } = await legs.end(id, {});
  expect(reported(body)).toMatchObject({ mediaDuration: 'PT300S', inboundPackets: 300 * 49 });
});

it.each(cases)('a begin told again and a change told after the clock was set $how ($whose) are right', async (one) => {
  const { jump, share } = one;
  const { legs, at, talk } = await measuredLegs();
  at(0);
  await legs.put(id, { ...identity, startedAt: begin, channels: [audio] });
  await talk(0, 60, { set: 0, gateway: 0 });
  at(62 + jump);
  await legs.clockSet(jump);
  at(90 + jump);
  await legs.put(id, { startedAt: begin, channels: [{ ...audio, enabled: false }], at: begin + 90 + jump * share });
  at(120 + jump);
  const { body } = await legs.end(id, {});
  const { leg } = await legs.view(id);
  expect(leg.startedAt).toBe(begin);
  const seconds = Number(/PT([\d.]+)S/.exec(String(reported(body)?.['mediaDuration']))?.[1]);
  expect(seconds).toBeGreaterThanOrEqual(80);
  expect(seconds).toBeLessThanOrEqual(90.001);
});

it('a leg whose clock was never set has no time of its own', async () => {
  const { legs, at, talk, store } = await measuredLegs();
  at(0);
  await legs.put(id, { ...identity, channels: [audio] });
  await talk(0, 20, { set: 0, gateway: 0 });
  expect(await store.leg({ mediaLegId: id })).not.toHaveProperty('ownTime');
});

it.each(jumps)(
  'another agent ends a copy of a leg whose clock was set %s with all that was copied',
  async (_, jump) => {
    const { legs, at, talk, store } = await measuredLegs();
    at(0);
    await legs.put(id, { ...identity, channels: [audio] });
    await talk(0, 60, { set: 0, gateway: 0 });
    at(61 + jump);
    await legs.clockSet(jump);
    await talk(60, 120, { set: jump, gateway: jump });
    const [copy] = await store.liveLegs('here');
    if (copy === undefined) throw new Error('no leg is live');
    const other = await measuredLegs();
    other.at(500);
    const ends: EndedLost[] = [];
    await other.legs.endLost({ ...copy, copiedAt: begin + 120 + jump }, async (ended) => ends.push(ended) > 0);
    const [ended] = ends;
    expect(reported(ended?.owed.report?.body)).toMatchObject({ mediaDuration: 'PT120S', inboundPackets: 120 * 49 });
    expect((ended?.leg.endedAt ?? 0) - begin).toBeGreaterThanOrEqual(120);
    expect((ended?.leg.endedAt ?? 0) - begin).toBeLessThanOrEqual(130);
  },
);

it('a leg of which nothing was measured ends by its own time when its agent is gone', async () => {
  const { legs, at, store } = await measuredLegs();
  at(0);
  await legs.put(id, { ...identity, channels: [audio] });
  at(30 - DAY);
  await legs.clockSet(-DAY);
  const [copy] = await store.liveLegs('here');
  if (copy === undefined) throw new Error('no leg is live');
  const other = await measuredLegs();
  const ends: EndedLost[] = [];
  await other.legs.endLost({ ...copy, copiedAt: begin + 60 - DAY }, async (ended) => ends.push(ended) > 0);
  expect((ends[0]?.leg.endedAt ?? 0) - begin).toBeGreaterThanOrEqual(60);
  expect((ends[0]?.leg.endedAt ?? 0) - begin).toBeLessThanOrEqual(70);
});
