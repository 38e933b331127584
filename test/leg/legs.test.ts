import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Resume, Sink, Source } from '../../src/leg/leg.ts';
import { LiveLegs } from '../../src/leg/legs.ts';
import { OtherlegError } from '../../src/model/error.ts';
import type { Interval, Stream } from '../../src/model/interval.ts';
import type { Leg } from '../../src/model/leg.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';

const id = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
const call = '0622673d-9f69-49b3-9d4f-5ec64f42ecce';
const participant = 'ea078406-b5d4-4d3c-b85e-90103dcec7f6';
const tenant = '00000000-0000-0000-0000-000000000001';
const begin = 1_700_000_000;

/** A source that says what a test tells it to say. */
class ScriptedSource implements Source {
  readonly kind = 'getstats';
  readonly followed = new Map<string, Leg>();
  readonly resumed = new Map<string, Resume>();
  readonly #sink: Sink;
  lastWords: readonly Interval[] = [];

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  follow(leg: Leg, resume?: Resume): void {
    this.followed.set(leg.mediaLegId, leg);
    if (resume) this.resumed.set(leg.mediaLegId, resume);
  }

  async release(mediaLegId: string): Promise<void> {
    if (this.followed.delete(mediaLegId)) this.say(mediaLegId, this.lastWords);
  }

  say(mediaLegId: string, intervals: readonly Interval[]): void {
    const streams = [stream(mediaLegId, 'inbound'), stream(mediaLegId, 'outbound')];
    this.#sink.measured({ mediaLegId, streams, intervals, cursor: new Uint8Array([intervals.length]) });
  }
}

const stream = (mediaLegId: string, direction: 'inbound' | 'outbound'): Stream => ({
  streamId: `${mediaLegId}/${direction}/1`,
  mediaLegId,
  source: 'getstats',
  direction,
  kind: 'audio',
  ssrc: direction === 'inbound' ? 1 : 2,
});

const slot = (startedAt: number, lost: number, direction: 'inbound' | 'outbound' = 'inbound'): Interval => ({
  streamId: `${id}/${direction}/1`,
  startedAt,
  seconds: 5,
  coveredSeconds: 5,
  packets: 250 - lost,
  loss: { origin: 'observed', lost, of: 250, unit: 'packets' },
});

let folder = '';
let now = begin;
let store: Store;
let source: ScriptedSource;
let legs: LiveLegs;
let queued = 0;

function build(given: Store): LiveLegs {
  return new LiveLegs({
    store: given,
    clock: { now: () => now },
    sources: (sinkOf) => {
      source = new ScriptedSource(sinkOf('getstats'));
      return [source];
    },
    context: () => ({ owner: 'here', devices: [], defaultTenantId: tenant }),
    reportOf: (leg, channels) =>
      leg.control.callChainId && leg.control.participantId
        ? JSON.stringify({
            tenant: leg.tenantId,
            channels: channels.map(({ figures }) => figures.averageInboundPacketLossRateInPercentage),
          })
        : undefined,
    draftOf: (leg, channels) => JSON.stringify({ draft: leg.mediaLegId, channels: channels.length }),
    slotSeconds: 5,
    idleSeconds: 7200,
    uncontrolledIdleSeconds: 300,
    onQueued: () => {
      queued += 1;
    },
    log: { info: () => undefined, warn: () => undefined },
  });
}

const newStore = (): Store => sqliteStore({ path: join(folder, 'otherleg.db'), owner: 'here', now: () => now });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'otherleg-legs-'));
  now = begin;
  queued = 0;
  store = newStore();
  await store.open();
  legs = build(store);
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const audio = { channels: [{ media: 'audio' as const, channelIndex: 1 }] };
const identity = { callChainId: call, participantId: participant };

async function measure(seconds: number): Promise<void> {
  for (let at = now; at < begin + seconds; at += 5) {
    now = at + 5;
    source.say(id, [slot(at, at === begin ? 25 : 0), slot(at, 0, 'outbound')]);
    await legs.tick();
  }
}

describe('a leg from begin to end', () => {
  it('is begun, changed by several, measured, ended and owed', async () => {
    expect((await legs.put(id, { callChainId: call, ...audio })).created).toBe(true);
    const { leg, created } = await legs.put(id, { participantId: participant, device: { name: 'SX80' } });
    expect(created).toBe(false);
    expect(leg).toMatchObject({
      revision: 2,
      tenantId: tenant,
      device: { name: 'SX80', description: '-' },
      control: identity,
    });
    await measure(60);
    const ended = await legs.end(id, { reason: 'hangup' });
    expect(ended.delivery.state).toBe('queued');
    expect(queued).toBe(1);
    const [loss] = JSON.parse(ended.body ?? '').channels;
    expect(loss).toMatchObject({ value: 25 / 3000, origin: 'observed', coverage: 1 });
    expect((await store.report(id))?.body).toBe(ended.body);
    expect(await store.leg({ mediaLegId: id })).toMatchObject({
      state: 'ended',
      endedAt: begin + 60,
      endReason: 'hangup',
    });
    expect(await legs.end(id, {})).toEqual(ended);
    expect((await legs.view(id)).channels[0]?.mediaDuration).toBeCloseTo(60, 6);
    expect(legs.liveCount).toBe(0);
  });

  it('takes the last words of its source with it', async () => {
    await legs.put(id, { ...identity, ...audio });
    await measure(10);
    source.lastWords = [slot(begin + 10, 250)];
    now = begin + 15;
    const { body } = await legs.end(id, {});
    expect(JSON.parse(body ?? '').channels[0]).toMatchObject({ value: 275 / 750 });
  });

  it('shows its figures while it runs', async () => {
    await legs.put(id, { ...identity, ...audio });
    source.say(id, [slot(begin, 5)]);
    now = begin + 5;
    const { channels } = await legs.view(id);
    expect(channels[0]?.figures.averageInboundPacketLossRateInPercentage).toMatchObject({ value: 0.02 });
  });

  it('without channels is nothing measured; discarded is never sent', async () => {
    await legs.put(id, identity);
    expect((await legs.end(id, {})).delivery).toMatchObject({ state: 'none', reason: 'nothing-measured' });
    const other = id.replace('bd', 'ab');
    await legs.put(other, { ...identity, ...audio });
    expect((await legs.end(other, { report: false })).delivery).toMatchObject({ state: 'none', reason: 'discarded' });
    await legs.put(other, { callChainId: participant });
    expect((await store.leg({ mediaLegId: other }))?.delivery).toMatchObject({ state: 'none', reason: 'discarded' });
    expect(queued).toBe(0);
  });

  it('ends by itself when nobody is heard of any more, at the last sign of life', async () => {
    await legs.put(id, { ...identity, ...audio });
    await measure(10);
    now = begin + 10 + 7199;
    await legs.tick();
    expect(legs.liveCount).toBe(1);
    now = begin + 10 + 7200;
    await legs.tick();
    expect(await store.leg({ mediaLegId: id })).toMatchObject({ state: 'ended', endReason: 'idle' });
    expect((await store.leg({ mediaLegId: id }))?.endedAt).toBe(begin + 10);
  });
});

describe('identifiers that come late', () => {
  it('make a waiting report go out', async () => {
    await legs.put(id, audio);
    await measure(10);
    const { delivery, body } = await legs.end(id, {});
    expect(delivery.state).toBe('waiting');
    expect(body).toBe(JSON.stringify({ draft: id, channels: 1 }));
    expect(await legs.body(id)).toBe(body);
    await legs.put(id, { callChainId: call });
    expect(await store.report(id)).toBeUndefined();
    const { leg } = await legs.put(id, { participantId: participant });
    expect(leg.delivery.state).toBe('queued');
    expect(JSON.parse((await store.report(id))?.body ?? '').channels[0]).toMatchObject({ value: 25 / 500 });
    expect(queued).toBe(1);
  });

  it('and the right tenant make a refused one go out again', async () => {
    await legs.put(id, { ...identity, ...audio });
    await measure(10);
    await legs.end(id, {});
    const [claimed] = await store.claimReports({ owner: 'here', now, limit: 1, leaseSeconds: 60, heldTenants: [] });
    await store.settleReport(id, claimed?.fence ?? 0, {
      kind: 'refused',
      at: now,
      trace: { status: 403, code: '7505' },
    });
    expect((await legs.view(id)).leg.delivery).toMatchObject({ state: 'refused' });
    const right = '00000000-0000-0000-0000-000000000002';
    expect((await legs.put(id, { tenantId: right })).leg.delivery.state).toBe('queued');
    expect(await store.report(id)).toMatchObject({ tenantId: right });
  });

  it('stay findable after a change', async () => {
    await legs.put(id, { ...identity, ...audio, aliases: ['call-1'] });
    await legs.put(id, { callChainId: participant });
    const found = await store.legs({ identifier: call, limit: 5 });
    expect(found.items.map(({ mediaLegId }) => mediaLegId)).toEqual([id]);
    expect((await store.leg({ alias: 'call-1' }))?.mediaLegId).toBe(id);
  });
});

describe('bad input', () => {
  it.each([
    ['an end without a beginning', () => legs.end(call, {}), 'LEG_UNKNOWN'],
    ['a look at an unknown leg', () => legs.view(call), 'LEG_UNKNOWN'],
    ['statistics of an unknown leg', () => legs.live(call), 'LEG_UNKNOWN'],
    ['an end before the begin', () => legs.end(id, { endedAt: begin - 1 }), 'BODY_INVALID'],
    ['a begin in the future', () => legs.put(id, { startedAt: begin + 3600 }), 'BODY_INVALID'],
    ['an SDP that is none', () => legs.put(id, { sdp: { local: 'hello' } }), 'SDP_INVALID'],
  ])('%s is refused, and the leg goes on', async (_, act, code) => {
    await legs.put(id, { ...identity, ...audio });
    await measure(10);
    await expect(act()).rejects.toMatchObject({ code });
    now += 5;
    const { body } = await legs.end(id, {});
    expect(JSON.parse(body ?? '').channels[0]).toMatchObject({ value: 25 / 500 });
  });

  it('for a leg that has ended says so', async () => {
    await legs.put(id, { ...identity, ...audio });
    await legs.end(id, {});
    await expect(legs.live(id)).rejects.toMatchObject({ code: 'LEG_ENDED' });
  });
});

describe('an agent that dies', () => {
  it('goes on with the leg, its figures and the cursor of its source', async () => {
    await legs.put(id, { ...identity, ...audio });
    await measure(30);
    await store.close(); // as after a crash: nobody stopped the legs
    store = newStore();
    await store.open();
    legs = build(store);
    expect(await legs.recover()).toBe(1);
    expect(source.followed.get(id)?.control).toMatchObject(identity);
    const resumed = source.resumed.get(id);
    expect([...(resumed?.cursor ?? [])]).toEqual([2]);
    expect(resumed?.series.intervals).toHaveLength(12);
    now = begin + 35;
    source.say(id, [slot(begin + 30, 25)]);
    const { body } = await legs.end(id, {});
    expect(JSON.parse(body ?? '').channels[0]).toMatchObject({ value: 50 / 1750 });
    expect((await legs.view(id)).channels[0]?.mediaDuration).toBeCloseTo(35, 6);
  });

  it('whose disk is full at the end refuses the end, and takes it when there is room', async () => {
    let full = false;
    const endLeg = store.endLeg.bind(store);
    store.endLeg = (leg, owed) =>
      full ? Promise.reject(new OtherlegError('STORE_FAILED', 'disk full')) : endLeg(leg, owed);
    await legs.put(id, { ...identity, ...audio });
    await measure(10);
    full = true;
    await expect(legs.end(id, {})).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(legs.liveCount).toBe(1);
    full = false;
    const ended = await legs.end(id, {});
    expect(ended.delivery.state).toBe('queued');
    expect(JSON.parse(ended.body ?? '').channels[0]).toMatchObject({ value: 25 / 500 });
  });
});
