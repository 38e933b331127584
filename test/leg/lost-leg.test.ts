import { expect, it } from 'vitest';
import type { EndedLost } from '../../src/leg/lost-leg.ts';
import type { LegOnWire } from '../../src/model/leg.ts';
import type { LiveLeg } from '../../src/store/store.ts';
import { audio, begin, id, identity, measuredLegs } from './measured-legs.ts';

/** A leg of two minutes as its agent left it, and all that another needs to end it. */
async function lost(wire: LegOnWire | undefined): Promise<LiveLeg> {
  const { legs, at, call, store } = await measuredLegs();
  at(0);
  await legs.put(id, { ...identity, startedAt: begin, channels: [audio] });
  await call(0, 120);
  const [copy] = await store.liveLegs('here');
  if (copy === undefined) throw new Error('no leg is live');
  return { ...copy, leg: { ...copy.leg, ...(wire && { wire }) } };
}

async function ended(copy: LiveLeg, copiedAt = begin + 125): Promise<EndedLost> {
  const other = await measuredLegs();
  other.at(9000);
  const ends: EndedLost[] = [];
  await other.legs.endLost({ ...copy, copiedAt }, async (each) => ends.push(each) > 0);
  const [end] = ends;
  if (end === undefined) throw new Error('nothing was ended');
  return end;
}

type Report = { readonly quality: { readonly mediaQualityList: readonly Record<string, unknown>[] } };
const qualityOf = (body = '{}') => (JSON.parse(body) as Report).quality.mediaQualityList[0]; // written by `qualityReport`
const reported = ({ owed }: EndedLost) => qualityOf(owed.report?.body);

it.each<{ what: string; wire: LegOnWire | undefined; reason: string; seconds: number }>([
  { what: 'nobody saw any end', wire: undefined, reason: 'agent-lost', seconds: 120 },
  { what: 'its signalling was seen, and no goodbye', wire: { sdp: true }, reason: 'agent-lost', seconds: 120 },
  { what: 'the goodbye came with the last packet', wire: { byeAt: begin + 120 }, reason: 'sip-bye', seconds: 120 },
  { what: 'packets came for a while after it', wire: { byeAt: begin + 102.5 }, reason: 'sip-bye', seconds: 102.5 },
  { what: 'the goodbye came after a silence', wire: { byeAt: begin + 123 }, reason: 'sip-bye', seconds: 123 },
])('a leg whose agent is gone ends with $reason when $what', async ({ wire, reason, seconds }) => {
  const end = await ended(await lost(wire));
  expect(end.leg).toMatchObject({ state: 'ended', endReason: reason, endedAt: begin + seconds });
  expect(reported(end)).toMatchObject({ mediaDuration: `PT${seconds}S` });
});

it.each([102.5, 120, 123])('it is reported with a goodbye after %d s as its own agent would have', async (seconds) => {
  const { legs, at, call, store } = await measuredLegs();
  at(0);
  await legs.put(id, { ...identity, startedAt: begin, channels: [audio] });
  await call(0, 120);
  at(125);
  const own = await legs.end(id, { endedAt: begin + seconds });
  const end = await ended(await lost({ byeAt: begin + seconds }));
  expect(reported(end)).toEqual(qualityOf(own.body));
  expect(end.series).toEqual(await store.series(id));
});

it('a goodbye that was seen before the begin as it was told later ends it with its begin', async () => {
  const end = await ended(await lost({ byeAt: begin - 30 }));
  expect(end.leg).toMatchObject({ endReason: 'sip-bye', endedAt: begin });
});

it.each([86_400, -86_400])('a goodbye by a clock that was set by %d s counts by the time of the leg', async (jump) => {
  const { legs, at, talk, store } = await measuredLegs();
  at(0);
  await legs.put(id, { ...identity, startedAt: begin, channels: [audio] });
  await talk(0, 60, { set: 0, gateway: 0 });
  at(62 + jump);
  await legs.clockSet(jump);
  await talk(60, 120, { set: jump, gateway: jump });
  const [copy] = await store.liveLegs('here');
  if (copy === undefined) throw new Error('no leg is live');
  const told = { ...copy, leg: { ...copy.leg, wire: { byeAt: begin + 110 + jump } } };
  const { leg } = await ended(told, begin + 120 + jump);
  expect(leg.endReason).toBe('sip-bye');
  expect((leg.endedAt ?? 0) - begin).toBeGreaterThanOrEqual(110);
  expect((leg.endedAt ?? 0) - begin).toBeLessThanOrEqual(120);
});
