import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Series } from '../../../src/model/interval.ts';
import { PieceJoin } from '../../../src/store/piece-join.ts';
import type { SeriesPiece, Store } from '../../../src/store/store.ts';
import { endedOf, guidOf, legOf } from '../leg-of.ts';
import { batch, fullInterval, intervalOf, keptFullInterval, presenceOf, streamOf } from '../measured.ts';
import type { Bench, MakeBench } from './bench.ts';

export function describeMeasured(make: MakeBench): void {
  describe('what is measured', () => {
    let bench: Bench;
    let store: Store;
    beforeEach(async () => {
      bench = await make();
      store = await bench.open();
    });
    afterEach(() => bench.dispose());

    const leg = legOf('a');
    const { mediaLegId } = leg;
    const inbound = streamOf(mediaLegId, 'inbound');
    const outbound = streamOf(mediaLegId, 'outbound');

    it('is an empty series for a leg without any, or an unknown one', async () => {
      const nothing = { mediaLegId, streams: [], intervals: [], presence: [] };
      expect(await store.series(mediaLegId)).toStrictEqual(nothing);
      await store.putLeg(leg, 0);
      expect(await store.series(mediaLegId.toUpperCase())).toStrictEqual(nothing);
    });

    it('comes back by time, streams in their order', async () => {
      await store.putLeg(leg, 0);
      const streams = [outbound, inbound];
      const audio = [0, 1].map((slot) => presenceOf(mediaLegId, slot));
      const video = [0, 1].map((slot) => presenceOf(mediaLegId, slot, { media: 'video', channelIndex: 2 }));
      await store.appendIntervals(
        batch({
          streams,
          intervals: [intervalOf(inbound, 1), intervalOf(outbound, 1), intervalOf(inbound, 0)],
          presence: [...video, ...audio],
        }),
      );
      await store.appendIntervals(batch({ intervals: [intervalOf(outbound, 0)] }));
      expect(await store.series(mediaLegId)).toStrictEqual({
        mediaLegId,
        streams,
        intervals: [intervalOf(outbound, 0), intervalOf(inbound, 0), intervalOf(outbound, 1), intervalOf(inbound, 1)],
        presence: [audio[0], video[0], audio[1], video[1]],
      });
    });

    it('keeps every member of an interval, times to the microsecond and peaks to 10 ms', async () => {
      await store.putLeg(leg, 0);
      const { streamId } = inbound;
      await store.appendIntervals(batch({ streams: [inbound], intervals: [{ ...fullInterval, streamId }] }));
      const kept = [{ ...keptFullInterval, streamId }];
      expect((await store.series(mediaLegId)).intervals).toStrictEqual(kept);
      await store.endLeg(endedOf(leg), {});
      expect((await store.series(mediaLegId)).intervals).toStrictEqual(kept);
    });

    it('replaces a slot that is told again', async () => {
      await store.putLeg(leg, 0);
      const streams = [inbound];
      await store.appendIntervals(
        batch({
          streams,
          intervals: [intervalOf(inbound, 0), intervalOf(inbound, 1)],
          presence: [presenceOf(mediaLegId, 0)],
        }),
      );
      const { packets: _, ...unheard } = intervalOf(inbound, 0);
      const later = presenceOf(mediaLegId, 0, { enabledSeconds: 1 });
      const recoded = { ...inbound, codec: 'G722' };
      await store.appendIntervals(batch({ streams: [recoded], intervals: [unheard], presence: [later] }));
      expect(await store.series(mediaLegId)).toStrictEqual({
        mediaLegId,
        streams: [recoded],
        intervals: [unheard, intervalOf(inbound, 1)],
        presence: [later],
      });
    });

    it('of a leg that ended or never began is left out and costs the others nothing', async () => {
      const other = legOf('b');
      for (const each of [leg, other]) await store.putLeg(each, 0);
      const theirs = streamOf(other.mediaLegId);
      await store.appendIntervals(batch({ streams: [inbound, theirs], intervals: [intervalOf(inbound, 0)] }));
      await store.endLeg(endedOf(leg), {});
      const before = await store.series(mediaLegId);
      const unknown = streamOf(guidOf('nobody'));
      await store.appendIntervals({
        streams: [inbound, unknown, theirs],
        intervals: [inbound, unknown, theirs].map((stream) => intervalOf(stream, 1)),
        presence: [mediaLegId, unknown.mediaLegId, other.mediaLegId].map((id) => presenceOf(id, 1)),
        cursors: new Map([mediaLegId, unknown.mediaLegId].map((id) => [id, new Uint8Array([1])])),
      });
      expect(await store.series(mediaLegId)).toStrictEqual(before);
      expect((await store.series(unknown.mediaLegId)).streams).toEqual([]);
      expect(await store.series(other.mediaLegId)).toMatchObject({
        streams: [theirs],
        intervals: [intervalOf(theirs, 1)],
        presence: [presenceOf(other.mediaLegId, 1)],
      });
    });

    it('does not let one leg take over the stream of another', async () => {
      const other = legOf('b');
      for (const each of [leg, other]) await store.putLeg(each, 0);
      await store.appendIntervals(batch({ streams: [inbound], intervals: [intervalOf(inbound, 0)] }));
      await store.appendIntervals(batch({ streams: [{ ...inbound, mediaLegId: other.mediaLegId }] }));
      expect((await store.series(mediaLegId)).streams).toStrictEqual([inbound]);
      expect((await store.series(other.mediaLegId)).streams).toEqual([]);
    });

    it('may carry the name of a stream on to the next leg, once the first has ended', async () => {
      const next = legOf('b');
      for (const each of [leg, next]) await store.putLeg(each, 0);
      await store.appendIntervals(batch({ streams: [inbound], intervals: [intervalOf(inbound, 0)] }));
      await store.endLeg(endedOf(leg), {});
      await store.appendIntervals(batch({ streams: [inbound], intervals: [intervalOf(inbound, 1)] }));
      const onward = { ...inbound, mediaLegId: next.mediaLegId };
      await store.appendIntervals(batch({ streams: [onward], intervals: [intervalOf(inbound, 1)] }));
      expect((await store.series(mediaLegId)).intervals).toStrictEqual([intervalOf(inbound, 0)]);
      expect((await store.series(next.mediaLegId)).intervals).toStrictEqual([intervalOf(inbound, 1)]);
    });

    it('is there after a restart: leg, series and cursor as they lay on disk', async () => {
      const second = legOf('b', { startedAt: leg.startedAt - 10 });
      const foreign = legOf('c', { owner: 'agent-2' });
      const over = legOf('d');
      for (const each of [leg, second, foreign, over]) await store.putLeg(each, 0);
      const presence = [presenceOf(mediaLegId, 0)];
      const intervals = [intervalOf(inbound, 0), intervalOf(inbound, 1)];
      const cursors = new Map([[mediaLegId, new Uint8Array([0, 255, 128, 7])]]);
      await store.appendIntervals({
        streams: [inbound],
        intervals,
        presence,
        cursors: new Map([[mediaLegId, new Uint8Array(3)]]),
      });
      await store.appendIntervals(batch({ cursors }));
      await store.endLeg(endedOf(over), {});

      store = await bench.open();
      expect(await store.liveLegs('agent-1')).toStrictEqual([
        {
          leg: { ...second, revision: 1 },
          series: { mediaLegId: second.mediaLegId, streams: [], intervals: [], presence: [] },
        },
        {
          leg: { ...leg, revision: 1 },
          series: { mediaLegId, streams: [inbound], intervals, presence },
          cursor: new Uint8Array([0, 255, 128, 7]),
        },
      ]);
      expect((await store.liveLegs('agent-2')).map((live) => live.leg.mediaLegId)).toEqual([foreign.mediaLegId]);
      expect(await store.liveLegs('agent-3')).toEqual([]);
    });

    describe('in pieces', () => {
      /** As the piece tells it, joined with those before. */
      const joined = async (from?: SeriesPiece): Promise<{ series: Series; rows: number[] }> => {
        const join = new PieceJoin(mediaLegId);
        const rows: number[] = [];
        for (let piece = from ?? (await store.piece?.(mediaLegId)); piece !== undefined; ) {
          join.put(piece.text);
          rows.push((JSON.parse(piece.text) as { rows: unknown[] }).rows.length); // an object with the list `rows`
          piece = piece.next && (await store.piece?.(mediaLegId, piece.next));
        }
        return { series: join.series(), rows };
      };
      /** So many rows, of two streams and of presence, in slots one after the other. */
      const write = async (rows: number): Promise<void> => {
        await store.putLeg(leg, 0);
        const slots = Array.from({ length: Math.ceil(rows / 3) }, (_, slot) => slot);
        const ofSlot = (slot: number) => ({
          intervals: [intervalOf(inbound, slot), intervalOf(outbound, slot)].slice(0, rows - 3 * slot),
          presence: rows - 3 * slot < 3 ? [] : [presenceOf(mediaLegId, slot)],
        });
        const all = slots.map(ofSlot);
        const intervals = all.flatMap((each) => each.intervals);
        await store.appendIntervals(
          batch({ streams: [inbound, outbound], intervals, presence: all.flatMap((each) => each.presence) }),
        );
      };

      it('are none of a leg that is unknown, and one without rows of a leg of which nothing was measured', async () => {
        expect(await store.piece?.(mediaLegId)).toBeUndefined();
        await store.putLeg(leg, 0);
        expect(await store.piece?.(mediaLegId)).toStrictEqual({ text: '{"streams":[],"rows":[]}' });
      });

      it.each([
        { rows: 7, want: [7] },
        { rows: 2000, want: [2000, 0] },
        { rows: 2001, want: [2000, 1] },
        { rows: 4100, want: [2000, 2000, 100] },
      ])('are the series of $rows rows, each row once, and the last has no next', async ({ rows, want }) => {
        await write(rows);
        const read = await joined();
        expect(read.rows).toEqual(want);
        expect(read.series).toStrictEqual(await store.series(mediaLegId));
        expect(read.series.intervals.length + read.series.presence.length).toBe(rows);
      });

      it('are found by an id in capitals, and hold all members of an interval', async () => {
        await store.putLeg(leg, 0);
        const full = { ...fullInterval, streamId: inbound.streamId };
        await store.appendIntervals(batch({ streams: [inbound], intervals: [full] }));
        const read = await joined(await store.piece?.(mediaLegId.toUpperCase()));
        expect(read.series).toStrictEqual(await store.series(mediaLegId));
        expect(read.series.intervals).toHaveLength(1);
      });

      it('go on with what comes after the place, whatever was written before it meanwhile', async () => {
        await write(2100);
        const first = await store.piece?.(mediaLegId);
        await store.appendIntervals(
          batch({ intervals: [intervalOf(inbound, 0, { packets: 7 }), intervalOf(inbound, 800)] }),
        );
        const read = await joined(first);
        expect(read.rows).toEqual([2000, 101]);
        expect(read.series.intervals.at(-1)).toStrictEqual(intervalOf(inbound, 800));
        expect(read.series.intervals[0]).toStrictEqual(intervalOf(inbound, 0));
      });

      it('are those of a leg that has ended until it is packed, also between two of them', async () => {
        await write(2001);
        const first = await store.piece?.(mediaLegId);
        await store.endLeg(endedOf(leg), {});
        if (bench.packsAtOnce === undefined) {
          expect((await joined()).rows).toEqual([2000, 1]);
          expect(await store.packEnded(0, 10)).toBe(1);
        }
        expect(first?.next).toBeDefined();
        expect(await store.piece?.(mediaLegId, first?.next)).toBeUndefined();
        expect(await store.piece?.(mediaLegId)).toBeUndefined();
        expect(await store.packed?.(mediaLegId)).toBeDefined();
      });
    });

    it('may be nothing', async () => {
      await expect(store.appendIntervals(batch({}))).resolves.toBeUndefined();
    });
  });
}
