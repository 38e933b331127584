import { beforeEach, describe, expect, it } from 'vitest';
import { FoundCalls } from '../../src/daemon/found-calls.ts';
import { LiveLegs } from '../../src/leg/legs.ts';
import { NamedLegs } from '../../src/leg/named-legs.ts';
import type { FoundCall } from '../../src/source/capture/messages.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';

const begin = 1_800_000_000;
const id = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
const mediaLegId = '11111111-2222-5333-8444-555555555555';
const callId = 'a84b4c76e66710@pc33.example.com';

const sdpOf = (address: string, port: number): string =>
  `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;

const call: FoundCall = {
  mediaLegId,
  callId,
  answeredAt: begin,
  at: begin,
  deviceAddress: '10.1.0.9',
  deviceUri: 'sip:boardroom@example.com',
  deviceName: 'TANDBERG/529 (TC7.3)',
  sdp: { local: sdpOf('10.9.0.1', 40_000), remote: sdpOf('10.1.0.9', 2000) },
};

let now = begin;
let store: Store;
let legs: LiveLegs;
let named: NamedLegs;
let found: FoundCalls;
let warnings: string[] = [];
const log = { info: () => undefined, warn: (_: object, message: string) => warnings.push(message) };

beforeEach(async () => {
  now = begin + 1;
  warnings = [];
  store = sqliteStore({ path: ':memory:', owner: 'here', now: () => now });
  await store.open();
  run();
});

/** A run of the agent on what the one before left on disk, if that was killed. */
function run(): void {
  legs = new LiveLegs({
    store,
    clock: { now: () => now },
    sources: () => [],
    context: () => ({ owner: 'here', devices: [] }),
    reportOf: () => undefined,
    draftOf: () => undefined,
    slotSeconds: 5,
    idleSeconds: 7200,
    uncontrolledIdleSeconds: 300,
    onQueued: () => undefined,
    log,
  });
  named = new NamedLegs(legs, store);
  found = new FoundCalls(legs, named, log);
}

const take = (change: Partial<FoundCall> = {}) => found.take({ kind: 'call', call: { ...call, ...change } });
const live = () => [...legs.all()];
const stored = (leg: string) => store.leg({ mediaLegId: leg });

describe('a call on the wire that nobody told of', () => {
  it('becomes a leg from its answer on, with device, descriptions and Call-ID', async () => {
    await take();
    expect(live()).toHaveLength(1);
    expect(live()[0]).toMatchObject({
      mediaLegId,
      startedAt: begin,
      wire: { alone: true, sdp: true, userAgent: 'TANDBERG/529 (TC7.3)' },
      device: { name: 'TANDBERG/529 (TC7.3)', description: 'sip:boardroom@example.com' },
      control: { aliases: [callId], deviceAddress: '10.1.0.9', sdp: call.sdp },
      channels: [{ media: 'audio', channelIndex: 1, told: 'sdp', local: { address: '10.9.0.1', port: 40_000 } }],
    });
    expect(live()[0]?.channels[0]?.spells).toEqual([{ from: begin, direction: 'sendrecv' }]);
  });

  it('takes newer descriptions', async () => {
    await take();
    now = begin + 20;
    await take({ at: begin + 19, sdp: { ...call.sdp, local: sdpOf('10.9.0.1', 40_010) } });
    expect(live()[0]?.channels[0]?.local).toEqual({ address: '10.9.0.1', port: 40_010 });
  });

  it('ends with its BYE', async () => {
    await take();
    now = begin + 61;
    await take({ endedAt: begin + 60 });
    expect(live()).toEqual([]);
    expect(await stored(mediaLegId)).toMatchObject({ state: 'ended', endedAt: begin + 60, endReason: 'sip-bye' });
  });

  it('is begun and ended where both are told at once, and told again changes nothing', async () => {
    now = begin + 61;
    await take({ endedAt: begin + 60 });
    await take({ endedAt: begin + 60 });
    await take();
    expect(live()).toEqual([]);
    expect(await stored(mediaLegId)).toMatchObject({ startedAt: begin, endedAt: begin + 60, revision: 2 });
    expect(warnings).toEqual([]);
  });

  it('is none where only its BYE was seen', async () => {
    await take({ endedAt: begin, sdp: {} });
    expect(await stored(mediaLegId)).toBeUndefined();
  });

  it('ends when its streams said goodbye and no dialog of it is known, as after a restart', async () => {
    await take();
    found = new FoundCalls(legs, named, log);
    now = begin + 31;
    await found.take({ kind: 'bye', mediaLegId, at: begin + 30 });
    expect(await stored(mediaLegId)).toMatchObject({ endedAt: begin + 30, endReason: 'rtcp-bye' });
    await found.take({ kind: 'bye', mediaLegId, at: begin + 30 });
    expect(warnings).toEqual([]);
  });

  it('goes on when its streams say goodbye while its dialog is up: on hold they do', async () => {
    await take();
    now = begin + 31;
    await found.take({ kind: 'bye', mediaLegId, at: begin + 30 });
    await found.tick(now);
    await found.take({ kind: 'bye', mediaLegId, at: begin + 30 });
    expect(live()).toHaveLength(1);
    await take({ endedAt: begin + 31 });
    expect(await stored(mediaLegId)).toMatchObject({ endedAt: begin + 31, endReason: 'sip-bye' });
  });

  it('keeps its begin when the reader comes to know its dialog later, as after a restart', async () => {
    await take();
    now = begin + 600;
    await take({ mediaLegId: id, joined: true, answeredAt: begin + 599, at: begin + 599 });
    await take({ mediaLegId: id, answeredAt: begin + 599, at: begin + 599 });
    expect(live()).toMatchObject([{ mediaLegId, startedAt: begin }]);
    expect(live()[0]?.channels[0]?.spells).toEqual([{ from: begin, direction: 'sendrecv' }]);
  });

  it('ends with a BYE of which the dialog is not known', async () => {
    await take();
    now = begin + 600;
    const bye = { mediaLegId: id, joined: true, answeredAt: begin + 599, at: begin + 599, sdp: {} } as const;
    await take({ ...bye, endedAt: begin + 599 });
    expect(await stored(mediaLegId)).toMatchObject({ startedAt: begin, endedAt: begin + 599, endReason: 'sip-bye' });
    expect(await stored(id)).toBeUndefined();
  });

  it('is given up where no packet of it comes within half a minute', async () => {
    await take();
    now = begin + 30.9;
    await legs.tick();
    expect(live()).toHaveLength(1);
    now = begin + 31;
    await legs.tick();
    expect(await stored(mediaLegId)).toMatchObject({ endReason: 'no-media', delivery: { reason: 'discarded' } });
  });

  it('is begun again if it goes on after it was given up, and not by its BYE', async () => {
    await take();
    now = begin + 40;
    await legs.tick();
    await take({ at: begin + 39, endedAt: begin + 39 });
    expect(live()).toEqual([]);
    await take({ at: begin + 39 });
    const [again] = live();
    expect(again).toMatchObject({ startedAt: begin, wire: { alone: true }, control: { aliases: [callId] } });
    expect(again?.mediaLegId).not.toBe(mediaLegId);
    legs.heard(again?.mediaLegId ?? '', now);
    now = begin + 100;
    await legs.tick();
    await take({ at: begin + 99, endedAt: begin + 99 });
    expect(await stored(again?.mediaLegId ?? '')).toMatchObject({ endReason: 'sip-bye', endedAt: begin + 99 });
  });

  it('makes room for another where there are too many without media', async () => {
    const other = (index: number): Partial<FoundCall> => ({
      callId: `call ${index}`,
      mediaLegId: `00000000-0000-5000-8000-${String(index).padStart(12, '0')}`,
    });
    await take();
    legs.heard(mediaLegId, now);
    for (let index = 0; index < 505; index++) await take(other(index));
    expect(live()).toHaveLength(501);
    expect(live().map((leg) => leg.mediaLegId)).toContain(mediaLegId);
    expect(await stored(other(4).mediaLegId ?? '')).toMatchObject({ endReason: 'no-media' });
    expect(await stored(other(5).mediaLegId ?? '')).toMatchObject({ state: 'live' });
    await Promise.all(Array.from({ length: 1200 }, (_, index) => take(other(1000 + index))));
    expect(live().length).toBeLessThan(1100);
  });

  it('is another leg when its Call-ID comes again later, with other tags', async () => {
    await take({ endedAt: begin + 1 });
    now = begin + 101;
    await take({ mediaLegId: id, answeredAt: begin + 100, at: begin + 100 });
    expect(live().map((leg) => leg.mediaLegId)).toEqual([id]);
  });

  it('is only logged where it cannot be written', async () => {
    await take({ at: begin + 3600 });
    expect(warnings).toEqual(['a call on the wire could not be taken']);
    await take();
    expect(live()).toHaveLength(1);
  });
});

describe('a call on the wire that somebody controls', () => {
  it('adds to the leg of that alias what nobody told', async () => {
    now = begin - 5;
    await named.put(id, { aliases: [callId], deviceUri: 'sip:room@example.com' });
    now = begin + 1;
    await take();
    expect(live()).toHaveLength(1);
    expect(live()[0]).toMatchObject({
      mediaLegId: id,
      startedAt: begin,
      control: { deviceUri: 'sip:room@example.com', deviceAddress: '10.1.0.9', sdp: call.sdp },
      wire: { sdp: true, userAgent: 'TANDBERG/529 (TC7.3)' },
    });
    expect(live()[0]?.wire?.alone).toBeUndefined();
  });

  it('leaves the descriptions that control told, also where newer ones pass', async () => {
    const own = { local: sdpOf('10.9.0.1', 50_000) };
    await take();
    await named.putNamed(callId, { sdp: own });
    await take({ at: begin + 1, sdp: { local: sdpOf('10.9.0.1', 60_000) } });
    expect(live()[0]?.control.sdp?.local).toBe(own.local);
  });

  it('takes the word of control about its begin', async () => {
    await named.put(id, { aliases: [callId], startedAt: begin - 0.4 });
    await take();
    expect(live()[0]?.startedAt).toBe(begin - 0.4);
  });

  it('does not move the begin of a leg that goes on with a call of before', async () => {
    now = begin + 30;
    await named.put(id, { aliases: [callId], startedAt: begin + 29 });
    await take();
    expect(live()[0]?.startedAt).toBe(begin + 29);
  });

  it('does not begin anew when control ended the leg and the call goes on', async () => {
    await take();
    now = begin + 20;
    await named.end(mediaLegId, {});
    await take({ at: begin + 19 });
    expect(live()).toEqual([]);
  });

  it('lets control end it within five seconds of the BYE, and ends it then', async () => {
    await named.put(id, { aliases: [callId], startedAt: begin });
    now = begin + 60;
    await take({ endedAt: begin + 60 });
    await found.tick(begin + 64);
    expect(live()).toHaveLength(1);
    await found.tick(begin + 65);
    expect(await stored(id)).toMatchObject({ state: 'ended', endedAt: begin + 60, endReason: 'sip-bye' });
    await found.tick(begin + 70);
    expect(warnings).toEqual([]);
  });

  it('ends at once when the agent stops in these five seconds', async () => {
    await named.put(id, { aliases: [callId], startedAt: begin });
    now = begin + 62;
    await take({ endedAt: begin + 60 });
    await found.settle();
    expect(await stored(id)).toMatchObject({ state: 'ended', endedAt: begin + 60, endReason: 'sip-bye' });
    await found.tick(begin + 70);
    expect(warnings).toEqual([]);
  });

  describe('whose agent is killed after its BYE', () => {
    const told = { aliases: [callId], startedAt: begin, callChainId: id };

    beforeEach(async () => {
      await named.put(id, told);
      await take();
      now = begin + 60.5;
      await take({ endedAt: begin + 60 });
    });

    it('is ended by the next run as the BYE said, however long nobody was there', async () => {
      run();
      await legs.recover();
      now = begin + 10_000;
      await found.tick(now);
      await legs.tick();
      expect(await stored(id)).toMatchObject({ state: 'ended', endedAt: begin + 60, endReason: 'sip-bye' });
      expect(warnings).toEqual([]);
    });

    it('leaves the end to control for the rest of the five seconds', async () => {
      run();
      await legs.recover();
      await found.tick(begin + 62);
      expect(live()).toHaveLength(1);
      now = begin + 63;
      await named.end(id, { reason: 'hung-up', endedAt: begin + 59.9 });
      await found.tick(begin + 66);
      expect(await stored(id)).toMatchObject({ endedAt: begin + 59.9, endReason: 'hung-up' });
    });

    it('remembers it also where control told more in between, and keeps what that told', async () => {
      await named.put(id, { participantId: mediaLegId });
      run();
      await legs.recover();
      now = begin + 70;
      await found.tick(now);
      expect(await stored(id)).toMatchObject({
        endedAt: begin + 60,
        control: { ...told, participantId: mediaLegId },
        wire: { sdp: true, userAgent: 'TANDBERG/529 (TC7.3)' },
      });
    });

    it('ends it at once when the next run stops before its first tick', async () => {
      run();
      await legs.recover();
      await found.settle();
      expect(await stored(id)).toMatchObject({ endedAt: begin + 60, endReason: 'sip-bye' });
    });
  });

  it('is tried again where its end by the BYE could not be written', async () => {
    await named.put(id, { aliases: [callId], startedAt: begin });
    now = begin + 61;
    await take({ endedAt: begin + 60 });
    const endLeg = store.endLeg.bind(store);
    Object.assign(store, { endLeg: () => Promise.reject(new Error('disk full')) });
    await found.tick(begin + 66);
    expect(warnings).toEqual(['a leg could not be ended by its BYE']);
    Object.assign(store, { endLeg });
    await found.tick(begin + 71);
    expect(await stored(id)).toMatchObject({ endedAt: begin + 60, endReason: 'sip-bye' });
  });

  it('does not begin later when the reader comes to know its dialog later', async () => {
    now = begin - 5;
    await named.put(id, { aliases: [callId] });
    now = begin + 600;
    await take({ joined: true, answeredAt: begin + 599, at: begin + 599 });
    expect(live()[0]?.startedAt).toBe(begin - 5);
  });

  it('keeps the word of the control API about its end', async () => {
    await named.put(id, { aliases: [callId], startedAt: begin });
    now = begin + 61;
    await take({ endedAt: begin + 60 });
    await named.end(id, { report: false });
    await found.tick(begin + 70);
    expect(await stored(id)).toMatchObject({ endReason: 'ended', delivery: { reason: 'discarded' } });
  });

  it('does not end when only its streams say goodbye', async () => {
    await take();
    await named.putNamed(callId, { callChainId: id });
    await found.take({ kind: 'bye', mediaLegId, at: begin + 1 });
    expect(live()).toHaveLength(1);
  });
});
