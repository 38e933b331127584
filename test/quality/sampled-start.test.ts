import { describe, expect, test } from 'vitest';
import { beginSampled, type Tracks, tracksOf } from '../../src/quality/sampled.ts';
import { takeObserved } from '../../src/quality/sampled-observed.ts';
import { takeReported } from '../../src/quality/sampled-reported.ts';
import { takeRoundTrip } from '../../src/quality/sampled-round-trip.ts';
import { rebased, zeroPoint } from '../../src/quality/sampled-start.ts';
import { aStream, BEGIN, totalOf } from './one-stream.ts';

describe('a stream seen first', () => {
  test.each([
    { name: 'with the leg counts from its begin', at: 3, zero: 0 },
    { name: 'two sampling intervals after the begin still does', at: 10, zero: 0 },
    { name: 'later than that began before the leg, for all we know', at: 10.1, zero: undefined },
    { name: 'at the begin has counted nothing in the leg', at: 0, zero: undefined },
    { name: 'before the begin neither', at: -1, zero: undefined },
    { name: 'soon after the begin counts from it although there was a sample', at: 5, previous: 4, zero: 0 },
    { name: 'after another sample of the leg began since', at: 100, previous: 95, zero: 95 },
    { name: 'with the sample that was the last is older than it', at: 95, previous: 95, zero: undefined },
  ])('$name', ({ at, previous, zero }) => {
    const beginning = { legStartedAt: BEGIN, samplingInterval: 5, ...(previous && { previousAt: BEGIN + previous }) };
    expect(zeroPoint(beginning, BEGIN + at)).toBe(zero === undefined ? undefined : BEGIN + zero);
  });
});

/** The tracks of an outbound stream of 100 packets/s that lost 1 of 100, measured for 60 s. */
function measuredBefore(): Tracks {
  const state = aStream({ direction: 'outbound' });
  for (let second = 5; second <= 60; second += 5) {
    takeObserved(state, { at: BEGIN + second, counters: { packets: 100 * second } }, BEGIN);
  }
  takeReported(state, { at: BEGIN + 58, lost: 58, jitter: 0.01 });
  takeRoundTrip(state, { at: BEGIN + 58, reading: { total: 5, measurements: 50 } });
  return tracksOf(state);
}

test('a leg that goes on with the streams of another counts neither twice nor too little', () => {
  const begin = BEGIN + 62;
  const tracks = rebased(measuredBefore(), begin, BEGIN + 65);
  const state = beginSampled({ streamId: 't', direction: 'outbound', kind: 'audio', slotSeconds: 5 }, tracks);
  expect(takeReported(state, { at: BEGIN + 58, lost: 58, jitter: 0.01 })).toBe(false);
  takeObserved(state, { at: BEGIN + 65, counters: { packets: 6500 } }, begin);
  takeReported(state, { at: BEGIN + 65, lost: 63, jitter: 0.03 });
  takeRoundTrip(state, { at: BEGIN + 65, reading: { total: 5.2, measurements: 52 } });
  const total = totalOf(state);
  expect(total).toMatchObject({ startedAt: BEGIN + 60, coveredSeconds: 3, packets: 500 });
  expect(total?.loss).toEqual({ origin: 'reported', unit: 'packets', lost: 5, of: 700 });
  expect(total?.jitter).toMatchObject({ count: 3 });
  expect(total?.roundTrip?.stats).toMatchObject({ count: 2 });
});

test('windows do not reach back into the other leg', () => {
  const before = aStream();
  takeObserved(before, { at: BEGIN + 5, counters: { packets: 100, lost: 100 } }, BEGIN);
  const tracks = rebased(tracksOf(before), BEGIN, BEGIN + 10);
  const state = beginSampled({ streamId: 't', direction: 'inbound', slotSeconds: 5 }, tracks);
  takeObserved(state, { at: BEGIN + 8, counters: { packets: 250, lost: 100 } });
  takeObserved(state, { at: BEGIN + 10, counters: { packets: 350, lost: 100 } });
  expect(totalOf(state)?.loss?.worst).toEqual({ value: 0, at: BEGIN + 10, windowSeconds: 5 });
});

test('a first report in the new leg tells of the other one, too: it is only the base', () => {
  const { reported, ...unreported } = measuredBefore();
  const state = beginSampled(
    { streamId: 't', direction: 'outbound', slotSeconds: 5 },
    rebased(unreported, BEGIN + 62, BEGIN + 65),
  );
  takeObserved(state, { at: BEGIN + 65, counters: { packets: 6500 } }, BEGIN + 62);
  takeReported(state, { at: BEGIN + 65, lost: 63 });
  expect(totalOf(state)).not.toHaveProperty('loss');
});

test('the last sample stays the base where the leg had begun before it', () => {
  expect(rebased(measuredBefore(), BEGIN + 50, BEGIN + 65).observed?.at).toBe(BEGIN + 60);
  expect(rebased(measuredBefore(), BEGIN + 70, BEGIN + 65).observed?.at).toBe(BEGIN + 60);
});

test('nothing that was never measured has a base', () => {
  expect(rebased({}, BEGIN, BEGIN + 1)).toEqual({});
});
