import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
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

    it('may be nothing', async () => {
      await expect(store.appendIntervals(batch({}))).resolves.toBeUndefined();
    });
  });
}
