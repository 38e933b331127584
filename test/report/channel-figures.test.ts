import { describe, expect, test } from 'vitest';
import { channelFigures } from '../../src/report/channel-figures.ts';
import { figureNames, measured, summary } from './summaries.ts';

describe('channelFigures', () => {
  test('has every name for video and screen sharing, and no rates for audio', () => {
    expect(Object.keys(channelFigures(summary('video', {}))).toSorted()).toEqual(figureNames.toSorted());
    expect(Object.keys(channelFigures(summary('screenSharing', {})))).toHaveLength(18);
    expect(Object.keys(channelFigures(summary('audio', {})))).toHaveLength(14);
  });

  test.each([
    ['averageInboundPacketLossRateInPercentage', 0.0123456, { value: 1.2346, unit: 'percent' }],
    ['averageInboundRoundTripDelay', 0.0801234567, { value: 0.080123, unit: 'seconds' }],
    ['inboundPackets', 12.6, { value: 13, unit: 'packets' }],
    ['averageInboundBitRate', 1234.5, { value: 1235, unit: 'bits per second' }],
    ['averageInboundFrameRate', 29.996, { value: 30, unit: 'frames per second' }],
    ['averageInboundJitter', -1e-9, { value: 0, unit: 'seconds' }],
  ] as const)('%s of %d is %j', (name, value, want) => {
    expect(channelFigures(summary('video', { [name]: value }))[name]).toMatchObject(want);
  });

  test('tells origin, samples, coverage, when, in which window, and that it is approximate', () => {
    const loss = measured('maximumOutboundPacketLossRateInPercentage', 0.4, {
      origin: 'reported',
      samples: 250.00049,
      coverage: 0.75004,
      at: 1_700_000_000.25,
      windowSeconds: 5,
      approximate: true,
    });
    expect(
      channelFigures(summary('video', { maximumOutboundPacketLossRateInPercentage: loss }))
        .maximumOutboundPacketLossRateInPercentage,
    ).toEqual({
      value: 40,
      unit: 'percent',
      origin: 'reported',
      samples: 250,
      coverage: 0.75,
      at: '2023-11-14T22:13:20.250Z',
      windowSeconds: 5,
      approximate: true,
    });
  });

  test('says why a figure is absent', () => {
    expect(channelFigures(summary('audio', { inboundPackets: { absent: 'encrypted' } })).inboundPackets).toEqual({
      absent: 'encrypted',
    });
  });

  test('leaves out a value that is none, and a time that no calendar has', () => {
    const beyond = measured('maximumInboundJitter', 0.1, { at: 1e300 });
    const figures = channelFigures(
      summary('audio', { averageInboundJitter: Number.NaN, maximumInboundJitter: beyond }),
    );
    expect(figures).not.toHaveProperty('averageInboundJitter');
    expect(figures.maximumInboundJitter).toEqual({
      value: 0.1,
      unit: 'seconds',
      origin: 'observed',
      samples: 1000,
      coverage: 1,
    });
  });

  test('lifts a maximum to its average', () => {
    const figures = channelFigures(summary('audio', { averageOutboundJitter: 0.02, maximumOutboundJitter: 0.01 }));
    expect(figures.maximumOutboundJitter).toMatchObject({ value: 0.02 });
  });
});
