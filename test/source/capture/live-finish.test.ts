import { expect, test } from 'vitest';
import { DEVICE, GATEWAY, INBOUND, rtp, send } from '../../meter/wire.ts';
import { liveRig } from './live-rig.ts';

const socket = ([address, port]: readonly [string, number]) => ({ address, port });
const audio = {
  channels: [{ media: 'audio', channelIndex: 1, local: socket(GATEWAY), remote: socket(DEVICE) }],
} as const;

function talked(rig: ReturnType<typeof liveRig>, from: number, to: number): void {
  for (let n = Math.round(from * 50); n < Math.round(to * 50); n += 1)
    send(rig.meter, n / 50 + 0.003, INBOUND, rtp({ ssrc: 1, sequence: n, timestamp: 160 * n }));
}

test.each([0, 0.2])(
  'the end of the capture tells of every packet up to it, and no more time than there was (lag %d)',
  (lag) => {
    const rig = liveRig({ lag });
    rig.follow('a', 0, audio);
    talked(rig, 0, 13.7);
    rig.advance(13.7);
    rig.meter.finish();
    expect(rig.counts('a')).toEqual({ 'inbound 1': [685, 0, 685] });
    const { intervals, streams } = rig.measured('a');
    expect(intervals.map(({ packets, coveredSeconds }) => [packets, coveredSeconds])).toEqual([
      [250, expect.closeTo(5, 2)],
      [250, 5],
      [185, expect.closeTo(3.7, 1)],
    ]);
    expect(streams).toMatchObject([{ direction: 'inbound', ssrc: 1 }]);
  },
);

test('nothing of a leg of which nothing came', () => {
  const rig = liveRig({ lag: 0.2 });
  rig.follow('a', 0, audio);
  rig.follow('b', 0, { aliases: ['none'] });
  talked(rig, 0, 2.5);
  rig.meter.finish();
  expect(rig.counts('a')).toEqual({ 'inbound 1': [125, 0, 125] });
  expect(rig.counts('b')).toEqual({});
});
