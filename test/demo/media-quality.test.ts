import { expect, test } from 'vitest';
import { reportedChannels } from '../../src/demo/media-quality.ts';
import { quality, report } from './example.ts';

test('a channel is read in the units of people', () => {
  const rates = { averageInboundBitRate: 649_400, averageInboundFrameRate: 19.3 };
  expect(reportedChannels(report(quality('video', rates)))).toEqual([
    {
      media: 'video',
      channelIndex: 1,
      inbound: {
        packets: 1470,
        lossPercent: 2.04,
        maximumLossPercent: 4,
        jitterMillis: expect.closeTo(3.1, 9),
        maximumJitterMillis: 5,
        roundTripMillis: expect.closeTo(81.5, 9),
        maximumRoundTripMillis: 90,
        kilobitsPerSecond: expect.closeTo(649.4, 9),
        framesPerSecond: 19.3,
      },
      outbound: {
        packets: 1500,
        lossPercent: 1.5,
        maximumLossPercent: 3,
        jitterMillis: expect.closeTo(4.2, 9),
        maximumJitterMillis: 6,
        roundTripMillis: 81,
        maximumRoundTripMillis: 95,
      },
    },
  ]);
});

test('what the report leaves out is absent, not zero', () => {
  const bare = { '@odata.type': quality('audio')['@odata.type'], channelIndex: 1, inboundPackets: 0 };
  expect(reportedChannels(report(bare))).toEqual([
    { media: 'audio', channelIndex: 1, inbound: { packets: 0 }, outbound: {} },
  ]);
});

test('what is no channel of ours is left out', () => {
  expect(reportedChannels(report({ '@odata.type': '#microsoft.graph.other', channelIndex: 1 }))).toEqual([]);
});
