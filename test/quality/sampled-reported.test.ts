import { describe, expect, test } from 'vitest';
import type { Sampled } from '../../src/quality/sampled.ts';
import { takeObserved } from '../../src/quality/sampled-observed.ts';
import { type ReportedSample, takeReported } from '../../src/quality/sampled-reported.ts';
import { aStream, BEGIN, slotsOf, totalOf } from './one-stream.ts';

const report = (seconds: number, told: Omit<ReportedSample, 'at'>): ReportedSample => ({
  at: BEGIN + seconds,
  ...told,
});

/** An outbound stream of 100 packets/s that was seen from the leg's begin, sampled each second until `seconds`. */
function sending(seconds: number, about: Parameters<typeof aStream>[0] = {}): Sampled {
  const state = aStream({ direction: 'outbound', ...about });
  for (let second = 1; second <= seconds; second += 1) send(state, second, 100 * second);
  return state;
}

/** Sends on, each second, until the report has come, and takes it. */
function sendAndTake(state: Sampled, seconds: number, told: Omit<ReportedSample, 'at'>): boolean {
  const from = Math.round((state.observed?.at ?? BEGIN) - BEGIN);
  for (let second = from + 1; second <= seconds; second += 1) send(state, second, 100 * second);
  return takeReported(state, report(seconds, told));
}

function send(state: Sampled, seconds: number, packets: number, more: { retransmittedPackets?: number } = {}): void {
  takeObserved(state, { at: BEGIN + seconds, counters: { packets, ...more } }, BEGIN);
}

test('the loss of a report is set against what was sent until it came, not until it was read', () => {
  const state = sending(10);
  takeReported(state, report(6.5, { lost: 13 }));
  const total = totalOf(state);
  expect(total).toMatchObject({ packets: 1000, coveredSeconds: 10 });
  expect(total?.loss).toMatchObject({ origin: 'reported', unit: 'packets', lost: 13, of: 650 });
});

test('the first report counts from zero over the whole stream, and into its slots', () => {
  const state = sending(7);
  takeReported(state, report(6, { lost: 60 }));
  const slots = slotsOf(state);
  expect(slots.get(0)?.loss).toMatchObject({ lost: 50, of: 500 });
  expect(slots.get(5)?.loss).toMatchObject({ lost: 10, of: 100 });
});

test('it still finds its slots after they were given out, for five minutes', () => {
  const state = aStream({ direction: 'outbound' });
  for (let second = 1; second <= 60; second += 1) {
    send(state, second, 100 * second);
    slotsOf(state);
  }
  takeReported(state, report(58, { lost: 58 }));
  const slots = slotsOf(state);
  expect(slots.size).toBe(12);
  expect(slots.get(0)).toMatchObject({ packets: 500, loss: { lost: 5 } });
  expect(slots.get(55)).toMatchObject({ packets: 500, loss: { lost: 3 } });
});

test('where our own first sample was only the base, the first report is, too', () => {
  const state = aStream({ direction: 'outbound' });
  takeObserved(state, { at: BEGIN + 100, counters: { packets: 10_000 } });
  takeObserved(state, { at: BEGIN + 110, counters: { packets: 11_000 } });
  takeReported(state, report(104, { lost: 500 }), BEGIN);
  expect(totalOf(state)).not.toHaveProperty('loss');
  takeReported(state, report(109, { lost: 510 }), BEGIN);
  expect(totalOf(state)?.loss).toMatchObject({ lost: 10, of: 500 });
});

test.each([0, -2])('a report %i s newer than the last is the old one', (later) => {
  const state = sending(10);
  takeReported(state, report(6, { lost: 6, jitter: 0.01 }));
  totalOf(state);
  expect(takeReported(state, report(6 + later, { lost: 99, jitter: 0.01 }))).toBe(false);
  expect(totalOf(state)).toBeUndefined();
});

test('packets that are late at one report and there at the next are not lost', () => {
  const state = sending(10);
  [3, -3, 3, -3, 0].forEach((_, index, changes) => {
    const lost = changes.slice(0, index + 1).reduce((sum, change) => sum + change, 0);
    takeReported(state, report(index + 1, { lost }));
  });
  expect(totalOf(state)?.loss).toMatchObject({ lost: 0, of: 500 });
});

describe('without our own counters', () => {
  test('the report itself says how many packets were expected, and covers the time', () => {
    const state = aStream({ direction: 'outbound' });
    takeReported(state, report(5, { lost: 5, received: 245, jitter: 0.02 }), BEGIN);
    expect(totalOf(state)).toEqual({
      streamId: 's',
      startedAt: BEGIN,
      seconds: 5,
      coveredSeconds: 5,
      loss: {
        origin: 'reported',
        unit: 'packets',
        lost: 5,
        of: 250,
        worst: { value: 0.02, at: BEGIN + 5, windowSeconds: 5 },
      },
      jitter: { origin: 'reported', sum: 0.1, count: 5, worst: { value: 0.02, at: BEGIN + 5 } },
    });
  });

  test('and without its count of packets there is no loss, but jitter and round trip', () => {
    const state = aStream({ direction: 'outbound' });
    takeReported(state, report(5, { lost: 5, jitter: 0.02, roundTrip: { current: 0.08 } }), BEGIN);
    const total = totalOf(state);
    expect(total).not.toHaveProperty('loss');
    expect(total?.jitter).toMatchObject({ count: 5 });
    expect(total?.roundTrip).toEqual({
      stats: { origin: 'reported', sum: 0.08, count: 1, worst: { value: 0.08, at: BEGIN + 5 } },
    });
  });

  test('a reporter whose count of packets fell began again from zero, and so do the windows', () => {
    const state = aStream({ direction: 'outbound' });
    takeReported(state, report(5, { lost: 500, received: 9500 }));
    takeReported(state, report(8, { lost: 600, received: 9550 }));
    takeReported(state, report(11, { lost: 0, received: 150 }));
    takeReported(state, report(14, { lost: 3, received: 297 }));
    const loss = totalOf(state)?.loss;
    expect(loss).toMatchObject({ lost: 103, of: 450 });
    expect(loss?.worst).toEqual({ value: 0.01, at: BEGIN + 14, windowSeconds: 6 });
  });
});

test('the report’s own count of packets goes before ours: RTX padding is not in it', () => {
  const state = sending(5);
  takeReported(state, report(5, { lost: 5, received: 445 }));
  expect(totalOf(state)?.loss).toMatchObject({ lost: 5, of: 450 });
});

test('a report without a loss moves no anchor', () => {
  const state = sending(0);
  sendAndTake(state, 5, { lost: 5 });
  sendAndTake(state, 10, { jitter: 0.01 });
  sendAndTake(state, 15, { lost: 30 });
  const loss = totalOf(state)?.loss;
  expect(loss).toMatchObject({ lost: 30, of: 1500 });
  expect(loss?.worst).toEqual({ value: 0.025, at: BEGIN + 15, windowSeconds: 10 });
});

describe('a run', () => {
  /** What reports at 20, 25, … s say together, after 1,500 of 1,500 were lost until the one at 15 s. */
  const continued = (...losses: readonly number[]) => {
    const state = sending(0);
    sendAndTake(state, 15, { lost: 1500 });
    totalOf(state);
    losses.forEach((lost, index) => {
      sendAndTake(state, 20 + 5 * index, { lost });
    });
    return { loss: totalOf(state)?.loss, quirks: state.quirks };
  };

  test.each([
    { name: 'goes on while packets are repaid', lost: 500, loss: { lost: -1000, of: 500 } },
    {
      name: 'goes on while no more is lost than was sent, and a tenth or 50',
      lost: 2050,
      loss: { lost: 550, of: 500 },
    },
  ])('$name', ({ lost, loss }) => {
    expect(continued(lost)).toMatchObject({ loss, quirks: {} });
  });

  test.each([
    { name: 'ends where the loss falls by more than a thousand', lost: 499, quirks: {} },
    { name: 'ends where more is lost than can be', lost: 2051, quirks: { lossRange: 1 } },
    { name: 'ends at a broken counter', lost: 16_777_216, quirks: { lossRange: 1 } },
  ])('$name, and the next begins there', ({ lost, quirks }) => {
    expect(continued(lost)).toEqual({ loss: undefined, quirks });
    expect(continued(lost, lost + 10).loss).toMatchObject({
      lost: 10,
      of: 500,
      worst: { value: 0.02, windowSeconds: 5 },
    });
  });

  test('begins at zero where our counters began again and the loss fell with them', () => {
    const state = sending(10);
    takeReported(state, report(10, { lost: 30 }));
    for (let second = 11; second <= 20; second += 1) send(state, second, 100 * (second - 10));
    takeReported(state, report(20, { lost: 10 }));
    expect(totalOf(state)?.loss).toMatchObject({ lost: 40, of: 2000 });
  });
});

describe('the maximum', () => {
  test('sets each report against the nearest one that is 5 s and 50 packets before', () => {
    const state = sending(0);
    for (const seconds of [2, 4, 6, 8, 10]) sendAndTake(state, seconds, { lost: seconds < 8 ? 0 : 60 });
    expect(totalOf(state)?.loss?.worst).toEqual({ value: 0.1, at: BEGIN + 8, windowSeconds: 6 });
  });

  test('is none where reports are more than 30 s apart', () => {
    const state = sending(0);
    sendAndTake(state, 1, { lost: 0 });
    sendAndTake(state, 35, { lost: 100 });
    const loss = totalOf(state)?.loss;
    expect(loss?.lost).toBeCloseTo(100, 9);
    expect(loss?.of).toBe(3500);
    expect(loss).not.toHaveProperty('worst');
  });
});

describe('jitter', () => {
  test('weighs the time since the report before, at most 10 s', () => {
    const state = sending(0);
    sendAndTake(state, 5, { lost: 0, jitter: 0.01 });
    sendAndTake(state, 7, { lost: 0, jitter: 0.02 });
    sendAndTake(state, 57, { lost: 0, jitter: 0.03 });
    const slots = slotsOf(state);
    const seconds = [...slots].flatMap(([at, { jitter }]) => (jitter ? [[at, jitter.count]] : []));
    expect(seconds).toEqual([
      [0, 5],
      [5, 2],
      [45, 3],
      [50, 5],
      [55, 2],
    ]);
    expect([...slots.values()].reduce((sum, { jitter }) => sum + (jitter?.sum ?? 0), 0)).toBeCloseTo(
      0.05 + 0.04 + 0.3,
      9,
    );
  });

  test.each([
    { name: 'sent', packets: 500, lost: 0 },
    { name: 'received', packets: 1000, lost: 500 },
  ])('is not told by time in which nothing was $name', ({ packets, lost }) => {
    const state = sending(5);
    takeReported(state, report(5, { lost: 0, jitter: 0.01 }));
    totalOf(state);
    send(state, 10, packets);
    takeReported(state, report(10, { lost, jitter: 0.01 }));
    const total = totalOf(state);
    expect(total?.loss?.lost).toBe(lost);
    expect(total).not.toHaveProperty('jitter');
  });

  test('of video is paced, and one of 490 s cannot be', () => {
    const state = sending(0, { kind: 'video' });
    sendAndTake(state, 5, { lost: 0, jitter: 490 });
    sendAndTake(state, 10, { lost: 0, jitter: 0.04 });
    expect(totalOf(state)?.jitter).toMatchObject({ origin: 'paced', count: 5 });
    expect(state.quirks).toEqual({ jitterRange: 1 });
  });
});

describe('a loss is approximate', () => {
  const video = (perSecond: number, kind: 'audio' | 'video', retransmittedPackets?: number) => {
    const state = aStream({ direction: 'outbound', kind });
    const more = retransmittedPackets === undefined ? {} : { retransmittedPackets };
    send(state, 10, 10 * perSecond, more);
    takeReported(state, report(10, { lost: 1 }));
    return totalOf(state)?.loss?.approximate;
  };

  test.each([
    { name: 'for slow video with RTX', perSecond: 29, kind: 'video', rtx: 0, approximate: true },
    { name: 'not for fast video', perSecond: 30, kind: 'video', rtx: 0, approximate: undefined },
    { name: 'not without RTX', perSecond: 29, kind: 'video', rtx: undefined, approximate: undefined },
    { name: 'not for audio', perSecond: 29, kind: 'audio', rtx: 0, approximate: undefined },
  ] as const)('$name', ({ perSecond, kind, rtx, approximate }) => {
    expect(video(perSecond, kind, rtx)).toBe(approximate);
  });
});
