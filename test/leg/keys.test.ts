import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyRing } from '../../src/leg/key-ring.ts';
import type { LegPatch, Sink, Source } from '../../src/leg/leg.ts';
import { LiveLegs } from '../../src/leg/legs.ts';
import type { Interval, Stream } from '../../src/model/interval.ts';
import type { Leg, LegKey } from '../../src/model/leg.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';

const id = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
const begin = 1_700_000_000;
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const keyOf = (seed: number): string => Buffer.alloc(30, `key ${seed} of a secret call`).toString('base64');
const sdp = (address: string, seed: number): string =>
  [
    ...['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', 'm=audio 2000 RTP/SAVP 0'],
    ...[`a=crypto:1 ${SUITE} inline:${keyOf(seed)}|2^31|1:1`, ''],
  ].join('\r\n');

/** A source that measures nothing and keeps what keys the ring had when it was told of a leg. */
class KeySource implements Source {
  readonly kind = 'capture';
  readonly seen: (readonly LegKey[])[] = [];
  readonly #ring: KeyRing;
  readonly #sink: Sink;

  constructor(ring: KeyRing, sink: Sink) {
    this.#ring = ring;
    this.#sink = sink;
  }

  follow(leg: Leg): void {
    this.seen.push(this.#ring.of(leg.mediaLegId));
  }

  async release(): Promise<void> {}

  say(streams: readonly Stream[], intervals: readonly Interval[]): void {
    this.#sink.measured({ mediaLegId: id, streams, intervals });
  }
}

type Agent = { readonly legs: LiveLegs; readonly ring: KeyRing; readonly source: KeySource; readonly store: Store };

let folder = '';
let now = begin;
let agent: Agent;
let logged: unknown[] = [];

async function started(): Promise<Agent> {
  const store = sqliteStore({ path: join(folder, 'otherleg.db'), owner: 'here', now: () => now });
  await store.open();
  const ring = new KeyRing();
  const sources: KeySource[] = [];
  const log = (...said: unknown[]): unknown => logged.push(said);
  const legs = new LiveLegs({
    store,
    clock: { now: () => now },
    sources: (sinkOf) => {
      sources.push(new KeySource(ring, sinkOf('capture')));
      return sources;
    },
    context: () => ({ owner: 'here', devices: [] }),
    reportOf: (leg, channels) => JSON.stringify({ leg, channels }),
    draftOf: (leg, channels) => JSON.stringify({ leg, channels }),
    slotSeconds: 5,
    idleSeconds: 7200,
    uncontrolledIdleSeconds: 300,
    onQueued: () => undefined,
    keys: ring,
    log: { info: log, warn: log },
  });
  await legs.recover();
  const [source] = sources;
  if (source === undefined) throw new Error('no source');
  return { legs, ring, source, store };
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'otherleg-keys-'));
  now = begin;
  logged = [];
  agent = await started();
});

afterEach(async () => {
  await agent.store.close();
  rmSync(folder, { recursive: true });
});

/** Everything that anybody could read of the agent: its files while it runs, its log, and what it answers. */
async function readable(): Promise<string> {
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('latin1'));
  const view = await agent.legs.view(id);
  const told = [view.leg, view.channels, view.series, await agent.legs.body(id), logged];
  return `${files.join('\n')}\n${JSON.stringify(told)}`;
}

const directions = (keys: readonly LegKey[] = []): readonly string[] =>
  keys.map(({ direction, key, channel, mLine }) => `${direction} ${channel ?? mLine} ${key.replace(/\|.*/, '')}`);

const both: LegPatch = {
  sdp: { local: sdp('10.0.0.1', 1), remote: sdp('10.1.0.1', 2) },
  channels: [{ media: 'audio', channelIndex: 1 }],
  keys: [{ media: 'audio', channelIndex: 1, crypto: [{ direction: 'inbound', suite: SUITE, key: keyOf(3) }] }],
};

describe('the keys of a leg', () => {
  it('reach the sources, and nothing that anybody could read', async () => {
    const { leg } = await agent.legs.put(id, both);
    const expected = [`inbound audio/1 ${keyOf(3)}`, `outbound 0 ${keyOf(1)}`, `inbound 0 ${keyOf(2)}`];
    expect(directions(agent.source.seen[0])).toEqual(expected);
    now += 10;
    await agent.legs.tick();
    await agent.legs.put(id, { aliases: ['x'] });
    expect(directions(agent.source.seen[1])).toEqual(expected);
    const whileLive = await readable();
    await agent.legs.end(id, {});
    const text = `${JSON.stringify(leg)}${whileLive}${await readable()}`;
    for (const seed of [1, 2, 3]) expect(text).not.toContain(keyOf(seed).slice(0, 12));
    // What is there instead says that the leg is keyed in its descriptions.
    expect(text).toContain(`a=crypto:1 ${SUITE} inline:withheld`);
    expect(leg.control.sdp?.remote).toContain('c=IN IP4 10.1.0.1');
  });

  it('are forgotten with the leg', async () => {
    await agent.legs.put(id, both);
    await agent.legs.end(id, {});
    expect(agent.ring.of(id)).toEqual([]);
    await agent.legs.put(id, { ...both, aliases: ['late'] });
    expect(agent.ring.of(id)).toEqual([]);
    expect(await readable()).not.toContain(keyOf(1).slice(0, 12));
  });

  it('are gone after the agent comes back: the leg then says that its reports are encrypted', async () => {
    const { keys: _, ...described } = both;
    await agent.legs.put(id, described);
    await agent.store.close();
    agent = await started();
    expect(directions(agent.source.seen[0])).toEqual([]);
    now += 20;
    const base = { mediaLegId: id, source: 'capture', kind: 'audio', reportsEncrypted: true } as const;
    agent.source.say(
      [
        { ...base, streamId: 'in', direction: 'inbound' },
        { ...base, streamId: 'out', direction: 'outbound' },
      ],
      [begin, begin + 5].flatMap((startedAt) => [
        { streamId: 'in', startedAt, seconds: 5, coveredSeconds: 5, packets: 250 },
        { streamId: 'out', startedAt, seconds: 5, coveredSeconds: 5, packets: 250 },
      ]),
    );
    const figuresNow = async () => (await agent.legs.view(id)).channels[0]?.figures;
    expect((await figuresNow())?.averageOutboundPacketLossRateInPercentage).toEqual({ absent: 'encrypted' });
    await agent.legs.end(id, { endedAt: begin + 10 });
    const figures = await figuresNow();
    expect(figures?.outboundPackets).toMatchObject({ value: 500 });
    for (const name of ['OutboundJitter', 'OutboundRoundTripDelay', 'InboundRoundTripDelay'] as const) {
      expect(figures?.[`average${name}`]).toEqual({ absent: 'encrypted' });
    }
  });

  it('that are none refuse the patch, and the leg is as it was', async () => {
    const key = Buffer.alloc(16, 1).toString('base64');
    const crypto = [{ direction: 'inbound', suite: SUITE, key }] as const;
    const wrong = { keys: [{ media: 'audio', channelIndex: 1, crypto }] } as const;
    await expect(agent.legs.put(id, wrong)).rejects.toMatchObject({
      code: 'BODY_INVALID',
      message: expect.stringContaining('audio/1, crypto 1: the key has 16 octets'),
    });
    await expect(agent.legs.view(id)).rejects.toMatchObject({ code: 'LEG_UNKNOWN' });
    await agent.legs.put(id, both);
    await expect(agent.legs.put(id, { ...wrong, aliases: ['never'] })).rejects.toMatchObject({ code: 'BODY_INVALID' });
    expect((await agent.legs.view(id)).leg.control.aliases).toBeUndefined();
    expect(agent.ring.of(id)).toHaveLength(3);
  });

  it('in a suite that is not supported are named in the log', async () => {
    const text = sdp('10.0.0.1', 1).replace(SUITE, 'SEED_128_CCM_80');
    await agent.legs.put(id, { sdp: { local: text } });
    expect(agent.ring.of(id)).toEqual([]);
    expect(logged).toContainEqual([
      { leg: id, unusable: ['sdp.local, m-line 1: a=crypto 1: the suite SEED_128_CCM_80 is not supported'] },
      'keys that cannot be used',
    ]);
  });

  it('stand in no word about an SDP that cannot be read', async () => {
    const text = `a=crypto:1 ${SUITE} inline:${keyOf(1)}\r\nv=0`;
    const refused = await agent.legs.put(id, { sdp: { local: text } }).then(
      () => 'taken',
      (error: Error) => error.message,
    );
    expect(refused).toMatch(/line 1 is not v=0/);
    expect(refused).not.toContain(keyOf(1).slice(0, 12));
  });
});
