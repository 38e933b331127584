import { beforeEach, describe, expect, test } from 'vitest';
import type { LegControl } from '../../../src/model/leg.ts';
import { GetStatsSource } from '../../../src/source/getstats/getstats-source.ts';
import { aLeg, Collected } from './collected.ts';
import { BEGIN, inbound, outbound, path, report, reported } from './pushes.ts';

const ROOM: LegControl = { gateway: 'gw-1', deviceUri: 'sip:boardroom@example.com' };
const TIMING = { slotSeconds: 5, samplingInterval: 5, kind: 'getstats' } as const;

let sink: Collected;
let source: GetStatsSource;

const begin = (mediaLegId: string, second: number, control: LegControl = ROOM) =>
  source.follow(aLeg(mediaLegId, BEGIN + second, control));
/** A slim push: the counters of two streams that nothing but their SSRC and id tells apart. */
const push = (mediaLegId: string, second: number, packets = 50 * second) =>
  source.push(mediaLegId, report(second, inbound(packets), reported(second, second, { packetsReceived: packets })));
/** A full one, with the path. */
const pushFull = (mediaLegId: string, second: number, port = 5000) =>
  source.push(mediaLegId, report(second, inbound(50 * second, { transportId: 'T' }), ...path(port)));
const packets = (mediaLegId: string) => sink.total(mediaLegId, 'inbound')?.packets;

beforeEach(() => {
  sink = new Collected();
  source = new GetStatsSource(sink, TIMING);
});

describe('a leg that goes on with the streams of one that ended', () => {
  test('counts no packet twice, and loses none', async () => {
    begin('ivr', 0);
    source.push('ivr', report(5, inbound(250), outbound(250), reported(2, 4)));
    await source.release('ivr', BEGIN + 7);
    begin('meeting', 7);
    source.push('meeting', report(10, inbound(500), outbound(500), reported(4, 9)));
    expect(sink.total('meeting', 'inbound')).toMatchObject({ packets: 250, startedAt: BEGIN + 5, coveredSeconds: 3 });
    expect(sink.total('meeting', 'outbound')).toMatchObject({ packets: 250, loss: { lost: 2, of: 250 } });
  });

  test.each<{ name: string; later: number; more: Record<string, unknown>; counted: number }>([
    { name: 'counters that are smaller', later: 5, more: { packetsReceived: 200 }, counted: 200 },
    { name: 'more packets but fewer octets', later: 5, more: { bytesReceived: 800 }, counted: 500 },
    { name: 'another SSRC', later: 5, more: { ssrc: 9 }, counted: 500 },
    { name: 'more than an hour', later: 3605, more: {}, counted: 500 },
  ])('with $name a new stream counts from zero', async ({ later, more, counted }) => {
    begin('ivr', 0);
    source.push('ivr', report(5, inbound(250, { bytesReceived: 9000 })));
    await source.release('ivr', BEGIN + 5);
    begin('meeting', later);
    source.push('meeting', report(later + 5, inbound(500, more)));
    expect(packets('meeting')).toBe(counted);
  });

  test('does not, if the device counts fewer packets than before', () => {
    const told = (leg: string, second: number, packetsReceived: number) =>
      source.push(leg, report(second, reported(3, second, { packetsReceived })));
    begin('ivr', 0);
    told('ivr', 5, 210);
    begin('meeting', 6);
    told('meeting', 9, 147);
    expect(sink.total('meeting', 'outbound')?.loss).toMatchObject({ lost: 3, of: 150 });
    expect(told('ivr', 10, 420)?.entries).toBe(1);
  });

  test('has its counters for itself', async () => {
    begin('ivr', 0);
    push('ivr', 5);
    await source.release('ivr', BEGIN + 5);
    begin('meeting', 5);
    push('meeting', 10);
    begin('third', 5);
    push('third', 10);
    expect([packets('meeting'), packets('third')]).toEqual([250, 500]);
  });

  test('is the next one of its room, whatever legs were in between', async () => {
    const other = { ...ROOM, deviceUri: 'sip:atrium@example.com' };
    begin('ivr', 0);
    begin('elsewhere', 0, other);
    push('ivr', 5);
    push('elsewhere', 5, 20);
    for (const ended of ['ivr', 'elsewhere']) await source.release(ended, BEGIN + 5);
    begin('meeting', 6);
    push('meeting', 10);
    expect(packets('meeting')).toBe(250);
  });

  test('of two before it takes the one measured last', async () => {
    begin('first', 0);
    begin('second', 0);
    push('first', 5, 100);
    push('second', 10, 200);
    for (const ended of ['second', 'first']) await source.release(ended, BEGIN + 10);
    begin('meeting', 10);
    push('meeting', 15, 300);
    expect(packets('meeting')).toBe(100);
  });
});

describe('streams are one', () => {
  test.each<{ name: string; before: LegControl; now: LegControl; one: boolean }>([
    { name: 'of one room on one gateway', before: ROOM, now: ROOM, one: true },
    { name: 'of nothing that is known', before: {}, now: {}, one: false },
    { name: 'of one gateway alone', before: { gateway: 'gw-1' }, now: { gateway: 'gw-1' }, one: false },
    { name: 'of another room', before: ROOM, now: { ...ROOM, deviceUri: 'sip:atrium@example.com' }, one: false },
    { name: 'on another gateway', before: ROOM, now: { ...ROOM, gateway: 'gw-2' }, one: false },
    {
      name: 'on a gateway that is told once',
      before: ROOM,
      now: { deviceUri: 'sip:boardroom@example.com' },
      one: false,
    },
    { name: 'of one room', before: { deviceUri: 'sip:a@b' }, now: { deviceUri: 'sip:a@b' }, one: true },
    {
      name: 'of one address on one gateway',
      before: { gateway: 'g', deviceAddress: '10.1.0.1' },
      now: { gateway: 'g', deviceAddress: '10.1.0.1' },
      one: true,
    },
    { name: 'of one address', before: { deviceAddress: '10.1.0.1' }, now: { deviceAddress: '10.1.0.1' }, one: false },
    {
      name: 'of two rooms behind one address',
      before: { ...ROOM, deviceAddress: '10.1.0.1' },
      now: { gateway: 'gw-1', deviceUri: 'sip:atrium@example.com', deviceAddress: '10.1.0.1' },
      one: false,
    },
  ])('$name: $one', async ({ before, now, one }) => {
    begin('ivr', 0, before);
    push('ivr', 5);
    await source.release('ivr', BEGIN + 5);
    begin('meeting', 6, now);
    push('meeting', 10);
    expect(packets('meeting')).toBe(one ? 250 : 500);
    expect(sink.total('meeting', 'outbound')?.loss?.of).toBe(one ? 255 : 510);
  });

  test('whose room is told late', async () => {
    begin('ivr', 0, {});
    push('ivr', 5);
    begin('ivr', 0);
    await source.release('ivr', BEGIN + 5);
    begin('meeting', 6);
    push('meeting', 10);
    expect(packets('meeting')).toBe(250);
  });

  test.each([
    { name: 'on one path', port: 5000, counted: 250 },
    { name: 'not on another', port: 5002, counted: 500 },
  ])('$name, whatever is known of the room', async ({ port, counted }) => {
    begin('ivr', 0, {});
    pushFull('ivr', 5);
    await source.release('ivr', BEGIN + 5);
    begin('meeting', 6, {});
    pushFull('meeting', 10, port);
    expect(packets('meeting')).toBe(counted);
  });

  test('not if half of the path is known', async () => {
    const half = (second: number) =>
      report(second, inbound(50 * second, { transportId: 'T' }), ...path(5000).slice(0, 3));
    begin('ivr', 0, {});
    source.push('ivr', half(5));
    await source.release('ivr', BEGIN + 5);
    begin('meeting', 6, {});
    source.push('meeting', half(10));
    expect(packets('meeting')).toBe(500);
  });

  test('not without an SSRC, unless their path is one', async () => {
    const nameless = (second: number, ...more: ReturnType<typeof path>) =>
      report(second, inbound(50 * second, { ssrc: undefined, transportId: 'T' }), ...more);
    for (const [port, counted] of [
      [[], 500],
      [path(5000), 250],
    ] as const) {
      begin('ivr', 0);
      source.push('ivr', nameless(5, ...port));
      await source.release('ivr', BEGIN + 5);
      begin('meeting', 6);
      source.push('meeting', nameless(10, ...port));
      await source.release('meeting', BEGIN + 10);
      expect(sink.batches.at(-1)?.intervals.reduce((sum, { packets: some = 0 }) => sum + some, 0)).toBe(counted);
    }
  });
});

describe('a leg that begins before the other ends', () => {
  test.each([
    { name: 'slim pushes', tell: push, control: ROOM },
    { name: 'full ones', tell: pushFull, control: {} },
  ])('goes on from its last counters: $name', async ({ tell, control }) => {
    begin('ivr', 0, control);
    for (let second = 5; second <= 60; second += 5) tell('ivr', second);
    begin('meeting', 60, control);
    tell('meeting', 65);
    // The other writer does not know yet.
    expect(tell('ivr', 67)?.entries).toBe(0);
    tell('meeting', 70);
    await source.release('ivr', BEGIN + 60);
    expect([packets('ivr'), packets('meeting')]).toEqual([3000, 500]);
    expect(sink.total('meeting', 'inbound')).toMatchObject({ startedAt: BEGIN + 60, coveredSeconds: 10 });
  });

  test('also when the other one was told of once more meanwhile', () => {
    begin('ivr', 0, {});
    for (let second = 5; second <= 60; second += 5) pushFull('ivr', second);
    begin('meeting', 61, {});
    pushFull('ivr', 65);
    pushFull('meeting', 68);
    pushFull('ivr', 70);
    pushFull('meeting', 73);
    expect([packets('ivr'), packets('meeting')]).toEqual([3250, 400]);
  });

  test('whatever id the other writer gives them', () => {
    begin('ivr', 0);
    push('ivr', 5);
    begin('meeting', 5);
    push('meeting', 10);
    for (const second of [11, 12]) {
      source.push('ivr', report(second, { ...inbound(50 * second), id: 'renamed' }));
    }
    expect(packets('ivr')).toBe(250);
  });

  test('hands them on to a third, and the first one stays out of it', async () => {
    for (const [leg, from] of [
      ['ivr', 0],
      ['meeting', 60],
      ['next', 120],
    ] as const) {
      begin(leg, from);
      for (let second = from + 5; second <= from + 60; second += 5) push(leg, second);
    }
    for (const leg of ['meeting', 'ivr', 'next']) await source.release(leg, BEGIN + 180);
    begin('last', 180);
    push('last', 185);
    expect(['ivr', 'meeting', 'next', 'last'].map(packets)).toEqual([3000, 3000, 3000, 250]);
  });

  test('after a restart of the agent, too', () => {
    begin('ivr', 0);
    push('ivr', 5);
    begin('meeting', 5);
    push('meeting', 10);
    push('ivr', 11);
    const resume = sink.resume('ivr');
    source = new GetStatsSource(sink, TIMING);
    source.follow(aLeg('ivr', BEGIN, ROOM), resume);
    expect(push('ivr', 15)?.entries).toBe(0);
    expect(packets('ivr')).toBe(250);
  });

  test.each([
    { name: 'a leg that ran beside it', control: ROOM },
    { name: 'a call whose gateway names its streams alike', control: {} },
  ])('is another one if it is $name', async ({ control }) => {
    begin('one', 0, control);
    begin('other', 0, control);
    push('one', 5, 100);
    await source.release('one', BEGIN + 5);
    push('other', 6, 300);
    expect(packets('other')).toBe(300);
  });
});
