import { describe, expect, it } from 'vitest';
import { OtherlegError } from '../../src/model/error.ts';
import { computedMillis } from '../meter/cost.ts';
import { audio, begin, id, identity, measuredLegs, video } from './measured-legs.ts';

const known = { ...identity, channels: [audio] };

describe('the life of a leg, told late', () => {
  it('ends where its idle end was found, not when', async () => {
    const { legs, at, call, channel } = await measuredLegs();
    await legs.put(id, known);
    await call(0, 60);
    for (let t = 600; t <= 7800; t += 600) {
      at(t);
      await legs.tick();
    }
    expect(legs.liveCount).toBe(0);
    const { mediaDuration, figures } = (await channel()) ?? {};
    expect(mediaDuration).toBeCloseTo(60, 3);
    expect(figures?.averageInboundPacketLossRateInPercentage).toMatchObject({ value: 0, coverage: 1 });
  });

  it('counts nothing after an end that lies in the past', async () => {
    const { legs, call, channel } = await measuredLegs();
    await legs.put(id, known);
    await call(0, 60);
    await legs.end(id, { endedAt: begin + 32 });
    const { mediaDuration, figures } = (await channel()) ?? {};
    expect(mediaDuration).toBeCloseTo(32, 3);
    expect(figures?.inboundPackets).toMatchObject({ value: expect.closeTo(1600, 3), coverage: 1 });
    expect(figures?.averageInboundJitter).toMatchObject({
      value: expect.closeTo(0.01, 9),
      samples: expect.closeTo(32, 3),
    });
  });

  it('counts nothing before a begin that is told later', async () => {
    const { legs, call, channel } = await measuredLegs();
    await legs.put(id, known);
    await call(0, 60);
    await legs.put(id, { startedAt: begin + 20 });
    await legs.end(id, {});
    const { mediaDuration, figures } = (await channel()) ?? {};
    expect(mediaDuration).toBeCloseTo(40, 3);
    expect(figures?.inboundPackets).toMatchObject({ value: expect.closeTo(2000, 3) });
  });

  it('that began long ago costs nothing', async () => {
    const { legs, call, at } = await measuredLegs();
    await legs.put(id, { ...known, startedAt: 1 });
    const before = computedMillis();
    await call(0, 60);
    at(60);
    const { delivery } = await legs.end(id, {});
    expect(computedMillis() - before).toBeLessThan(2000);
    expect(delivery.state).toBe('queued');
  });

  it('keeps what was observed long before a change', async () => {
    const { legs, call, channel } = await measuredLegs();
    await legs.put(id, { ...identity, channels: [audio, video] });
    await call(0, 600);
    const before = await channel();
    await legs.put(id, { aliases: ['x'] });
    expect(await channel()).toEqual(before);
    await legs.put(id, { channels: [audio, video, { media: 'screenSharing', channelIndex: 1, enabled: false }] });
    expect(await channel()).toEqual(before);
  });
});

describe('two who write at once', () => {
  it('lose nothing: a push while a patch is written', async () => {
    let open = (): void => undefined;
    let gate: Promise<void> | undefined;
    const { legs, push, at } = await measuredLegs((store) => {
      const putLeg = store.putLeg.bind(store);
      store.putLeg = async (...args) => {
        await gate;
        return putLeg(...args);
      };
    });
    await legs.put(id, {});
    at(5);
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const put = legs.put(id, identity);
    await new Promise((resolve) => setImmediate(resolve));
    push(id, begin + 5, [{ packets: 250 }]);
    open();
    await put;
    expect((await legs.end(id, {})).delivery.state).toBe('queued');
  });

  it('lose no report: identifiers whose first writing failed, told again', async () => {
    let full = true;
    const { legs, call, store } = await measuredLegs((under) => {
      const completeLeg = under.completeLeg.bind(under);
      under.completeLeg = (...args) => {
        if (!full) return completeLeg(...args);
        full = false;
        return Promise.reject(new OtherlegError('STORE_FAILED', 'disk full'));
      };
    });
    await legs.put(id, { channels: [audio] });
    await call(0, 10);
    await legs.end(id, {});
    await expect(legs.put(id, identity)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect((await store.leg({ mediaLegId: id }))?.control.callChainId).toBeUndefined();
    expect((await legs.put(id, identity)).leg.delivery.state).toBe('queued');
  });

  it('lose nothing: an end that failed, and the leg that went on', async () => {
    let full = false;
    const { legs, call, channel } = await measuredLegs((store) => {
      const append = store.appendIntervals.bind(store);
      store.appendIntervals = (batch) =>
        full ? Promise.reject(new OtherlegError('STORE_FAILED', 'disk full')) : append(batch);
    });
    await legs.put(id, known);
    await call(0, 10);
    full = true;
    await expect(legs.end(id, {})).rejects.toMatchObject({ code: 'STORE_FAILED' });
    full = false;
    await call(10, 20);
    await legs.end(id, {});
    expect((await channel())?.figures.inboundPackets).toMatchObject({ value: 1000, coverage: 1 });
  });
});

describe('channels', () => {
  it('of a report have no holes, also where one of them never had media', async () => {
    const { legs, push, at } = await measuredLegs();
    await legs.put(id, identity);
    for (let t = 5; t <= 20; t += 5) {
      at(t);
      push(id, begin + t, [
        { id: 'v1', kind: 'video', mid: '1', ssrc: 11, packets: 0 },
        { id: 'v2', kind: 'video', mid: '2', ssrc: 12, packets: 100 * t },
      ]);
    }
    const { body = '' } = await legs.end(id, {});
    const list: { channelIndex: number; mediaDuration: string }[] = JSON.parse(body).quality.mediaQualityList;
    expect(list.map(({ channelIndex, mediaDuration }) => [channelIndex, mediaDuration])).toEqual([
      [1, 'PT0S'],
      [2, 'PT20S'],
    ]);
  });

  it.each([
    ['a number without the one before', { channels: [audio, { media: 'video', channelIndex: 3 }] }, /no video 2/],
    ['a change that takes effect in the future', { at: begin + 3600, channels: [audio] }, /in the future/],
  ] as const)('refuse %s', async (_, patch, reason) => {
    const { legs } = await measuredLegs();
    await expect(legs.put(id, patch)).rejects.toMatchObject({ code: 'BODY_INVALID', message: reason });
  });

  it('are cleared by null', async () => {
    const { legs, at, channel } = await measuredLegs();
    await legs.put(id, known);
    at(2);
    await legs.put(id, { channels: null });
    at(4);
    await legs.end(id, {});
    expect((await channel())?.mediaDuration).toBeCloseTo(2, 3);
  });
});

describe('an agent that stops', () => {
  it('takes no new legs, but what is told of those it has', async () => {
    const { legs, call } = await measuredLegs();
    await legs.put(id, { channels: [audio] });
    await call(0, 10);
    legs.refuseNew();
    await legs.put(id, identity);
    expect((await legs.end(id, {})).delivery.state).toBe('queued');
    await expect(legs.put(identity.callChainId, {})).rejects.toMatchObject({ code: 'DRAINING' });
  });
});
