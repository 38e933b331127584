import { beforeEach, describe, expect, it } from 'vitest';
import type { Measured, Resume, Sink, Source } from '../../src/leg/leg.ts';
import { LiveLegs } from '../../src/leg/legs.ts';
import { NamedLegs } from '../../src/leg/named-legs.ts';
import type { Leg } from '../../src/model/leg.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';

const begin = 1_800_000_000;
const id = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
const found = '11111111-2222-5333-8444-555555555555';
const callId = 'a84b4c76e66710@pc33.example.com';

const sdp = 'v=0\r\no=- 1 1 IN IP4 10.1.0.9\r\ns=-\r\nc=IN IP4 10.1.0.9\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n';

let now = begin;
let store: Store;
let legs: LiveLegs;
let named: NamedLegs;
let sink: Sink;
let followed: { leg: Leg; resume: Resume | undefined }[] = [];

const source: Source = {
  kind: 'capture',
  follow: (leg, resume) => void followed.push({ leg, resume }),
  release: async () => undefined,
};

beforeEach(async () => {
  now = begin;
  followed = [];
  store = sqliteStore({ path: ':memory:', owner: 'here', now: () => now });
  await store.open();
  legs = new LiveLegs({
    store,
    clock: { now: () => now },
    sources: (sinkOf) => {
      sink = sinkOf('capture');
      return [source];
    },
    context: () => ({ owner: 'here', devices: [] }),
    reportOf: () => undefined,
    draftOf: () => undefined,
    slotSeconds: 5,
    idleSeconds: 7200,
    uncontrolledIdleSeconds: 300,
    onQueued: () => undefined,
    log: { info: () => undefined, warn: () => undefined },
  });
  named = new NamedLegs(legs, store);
});

const live = (): readonly string[] => [...legs.all()].map(({ mediaLegId }) => mediaLegId);

/** 250 packets of one inbound stream, in the slot of the leg's begin. */
const measured = (mediaLegId: string): Measured => ({
  mediaLegId,
  streams: [{ streamId: 'wire-1', mediaLegId, source: 'capture', direction: 'inbound', kind: 'audio', ssrc: 1 }],
  intervals: [{ streamId: 'wire-1', startedAt: begin, seconds: 5, coveredSeconds: 5, packets: 250 }],
});

const find = () =>
  named.change(callId, found, () => ({
    patch: { aliases: [callId], deviceAddress: '10.1.0.9' },
    wire: { alone: true, userAgent: 'Cisco/CE11' },
  }));

describe('a leg under an alias', () => {
  it('is begun under an id that the alias alone decides, and keeps that alias', async () => {
    const { leg, created } = await named.putNamed(callId, { gateway: 'gw-1' });
    expect(created).toBe(true);
    expect(leg.mediaLegId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(leg.control).toEqual({ gateway: 'gw-1', aliases: [callId] });
    expect(await named.named(callId)).toBe(leg.mediaLegId);
    const again = await named.putNamed(callId, { aliases: ['conference 7'] });
    expect(again.created).toBe(false);
    expect(again.leg.control.aliases).toEqual(['conference 7', callId]);
    const cleared = await named.putNamed(callId, { aliases: null });
    expect(cleared.leg.control.aliases).toEqual([callId]);
    expect(live()).toEqual([leg.mediaLegId]);
  });

  it('is one leg, however many begin it at once', async () => {
    const puts = await Promise.all([
      named.putNamed(callId, { callChainId: id }),
      find(),
      named.putNamed(callId, { participantId: id }),
      named.putNamed(callId, { deviceUri: 'sip:room@example.com' }),
    ]);
    expect(new Set(puts.map((put) => put?.leg.mediaLegId)).size).toBe(1);
    expect(live()).toHaveLength(1);
    const [leg] = legs.all();
    expect(leg?.control).toMatchObject({ callChainId: id, participantId: id, deviceAddress: '10.1.0.9' });
  });

  it('is the one that was told of by its own id', async () => {
    await named.put(id, { aliases: [callId] });
    expect((await named.putNamed(callId, { callChainId: id })).leg.mediaLegId).toBe(id);
    expect((await find())?.leg.mediaLegId).toBe(id);
    expect(live()).toEqual([id]);
  });

  it('is reached by it after its end, and the live one goes before', async () => {
    await named.put(id, { aliases: [callId] });
    now += 60;
    await named.end(id, {});
    expect(await named.named(callId)).toBe(id);
    const late = await named.putNamed(callId, { callChainId: found });
    expect(late.leg).toMatchObject({ mediaLegId: id, state: 'ended', control: { callChainId: found } });
    await named.put(found, { aliases: [callId] });
    expect(await named.named(callId)).toBe(found);
  });

  it('is the newest, where a gateway gave an alias to several', async () => {
    await named.put(id, { aliases: ['room'], startedAt: begin - 10 });
    await named.put(found, { aliases: ['room'], startedAt: begin - 5 });
    expect(named.liveNamed('room')?.mediaLegId).toBe(found);
  });

  it('is unknown where nobody told of it', async () => {
    await expect(named.named('nobody')).rejects.toMatchObject({ code: 'LEG_UNKNOWN' });
  });

  it('waits for no turn that waits for it: aliases in any order', async () => {
    const both = [
      named.put(id, { aliases: ['a', 'b'] }),
      named.putNamed('b', { aliases: ['a'] }),
      named.putNamed('a', { aliases: ['b'] }),
    ];
    await expect(Promise.all(both)).resolves.toHaveLength(3);
    expect(live()).toEqual([id]);
  });
});

describe('a leg that was found on the wire', () => {
  it('is controlled from the first word of the control API on', async () => {
    await find();
    expect([...legs.all()][0]?.wire).toEqual({ alone: true, userAgent: 'Cisco/CE11' });
    const { leg } = await named.putNamed(callId, { callChainId: id });
    expect(leg).toMatchObject({ mediaLegId: found, device: { name: 'Cisco/CE11' } });
    expect(leg.wire).toEqual({ userAgent: 'Cisco/CE11' });
  });

  it('goes on as the leg that the gateway tells of under an id of its own, with all that was measured', async () => {
    await find();
    sink.measured(measured(found));
    now += 7;
    const { leg } = await named.put(id, { aliases: [callId], gateway: 'gw-1' });
    expect(leg).toMatchObject({
      mediaLegId: id,
      startedAt: begin,
      device: { name: 'Cisco/CE11' },
      control: { aliases: [callId], gateway: 'gw-1', deviceAddress: '10.1.0.9' },
    });
    expect(leg.wire?.alone).toBeUndefined();
    expect(live()).toEqual([id]);
    expect(followed.at(-1)).toMatchObject({ leg: { mediaLegId: id }, resume: { at: begin + 7 } });
    const { channels } = await named.view(id);
    expect(channels[0]?.figures.inboundPackets).toMatchObject({ value: 250 });
    const old = await store.leg({ mediaLegId: found });
    expect(old).toMatchObject({ state: 'ended', endReason: 'replaced', delivery: { reason: 'discarded' } });
    expect(old?.control.aliases).toBeUndefined();
    now += 60;
    await named.end(id, {});
    expect(await named.named(callId)).toBe(id);
    const late = await named.putNamed(callId, { callChainId: id });
    expect(late).toMatchObject({ created: false, leg: { mediaLegId: id, control: { callChainId: id } } });
    expect((await named.view(id)).channels[0]?.figures.inboundPackets).toMatchObject({ value: 250 });
  });

  it('adds what the gateway did not tell to a leg that it began before it knew the Call-ID', async () => {
    await named.put(id, { deviceAddress: '192.0.2.1', sdp: { local: sdp }, startedAt: begin - 4 });
    await named.change(callId, found, () => ({
      patch: { aliases: [callId], deviceAddress: '10.1.0.9', deviceUri: 'sip:room@example.com', sdp: { remote: sdp } },
      wire: { alone: true, sdp: true },
    }));
    const { leg } = await named.put(id, { aliases: [callId] });
    expect(leg.startedAt).toBe(begin - 4);
    expect(leg.control).toMatchObject({ deviceAddress: '192.0.2.1', deviceUri: 'sip:room@example.com' });
    expect(leg.control.sdp).toEqual({ local: sdp });
    expect(leg.wire).toEqual({});
    expect(live()).toEqual([id]);
  });

  it('stays what it is for a gateway that uses the same id', async () => {
    await find();
    const { leg, created } = await named.put(found, { aliases: [callId] });
    expect({ created, mediaLegId: leg.mediaLegId }).toEqual({ created: false, mediaLegId: found });
    expect((await store.leg({ mediaLegId: found }))?.state).toBe('live');
  });

  it('ends when its last packet came, not when that was told', async () => {
    await find();
    sink.measured(measured(found));
    now = begin + 12;
    sink.measured(measured(found));
    legs.heard(found, begin + 3);
    now = begin + 305;
    await legs.tick();
    expect(await store.leg({ mediaLegId: found })).toMatchObject({ endReason: 'idle', endedAt: begin + 5 });
    await named.put(id, { gateway: 'gw-1' });
    now = begin + 400;
    legs.heard(id, begin + 390);
    await named.reconcile('gw-1', []);
    expect(await store.leg({ mediaLegId: id })).toMatchObject({ endReason: 'gateway-restart', endedAt: begin + 390 });
  });

  it('ends after five minutes without a sign of life, one that is controlled after two hours', async () => {
    await find();
    await named.put(id, { aliases: ['other'] });
    legs.heard(found, now);
    now += 299;
    await legs.tick();
    expect(live()).toEqual([found, id]);
    legs.heard(found, now);
    now += 299;
    await legs.tick();
    expect(live()).toEqual([found, id]);
    now += 1;
    await legs.tick();
    expect(live()).toEqual([id]);
    expect(await store.leg({ mediaLegId: found })).toMatchObject({ endReason: 'idle', endedAt: begin + 299 });
    now = begin + 7200;
    await legs.tick();
    expect(live()).toEqual([]);
  });
});

describe('reconcile', () => {
  const other = '22222222-2222-4222-8222-222222222222';

  it('ends the legs of a gateway that do not go on, when they were last heard of', async () => {
    await named.put(id, { gateway: 'gw-1', aliases: [callId] });
    await named.put(found, { gateway: 'gw-1' });
    await named.put(other, { gateway: 'gw-2' });
    now += 30;
    expect(await named.reconcile('gw-1', [callId, 'nobody'])).toEqual({ ended: [found], unknown: ['nobody'] });
    expect(live()).toEqual([id, other]);
    expect(await store.leg({ mediaLegId: found })).toMatchObject({ endReason: 'gateway-restart', endedAt: begin });
  });

  it('takes ids of any case, and ends nothing twice', async () => {
    await named.put(id, { gateway: 'gw-1' });
    expect(await named.reconcile('gw-1', [id.toUpperCase()])).toEqual({ ended: [], unknown: [] });
    expect(await named.reconcile('gw-1', [])).toEqual({ ended: [id], unknown: [] });
    expect(await named.reconcile('gw-1', [id])).toEqual({ ended: [], unknown: [id] });
  });

  it('leaves a gateway alone that has no legs', async () => {
    await named.put(id, {});
    expect(await named.reconcile('gw-9', [])).toEqual({ ended: [], unknown: [] });
    expect(live()).toEqual([id]);
  });
});
