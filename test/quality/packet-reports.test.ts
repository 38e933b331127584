import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lostOf, newTrack, newTracks, takeBlock, takeSilence, trackTotals } from '../../src/quality/packet-reports.ts';
import type { SentSoFar } from '../../src/quality/packet-sent.ts';

const tracks = newTracks();
const RATE = 50;
const BASE = 1000;

/** A stream of 50 packets/s that the tap saw begin at time 0 s. */
const sent = (seconds: number, more: Partial<SentSoFar> = {}): SentSoFar => ({
  highest: BASE + RATE * seconds - 1,
  base: BASE,
  segment: 0,
  firstAt: 0,
  recent: RATE * 30,
  unit: 1 / 8000,
  sawBegin: true,
  ...more,
});

const block = (highestSequence: number, cumulativeLost: number, jitter = 80) => ({
  ssrc: 1,
  fractionLost: 0,
  cumulativeLost,
  highestSequence: highestSequence >>> 0,
  jitter,
  lastSenderReport: 0,
  delaySinceLast: 0,
});

/** Reports each `every` seconds with the cumulative loss that `lostAt` tells; what they came to. */
function reports(every: number, seconds: number, lostAt: (at: number) => number, more: Partial<SentSoFar> = {}) {
  const track = newTrack(tracks, 9);
  const sums = { lost: 0, of: 0 };
  for (let at = every; at <= seconds; at += every) {
    const state = sent(at, more);
    const { told } = takeBlock(tracks, track, block(state.highest, lostAt(at)), state, at * 1e6);
    sums.lost += told?.loss?.lost ?? 0;
    sums.of += told?.loss?.of ?? 0;
  }
  return { track, sums, totals: trackTotals(tracks, track) };
}

describe('loss by reports', () => {
  test('2 % of everything since the first packet', () => {
    const { sums, totals } = reports(5, 60, (at) => at);
    expect(sums).toEqual({ lost: 60, of: 3000 });
    expect(totals.loss).toBeCloseTo(0.02, 9);
    expect(totals.maximumLoss).toBeCloseTo(0.02, 9);
  });

  test('reports each second, 3 % late: what comes after all is no loss', () => {
    const { totals, sums } = reports(1, 60, (at) => (at % 2 === 1 ? 3 : 0));
    expect(sums.of).toBe(3000);
    expect(totals.loss).toBe(0);
  });

  test('the tap joins an hour late: no loss from before', () => {
    const { sums, totals } = reports(5, 10, () => 3605, { sawBegin: false });
    expect(sums).toEqual({ lost: 0, of: 250 });
    expect(totals.loss).toBe(0);
  });

  test('a window of 5 s with half of it lost', () => {
    const { totals } = reports(1, 60, (at) => Math.min(125, Math.max(0, (at - 20) * 25)));
    expect(totals.loss).toBeCloseTo(125 / 3000, 9);
    expect(totals.maximumLoss).toBeCloseTo(0.5, 9);
  });

  test('the counter of the device begins again: two runs', () => {
    const { sums } = reports(5, 60, (at) => (at <= 30 ? 2000 + at : at - 30), { sawBegin: false });
    expect(sums).toEqual({ lost: 25 + 25, of: 1250 + 1250 });
  });

  test('only the lower half of the sequence counts', () => {
    const track = newTrack(tracks, 9);
    const odd = 0x7fff_0000;
    takeBlock(tracks, track, block(odd + BASE + 249, 0), sent(5), 5e6);
    const { told } = takeBlock(tracks, track, block(odd + BASE + 499, 5), sent(10), 10e6);
    expect(told?.loss).toMatchObject({ lost: 5, of: 250 });
  });

  test('a number of longer than 30 s ago is none of ours', () => {
    const state = sent(100);
    const track = newTrack(tracks, 9);
    expect(takeBlock(tracks, track, block(state.highest - RATE * 31, 0), state, 100e6)).toEqual({
      quirk: 'sequenceRange',
    });
    expect(takeBlock(tracks, track, block(state.highest - RATE * 29, 0), state, 100e6).quirk).toBeUndefined();
  });

  test('a loss greater than what was sent is left out', () => {
    const track = newTrack(tracks, 9);
    takeBlock(tracks, track, block(sent(5).highest, 0), sent(5), 5e6);
    expect(takeBlock(tracks, track, block(sent(10).highest, 251), sent(10), 10e6).quirk).toBe('lossJump');
    expect(takeBlock(tracks, track, block(sent(15).highest, 5), sent(15), 15e6).told?.loss).toMatchObject({
      lost: 5,
      of: 500,
    });
  });

  test('our stream begins again: what the device says of the new numbers is a new run', () => {
    const track = newTrack(tracks, 9);
    takeBlock(tracks, track, block(sent(5).highest, 0), sent(5), 5e6);
    const restarted = sent(10, { highest: 40_000, base: 39_900, segment: 1 });
    expect(takeBlock(tracks, track, block(40_000, 0), restarted, 10e6).told?.loss).toBeUndefined();
    expect(trackTotals(tracks, track).loss).toBe(0);
  });
});

describe('silence of the reports', () => {
  test('the sequence stands still while we send: lost; counted once when reports go on', () => {
    const track = newTrack(tracks, 9);
    takeBlock(tracks, track, block(sent(5).highest, 0), sent(5), 5e6);
    expect(takeSilence(tracks, track, sent(10), 10e6)).toBeUndefined();
    expect(takeSilence(tracks, track, sent(15), 15e6)?.loss).toMatchObject({ lost: 500, of: 500 });
    expect(takeSilence(tracks, track, sent(20), 20e6)?.loss).toMatchObject({ lost: 250, of: 250 });
    takeBlock(tracks, track, block(sent(25).highest, 1000), sent(25), 25e6);
    expect(trackTotals(tracks, track).loss).toBeCloseTo(1000 / 1250, 9);
  });

  test('blocks that go on and are not believed are no silence; the same one again and again is', () => {
    const track = newTrack(tracks, 9);
    takeBlock(tracks, track, block(sent(5).highest, 0), sent(5), 5e6);
    for (let at = 10; at <= 40; at += 5) {
      const strange = block(sent(at).highest + 20_000, 0);
      expect(takeBlock(tracks, track, strange, sent(at), at * 1e6).quirk).toBe('sequenceRange');
      expect(takeSilence(tracks, track, sent(at), at * 1e6)).toBeUndefined();
    }
    takeBlock(tracks, track, block(sent(40).highest + 20_000, 0), sent(50), 50e6);
    expect(takeSilence(tracks, track, sent(50), 50e6)?.loss).toMatchObject({ lost: 2250 });
  });

  test('media that is not sent cannot be lost', () => {
    const track = newTrack(tracks, 9);
    takeBlock(tracks, track, block(sent(5).highest, 0), sent(5), 5e6);
    expect(takeSilence(tracks, track, sent(5), 60e6)).toBeUndefined();
  });

  test('a device that never reported is not deaf', () => {
    expect(takeSilence(tracks, newTrack(tracks, 9), sent(60), 60e6)).toBeUndefined();
  });
});

describe('jitter by reports', () => {
  test('each report weighs the time since the one before, at most 10 s', () => {
    const track = newTrack(tracks, 9);
    takeBlock(tracks, track, block(sent(5).highest, 0, 80), sent(5), 5e6);
    takeBlock(tracks, track, block(sent(25).highest, 0, 160), sent(25), 25e6);
    const { averageJitter, maximumJitter } = trackTotals(tracks, track);
    expect(averageJitter).toBeCloseTo((0.01 * 5 + 0.02 * 10) / 15, 9);
    expect(maximumJitter).toBeCloseTo(0.02, 9);
  });

  test('more than 10 s is left out, and the loss beside it counts', () => {
    const track = newTrack(tracks, 9);
    const { quirk, told } = takeBlock(tracks, track, block(sent(5).highest, 5, 80_001), sent(5), 5e6);
    expect(quirk).toBe('jitterRange');
    expect(told?.loss).toMatchObject({ lost: 5 });
    expect(trackTotals(tracks, track).averageJitter).toBeUndefined();
  });
});

test('whatever a device says, nothing leaves its bounds and the pieces add up to the whole', () => {
  const hostile = fc.record({
    highestSequence: fc.integer({ min: 0, max: 0xffff_ffff }),
    cumulativeLost: fc.integer({ min: -8_388_608, max: 8_388_607 }),
    jitter: fc.integer({ min: 0, max: 0xffff_ffff }),
    step: fc.integer({ min: 0, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 40 }), fc.boolean(), (blocks, sawBegin) => {
      const track = newTrack(tracks, 9);
      let seconds = 1;
      let lost = 0;
      let of = 0;
      for (const { highestSequence, cumulativeLost, jitter, step } of blocks) {
        seconds += step;
        const state = sent(seconds, { sawBegin });
        const { told } = takeBlock(tracks, track, block(highestSequence, cumulativeLost, jitter), state, seconds * 1e6);
        const silent = takeSilence(tracks, track, state, seconds * 1e6);
        for (const loss of [told?.loss, silent?.loss]) {
          lost += loss?.lost ?? 0;
          of += loss?.of ?? 0;
          if (loss?.worst !== undefined) expect(loss.worst.value).toBeGreaterThanOrEqual(0);
        }
      }
      const totals = trackTotals(tracks, track);
      expect([lost, of]).toEqual(lostOf(tracks, track));
      expect(of).toBeGreaterThanOrEqual(0);
      expect(lost).toBeLessThanOrEqual(of);
      if (totals.maximumLoss !== undefined) expect(totals.maximumLoss).toBeLessThanOrEqual(1);
      if (totals.maximumJitter !== undefined) expect(totals.maximumJitter).toBeLessThanOrEqual(10);
    }),
    { numRuns: 300 },
  );
});
