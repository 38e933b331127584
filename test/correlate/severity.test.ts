import { describe, expect, test } from 'vitest';
import { severityOf, THRESHOLDS } from '../../src/correlate/levels.ts';
import { gradeVtcLeg } from '../../src/correlate/vtc-leg.ts';
import type { Media } from '../../src/model/channel.ts';
import type { ChannelSummary } from '../../src/model/figures.ts';
import { type FigureName, measured, summary } from '../report/summaries.ts';

const COUNTED = { inboundPackets: 1000, outboundPackets: 1000 };

const channel = (media: Media, figures: Parameters<typeof summary>[1]): ChannelSummary =>
  summary(media, { ...COUNTED, ...figures });

/** How bad a leg of these figures is, and the grade that is told of it. */
function severity(channels: readonly ChannelSummary[], thresholds = THRESHOLDS) {
  const series = { mediaLegId: 'leg', streams: [], intervals: [], presence: [] };
  const graded = gradeVtcLeg({ channels, series, assignment: new Map() }, thresholds);
  const [told] = graded.grades;
  const value = severityOf(graded);
  if (told === undefined || value === undefined) return undefined;
  const { media, journey: direction, at } = told;
  return { severity: value, media, direction, ...(at === undefined ? {} : { at }) };
}

describe('the value ÷ the poor value', () => {
  test.each<[FigureName, Media, number, number, 'fromRoom' | 'toRoom']>([
    ['averageInboundPacketLossRateInPercentage', 'audio', 0.05, 0.5, 'fromRoom'],
    ['averageOutboundPacketLossRateInPercentage', 'video', 0.2, 2, 'toRoom'],
    ['averageInboundRoundTripDelay', 'screenSharing', 0.25, 0.5, 'fromRoom'],
    ['averageOutboundRoundTripDelay', 'audio', 1, 2, 'toRoom'],
    ['averageInboundJitter', 'audio', 0.03, 1, 'fromRoom'],
    ['averageOutboundJitter', 'audio', 0.015, 0.5, 'toRoom'],
  ])('%s of %s %d is %d', (name, media, value, want, direction) => {
    const told = severity([channel(media, { [name]: value })]);
    expect(told).toEqual({ severity: expect.closeTo(want, 9), media, direction });
  });

  test('is zero for a perfect leg', () => {
    const perfect = channel('video', { averageInboundPacketLossRateInPercentage: 0 });
    expect(severity([perfect])).toEqual({ severity: 0, media: 'video', direction: 'fromRoom' });
  });

  test('is greatest of all channels, with the time of its maximum', () => {
    const maximum = measured('maximumOutboundPacketLossRateInPercentage', 0.9, { at: 1234 });
    const channels = [
      channel('audio', { averageInboundPacketLossRateInPercentage: 0.01, averageInboundJitter: 0.01 }),
      channel('video', {
        averageOutboundPacketLossRateInPercentage: 0.12,
        maximumOutboundPacketLossRateInPercentage: maximum,
      }),
    ];
    expect(severity(channels)).toEqual({
      severity: expect.closeTo(1.2, 9),
      media: 'video',
      direction: 'toRoom',
      at: 1234,
    });
  });

  test('takes other poor values', () => {
    const thresholds = { ...THRESHOLDS, poor: { ...THRESHOLDS.poor, loss: 0.01 } };
    expect(
      severity([channel('audio', { averageInboundPacketLossRateInPercentage: 0.02 })], thresholds)?.severity,
    ).toBeCloseTo(2);
  });

  test('never comes to poor by a maximum alone', () => {
    const short = channel('audio', { maximumInboundPacketLossRateInPercentage: 1 });
    expect(severity([short])).toMatchObject({ severity: 0.99, direction: 'fromRoom' });
  });
});

describe('is not graded:', () => {
  const loss = 'averageInboundPacketLossRateInPercentage';
  test.each<[string, readonly ChannelSummary[]]>([
    ['nothing', []],
    ['no figure', [channel('audio', {})]],
    ['video jitter', [channel('video', { averageInboundJitter: 1 })]],
    ['screen jitter', [channel('screenSharing', { averageOutboundJitter: 1 })]],
    [
      'paced jitter',
      [channel('audio', { averageInboundJitter: measured('averageInboundJitter', 1, { origin: 'paced' }) })],
    ],
    ['99 packets', [channel('audio', { inboundPackets: 99, [loss]: 0.5 })]],
    ['packets unknown, 99 expected', [summary('audio', { [loss]: measured(loss, 0.5, { samples: 99 }) })]],
    ['packets unknown and no loss rate', [summary('audio', { averageInboundRoundTripDelay: 1 })]],
    ['coverage of 49 %', [channel('audio', { [loss]: measured(loss, 0.5, { coverage: 0.49 }) })]],
  ])('%s', (_, channels) => {
    expect(severity(channels)).toBeUndefined();
  });

  test.each<[string, readonly ChannelSummary[]]>([
    ['100 packets', [channel('audio', { inboundPackets: 100, [loss]: 0.5 })]],
    ['packets unknown, 100 expected', [summary('audio', { [loss]: measured(loss, 0.5, { samples: 100 }) })]],
    ['coverage of 50 %', [channel('audio', { [loss]: measured(loss, 0.5, { coverage: 0.5 }) })]],
  ])('but %s is', (_, channels) => {
    expect(severity(channels)?.severity).toBeCloseTo(5);
  });

  test('one direction, though the other is', () => {
    const half = channel('audio', { inboundPackets: 5, [loss]: 1, averageOutboundPacketLossRateInPercentage: 0.1 });
    expect(severity([half])).toEqual({ severity: 1, media: 'audio', direction: 'toRoom' });
  });
});

describe('within 10 % of the greatest', () => {
  const inbound = 'averageInboundPacketLossRateInPercentage';
  const outbound = 'averageOutboundPacketLossRateInPercentage';

  test.each<[string, readonly ChannelSummary[], Media, 'fromRoom' | 'toRoom']>([
    [
      'audio is told before video',
      [channel('video', { [inbound]: 0.2 }), channel('audio', { [inbound]: 0.185 })],
      'audio',
      'fromRoom',
    ],
    [
      'a screen before video',
      [channel('video', { [inbound]: 0.2 }), channel('screenSharing', { [outbound]: 0.185 })],
      'screenSharing',
      'toRoom',
    ],
    [
      'from the room before to the room',
      [channel('audio', { [outbound]: 0.2, [inbound]: 0.185 })],
      'audio',
      'fromRoom',
    ],
    [
      'farther away the greatest is told',
      [channel('video', { [inbound]: 0.2 }), channel('audio', { [inbound]: 0.17 })],
      'video',
      'fromRoom',
    ],
  ])('%s', (_, channels, media, direction) => {
    expect(severity(channels)).toMatchObject({ severity: expect.closeTo(2, 9), media, direction });
    expect(severity(channels.toReversed())).toEqual(severity(channels));
  });

  test('the earliest before later ones', () => {
    const told = severity([
      channel('audio', {
        [inbound]: 0.2,
        averageInboundRoundTripDelay: 0.95,
        maximumInboundPacketLossRateInPercentage: measured('maximumInboundPacketLossRateInPercentage', 1, { at: 200 }),
        maximumInboundRoundTripDelay: measured('maximumInboundRoundTripDelay', 1, { at: 100 }),
      }),
    ]);
    expect(told).toMatchObject({ at: 100 });
  });
});
