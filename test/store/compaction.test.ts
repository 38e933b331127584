import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Series } from '../../src/model/interval.ts';
import { compact, expand } from '../../src/store/compaction.ts';
import { anySeries } from './arbitrary-series.ts';
import { hourOf } from './hour.ts';

/** The sums and maxima that every figure of a report is made of, folded in the order they come. */
function folded({ intervals, presence }: Series) {
  const sum = {
    lost: 0,
    of: 0,
    jitter: 0,
    jitterSeconds: 0,
    octets: 0,
    covered: 0,
    enabled: 0,
    worstLoss: 0,
    worstTrip: 0,
  };
  for (const { loss, jitter, octets, coveredSeconds, roundTrip } of intervals) {
    sum.lost += loss?.lost ?? 0;
    sum.of += loss?.of ?? 0;
    sum.jitter += jitter?.sum ?? 0;
    sum.jitterSeconds += jitter?.count ?? 0;
    sum.octets += octets ?? 0;
    sum.covered += coveredSeconds;
    sum.worstLoss = Math.max(sum.worstLoss, loss?.worst?.value ?? 0);
    for (const trip of Object.values(roundTrip ?? {})) sum.worstTrip = Math.max(sum.worstTrip, trip.worst?.value ?? 0);
  }
  for (const { enabledSeconds } of presence) sum.enabled += enabledSeconds;
  return sum;
}

describe('compaction', () => {
  it('keeps any series as it was', () => {
    fc.assert(
      fc.property(anySeries, (series) => {
        expect(expand('leg', compact(series))).toStrictEqual(series);
      }),
      { numRuns: 150 },
    );
  });

  it('tells of some streams and channels what it tells of them among all', () => {
    fc.assert(
      fc.property(anySeries, fc.nat(), fc.nat(), (series, someStreams, someChannels) => {
        const packed = compact(series);
        const whole = expand('leg', packed);
        const ids = new Set(series.streams.filter((_, n) => (someStreams >> n) & 1).map(({ streamId }) => streamId));
        const isChannel = ({ channelIndex }: { channelIndex: number }): boolean =>
          channelIndex % 2 === someChannels % 2;
        const part = expand('leg', packed, () => ({ stream: ({ streamId }) => ids.has(streamId), channel: isChannel }));
        expect(part).toStrictEqual({
          ...whole,
          intervals: whole.intervals.filter(({ streamId }) => ids.has(streamId)),
          presence: whole.presence.filter(isChannel),
        });
      }),
      { numRuns: 150 },
    );
  });

  it('leaves every sum and maximum equal to the last bit', () => {
    const series = hourOf('leg', { video: true, lossy: 0.1 });
    const sums = folded(series);
    expect(sums.lost).toBeGreaterThan(500);
    expect(folded(expand('leg', compact(series)))).toStrictEqual(sums);
  });

  it.each([
    { what: 'a quiet hour of audio', video: false, lossy: 0 },
    { what: 'an hour of audio', video: false, lossy: 0.05 },
    { what: 'an hour of video', video: true, lossy: 0.05 },
    { what: 'an hour of video with loss every fourth slot', video: true, lossy: 0.25 },
  ])('packs $what in both directions into 25 kB', (options) => {
    const series = hourOf('5ab98f2e-5a63-4e8c-a1ea-0a4b0d0b6a5e', options);
    expect(series.intervals).toHaveLength(1440);
    const { length } = compact(series);
    expect(length).toBeLessThanOrEqual(25_000);
    expect(length).toBeGreaterThan(5_000);
  });

  it('takes few octets for a leg that measured nothing', () => {
    const nothing = { mediaLegId: 'leg', streams: [], intervals: [], presence: [] };
    expect(compact(nothing).length).toBeLessThan(150);
    expect(expand('leg', compact(nothing))).toStrictEqual(nothing);
  });
});
