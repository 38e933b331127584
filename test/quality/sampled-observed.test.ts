import { describe, expect, test } from 'vitest';
import type { Counters } from '../../src/quality/sampled-counters.ts';
import { type ObservedSample, sentUntil, takeObserved } from '../../src/quality/sampled-observed.ts';
import { aStream, BEGIN, slotsOf, totalOf } from './one-stream.ts';

const sample = (seconds: number, counters: Counters, more: Partial<ObservedSample> = {}): ObservedSample => ({
  at: BEGIN + seconds,
  counters,
  ...more,
});

describe('the first sample', () => {
  test('counts from zero where the stream began with the leg', () => {
    const state = aStream();
    expect(takeObserved(state, sample(4, { packets: 200, octets: 32_000, lost: 3 }), BEGIN)).toBe(true);
    expect(totalOf(state)).toMatchObject({
      startedAt: BEGIN,
      coveredSeconds: 4,
      packets: 200,
      octets: 32_000,
      loss: { origin: 'observed', unit: 'packets', lost: 3, of: 203 },
    });
  });

  test.each([{ zeroAt: undefined }, { zeroAt: BEGIN + 4 }, { zeroAt: BEGIN + 5 }])(
    'is only the base where nothing says since when: $zeroAt',
    ({ zeroAt }) => {
      const state = aStream();
      expect(takeObserved(state, sample(4, { packets: 200, lost: 50 }), zeroAt)).toBe(true);
      expect(totalOf(state)).toBeUndefined();
      takeObserved(state, sample(6, { packets: 300, lost: 50 }), BEGIN);
      expect(totalOf(state)).toMatchObject({ coveredSeconds: 2, packets: 100, loss: { lost: 0, of: 100 } });
    },
  );
});

test('a delta is shared over the slots between its samples', () => {
  const state = aStream();
  takeObserved(state, sample(3, { packets: 100, lost: 0 }));
  takeObserved(state, sample(13, { packets: 590, lost: 10, frames: 30 }, { height: 720 }));
  const slots = slotsOf(state);
  expect([...slots.keys()]).toEqual([0, 5, 10]);
  expect(slots.get(0)).toMatchObject({ coveredSeconds: 2, packets: 98, loss: { lost: 2, of: 100 }, height: 720 });
  expect(slots.get(5)).toMatchObject({ coveredSeconds: 5, packets: 245, loss: { lost: 5, of: 250 } });
  expect(slots.get(10)).toMatchObject({ coveredSeconds: 3, packets: 147, loss: { lost: 3, of: 150 } });
  expect(slots.get(10)?.loss?.worst).toEqual({ value: 0.02, at: BEGIN + 13, windowSeconds: 10 });
});

test.each([0, -1])('a sample %i s newer than the last is ignored', (later) => {
  const state = aStream();
  takeObserved(state, sample(3, { packets: 100 }));
  expect(takeObserved(state, sample(3 + later, { packets: 900 }))).toBe(false);
  expect(totalOf(state)).toBeUndefined();
  expect(state.quirks).toEqual({});
});

test('a sample from another day is ignored: its clock is wrong, and its slots would have no end', () => {
  const state = aStream();
  takeObserved(state, sample(0, { packets: 100 }));
  expect(takeObserved(state, sample(86_401, { packets: 900 }))).toBe(false);
  expect(state.quirks).toEqual({ timeJump: 1 });
  expect(takeObserved(state, sample(86_400, { packets: 900 }))).toBe(true);
});

describe('counters that begin again', () => {
  test('count from zero since the sample before', () => {
    const state = aStream();
    takeObserved(state, sample(0, { packets: 5000, octets: 9000, lost: 40, frames: 70 }));
    takeObserved(state, sample(5, { packets: 200, octets: 100, lost: 5 }));
    const total = totalOf(state);
    expect(total).toMatchObject({ packets: 200, octets: 100, loss: { lost: 5, of: 205 } });
    expect(total).not.toHaveProperty('frames');
  });

  test('begin the windows again', () => {
    const state = aStream();
    for (let second = 0; second <= 4; second += 1)
      takeObserved(state, sample(second, { packets: 50 * second, lost: 0 }));
    takeObserved(state, sample(5, { packets: 50, lost: 0 }));
    expect(totalOf(state)?.loss?.worst).toBeUndefined();
    for (let second = 6; second <= 9; second += 1)
      takeObserved(state, sample(second, { packets: 50 * (second - 4), lost: 0 }));
    expect(totalOf(state)?.loss?.worst).toEqual({ value: 0, at: BEGIN + 9, windowSeconds: 5 });
  });
});

describe('loss', () => {
  const lossAfter = (lost: number, packets = 250) => {
    const state = aStream();
    takeObserved(state, sample(0, { packets: 1000, lost: 100 }));
    takeObserved(state, sample(5, { packets: 1000 + packets, lost: 100 + lost }));
    return { total: totalOf(state), quirks: state.quirks };
  };

  test.each([
    { name: 'may be repaid', lost: -20, loss: { lost: -20, of: 230 } },
    { name: 'may be everything', lost: 250, packets: 0, loss: { lost: 250, of: 250 } },
    { name: 'may be 100,000 packets a second', lost: 500_000, loss: { lost: 500_000, of: 500_250 } },
  ])('$name', ({ lost, packets, loss }) => {
    const { total, quirks } = lossAfter(lost, packets);
    expect(total?.loss).toMatchObject(loss);
    expect(quirks).toEqual({});
  });

  test.each([
    { name: 'more than any stream has', lost: 500_001 },
    { name: 'a wrapped counter', lost: 4_294_967_283 },
    { name: 'more repaid than arrived', lost: -301 },
  ])('that cannot be is left out and counted: $name', ({ lost }) => {
    const { total, quirks } = lossAfter(lost);
    expect(total).toMatchObject({ packets: 250, coveredSeconds: 5 });
    expect(total).not.toHaveProperty('loss');
    expect(quirks).toEqual({ lossRange: 1 });
  });

  test('goes on from the number that could not be', () => {
    const state = aStream();
    takeObserved(state, sample(0, { packets: 0, lost: 0 }));
    takeObserved(state, sample(5, { packets: 250, lost: 9_000_000 }));
    takeObserved(state, sample(10, { packets: 500, lost: 9_000_005 }));
    expect(totalOf(state)?.loss).toEqual({
      origin: 'observed',
      unit: 'packets',
      lost: 5,
      of: 255,
      worst: { value: 5 / 255, at: BEGIN + 10, windowSeconds: 5 },
    });
  });

  test('needs a counter of it', () => {
    const state = aStream();
    takeObserved(state, sample(5, { packets: 250 }), BEGIN);
    const total = totalOf(state);
    expect(total?.packets).toBe(250);
    expect(total).not.toHaveProperty('loss');
  });

  test('comes with the next sample where one does not tell it', () => {
    const state = aStream();
    takeObserved(state, sample(0, { packets: 0, lost: 0 }));
    takeObserved(state, sample(5, { packets: 250 }));
    takeObserved(state, sample(10, { packets: 490, lost: 10 }));
    expect(totalOf(state)?.loss).toMatchObject({ lost: 10, of: 500 });
  });
});

test('duplicates are no further packets', () => {
  const state = aStream();
  takeObserved(state, sample(5, { packets: 255, lost: -5 }), BEGIN);
  expect(totalOf(state)).toMatchObject({ packets: 250, loss: { lost: -5, of: 250 } });
});

describe('jitter', () => {
  test('weighs the time that it held, its maximum is the largest sample', () => {
    const state = aStream();
    takeObserved(state, sample(4, { packets: 200 }, { jitter: 0.01 }), BEGIN);
    takeObserved(state, sample(5, { packets: 250 }, { jitter: 0.03 }));
    expect(totalOf(state)?.jitter).toEqual({
      origin: 'observed',
      sum: 0.07,
      count: 5,
      worst: { value: 0.03, at: BEGIN + 5 },
    });
  });

  test('is not told by time in which nothing came', () => {
    const state = aStream();
    takeObserved(state, sample(5, { packets: 200 }, { jitter: 0.01 }));
    takeObserved(state, sample(10, { packets: 200 }, { jitter: 0.01 }));
    expect(totalOf(state)).not.toHaveProperty('jitter');
  });

  test.each([10.001, -0.001])('of %f s cannot be', (jitter) => {
    const state = aStream();
    takeObserved(state, sample(5, { packets: 200 }, { jitter }), BEGIN);
    expect(totalOf(state)).not.toHaveProperty('jitter');
    expect(state.quirks).toEqual({ jitterRange: 1 });
  });

  test('of video is paced', () => {
    const state = aStream({ kind: 'video' });
    takeObserved(state, sample(5, { packets: 200 }, { jitter: 10 }), BEGIN);
    expect(totalOf(state)?.jitter).toMatchObject({ origin: 'paced', sum: 50, count: 5 });
  });
});

describe('outbound', () => {
  test('tells what was sent, without loss and jitter', () => {
    const state = aStream({ direction: 'outbound' });
    takeObserved(
      state,
      sample(5, { packets: 300, retransmittedPackets: 50, octets: 9000, frames: 150 }, { height: 360 }),
      BEGIN,
    );
    expect(totalOf(state)).toEqual({
      streamId: 's',
      startedAt: BEGIN,
      seconds: 5,
      coveredSeconds: 5,
      packets: 250,
      octets: 9000,
      frames: 150,
      height: 360,
    });
  });

  test('knows what was sent until any time of the last 15 s, also over a reset', () => {
    const state = aStream({ direction: 'outbound' });
    takeObserved(state, sample(1, { packets: 100 }), BEGIN);
    for (let second = 2; second <= 20; second += 1) takeObserved(state, sample(second, { packets: 100 * second }));
    takeObserved(state, sample(21, { packets: 40 }));
    const track = state.observed;
    if (track === undefined) throw new Error('nothing was observed');
    const sent = (seconds: number) => sentUntil(track, BEGIN + seconds);
    expect([sent(5), sent(6.5), sent(20), sent(20.5), sent(21), sent(22)]).toEqual([600, 650, 2000, 2020, 2040, 2040]);
  });
});
