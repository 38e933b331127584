import { describe, expect, test } from 'vitest';
import { GATEWAY, OUTBOUND, rtp, send } from '../../meter/wire.ts';
import { liveRig } from './live-rig.ts';

const audio = {
  channels: [{ media: 'audio', channelIndex: 1, local: { address: GATEWAY[0], port: GATEWAY[1] } }],
} as const;

/** Two packets of each of so many made-up SSRCs to the port of a leg, and the seconds after; what it costs in milliseconds. */
function flooded(ssrcs: number) {
  const rig = liveRig({ slotSeconds: 1 });
  rig.follow('a', -5, audio);
  const began = performance.now();
  for (let index = 0; index < ssrcs; index += 1)
    for (const n of [1, 2])
      send(
        rig.meter,
        (2 * index + n) / 10_000,
        { from: ['10.9.0.1', 9999], to: GATEWAY },
        rtp({ ssrc: 1000 + index, sequence: n, timestamp: 160 * n, payload: new Uint8Array(20) }),
      );
  for (let second = 1; second < 8; second += 1) rig.advance(ssrcs / 5000 + second);
  const took = performance.now() - began;
  rig.take({ kind: 'look', ask: 1 });
  return { rig, took, sight: rig.said.findLast((one) => one.kind === 'sight')?.sight };
}

describe('made-up SSRCs to a leg’s port', () => {
  test('cost in proportion to their number', () => {
    flooded(200);
    const few = flooded(1000).took;
    expect(flooded(8000).took).toBeLessThan(25 * few + 100);
  });

  test('are its streams only so far, and the surplus is counted', () => {
    const { rig, sight } = flooded(2000);
    expect(sight?.legs).toMatchObject([{ streams: 256, surplusStreams: 1744 }]);
    expect(sight?.unclaimed).toBe(1744);
    for (let n = 0; n < 100; n += 1)
      send(rig.meter, 10 + n / 50, OUTBOUND, rtp({ ssrc: 7, sequence: n, timestamp: 160 * n }));
    rig.release('a', 12);
    expect(rig.counts('a')['outbound 7']).toEqual([100, 0, 0]);
    expect(rig.measured('a').streams.filter(({ direction }) => direction === 'inbound')).toHaveLength(256);
  });
});

test('SSRCs that follow each other make room for the next, and each goes on from the one before', () => {
  const rig = liveRig({ slotSeconds: 1 });
  rig.follow('a', 0, audio);
  for (let n = 0; n < 50 * 360 * 3; n += 1)
    send(
      rig.meter,
      n / 50,
      { from: ['10.9.0.1', 9999], to: GATEWAY },
      rtp({ ssrc: 1 + Math.floor(n / 150), sequence: n, timestamp: 160 * n }),
    );
  rig.advance(1081);
  const { streams } = rig.measured('a');
  const names = new Map(streams.map(({ streamId, ssrc }) => [streamId, ssrc]));
  expect(names.size).toBe(360);
  expect(streams.filter(({ ssrc, continues }) => names.get(continues ?? '') === (ssrc ?? 0) - 1)).toHaveLength(359);
});
