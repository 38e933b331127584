import { beforeAll, describe, expect, it } from 'vitest';
import {
  analyzed,
  byKey,
  capture,
  type Document,
  describeCaptures,
  ms,
  readJson,
  streamKey,
  truthKey,
} from './collection.ts';
import {
  COUNTED_OTHERWISE,
  excepts,
  INFERRED_OTHERWISE,
  JITTER_OTHERWISE,
  LISTED_BEYOND,
  NOT_LISTED,
} from './exceptions.ts';
import { type TrueStream, type Truth, trueTrips } from './truth.ts';

type Entry = { readonly file: string; readonly kind: string; readonly srtp: string };

/** What the goals allow between two right readings. Milliseconds. */
const NEAR = { jitter: 0.05, roundTrip: 0.1 };

/**
 * Clocks that the truth estimated over the whole capture. Ours are known after two seconds (docs/metrics.md, section 2) and
 * tell no jitter before; the same figures need the same knowledge from the first packet on.
 */
function estimatedClocks(streams: readonly TrueStream[]): readonly string[] {
  const estimated = streams.filter(({ clock_source: source }) => source === 'estimated from timestamps');
  const known = new Map(estimated.flatMap(({ pts, clock_hz: clock }) => Object.keys(pts).map((type) => [type, clock])));
  return [...known].flatMap(([type, clock]) => ['--clock', `${type}=${clock}`]);
}

describeCaptures('real captures', () => {
  const files = readJson<readonly Entry[]>('index.json').map(({ file }) => file);

  describe.each(files)('%s', (file) => {
    const truth = readJson<Truth>('truth', `${file}.json`);
    const wanted = truth.expected_streams.filter((stream) => !excepts(NOT_LISTED, file, truthKey(stream)));
    let document: Document;
    beforeAll(async () => {
      const answer = await analyzed([capture('real', file)]);
      expect(answer.code).toBe(0);
      document = answer.document;
    });

    it('has the streams of the truth and no others', () => {
      const ours = document.streams.map(streamKey).filter((key) => !excepts(LISTED_BEYOND, file, key));
      expect(ours.toSorted()).toEqual(wanted.map(truthKey).toSorted());
      expect(document.capture.packets).toBe(truth.frames);
    });

    it('has their packets, losses and duplicates', () => {
      const counts = wanted.filter((stream) => !excepts(COUNTED_OTHERWISE, file, truthKey(stream)));
      const ours = byKey(document);
      const said = counts.map((stream) => {
        const { packets, lost, expected, duplicates } = ours.get(truthKey(stream)) ?? {};
        return { key: truthKey(stream), packets, lost, expected, duplicates };
      });
      expect(said).toEqual(
        counts.map((stream) => ({
          key: truthKey(stream),
          packets: stream.unique_packets,
          lost: stream.lost_unique,
          expected: stream.expected,
          duplicates: stream.duplicates,
        })),
      );
    });

    it('has their jitter over all packets, where the clock is known', async () => {
      const clocks = estimatedClocks(wanted);
      const { document: clocked } =
        clocks.length === 0 ? { document } : await analyzed([capture('real', file)], ...clocks);
      const ours = byKey(clocked);
      const wrong = wanted.flatMap((stream) => {
        const key = truthKey(stream);
        const { jitter_mean_ms: mean, jitter_max_ms: most, clock_hz: clock } = stream;
        if (mean === null || most === null || clock === null || excepts(JITTER_OTHERWISE, file, key)) return [];
        const { rfc3550, clockRate, clockRateOrigin } = ours.get(key) ?? {};
        const said = [ms(rfc3550?.averageJitterSeconds), ms(rfc3550?.maximumJitterSeconds)];
        const near = said.every(
          (value, index) => Math.abs((value ?? Number.NaN) - ([mean, most][index] ?? 0)) <= NEAR.jitter,
        );
        return near ? [] : [{ key, clock: [clock, clockRate, clockRateOrigin], truth: [mean, most], said }];
      });
      expect(wrong).toEqual([]);
    });

    it('infers the clock of the truth, or none', () => {
      const ours = byKey(document);
      const inferred = wanted.filter(
        (stream) => ours.get(truthKey(stream))?.clockRateOrigin === 'inferred' && stream.clock_hz !== null,
      );
      const wrong = inferred.filter(
        (stream) =>
          ours.get(truthKey(stream))?.clockRate !== stream.clock_hz &&
          !excepts(INFERRED_OTHERWISE, file, truthKey(stream)),
      );
      expect(wrong.map((stream) => [truthKey(stream), stream.clock_hz, ours.get(truthKey(stream))?.clockRate])).toEqual(
        [],
      );
    });

    it('has their round trips', () => {
      const ours = byKey(document);
      for (const stream of wanted) {
        const { roundTrip } = ours.get(truthKey(stream)) ?? {};
        const { trips, byFirstCopy } = trueTrips(truth, stream);
        const said = {
          key: truthKey(stream),
          average: ms(roundTrip?.averageSeconds),
          maximum: ms(roundTrip?.maximumSeconds),
        };
        if (trips.length === 0)
          expect({ key: said.key, origin: roundTrip?.origin }).not.toMatchObject({ origin: 'sr-rr' });
        else if (byFirstCopy.every((trip, index) => trip === trips[index])) {
          const average = trips.reduce((sum, trip) => sum + trip, 0) / trips.length;
          expect(said, said.key).toEqual({
            key: said.key,
            average: near(average),
            maximum: near(Math.max(...trips)),
          });
        } else {
          // Several copies of each report were captured, on several hops: ours is of one hop, the truth of any pair of copies.
          const all = [...trips, ...byFirstCopy];
          expect(said.average, said.key).toBeGreaterThanOrEqual(Math.min(...all) - NEAR.roundTrip);
          expect(said.maximum, said.key).toBeLessThanOrEqual(Math.max(...all) + NEAR.roundTrip);
        }
      }
    });
  });
});

/** As near as the goals want a round trip. */
const near = (milliseconds: number) => expect.closeTo(milliseconds, -Math.log10(2 * NEAR.roundTrip));
