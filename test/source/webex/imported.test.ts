import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importedQuality } from '../../../src/source/webex/imported.ts';
import { webexItems } from '../../../src/source/webex/shape.ts';

const START = Date.parse('2020-04-10T17:00:00.000Z') / 1000;

const run = (more: object = {}) => ({
  samplingInterval: 60,
  startTime: '2020-04-10T17:00:00.000Z',
  endTime: '2020-04-10T17:03:00.000Z',
  packetLoss: [0, 5, 0],
  latency: [40, 60, 80],
  jitter: [2, 20, 2],
  resolutionHeight: [720, 1080],
  frameRate: [25, 30, 30],
  mediaBitRate: [800_000, 1_600_000, 800_000],
  codec: 'H.264 BP',
  transportType: 'UDP',
  ...more,
});

const imported = (item: object) => {
  const [read] = webexItems({ items: [{ meetingInstanceId: 'm', ...item }] }) ?? [];
  if (read === undefined) throw new Error('not read');
  return importedQuality(read, 'leg');
};

describe('importedQuality', () => {
  it('makes intervals of samples, each figure in our units', () => {
    const { streams, intervals } = imported({ videoOut: [run()] });
    expect(streams).toEqual([
      {
        streamId: 'leg/webex-videoOut-0',
        mediaLegId: 'leg',
        source: 'webex',
        direction: 'inbound',
        codec: 'H.264 BP',
        transport: 'UDP',
        channel: { media: 'video', channelIndex: 1 },
      },
    ]);
    expect(intervals.map(({ startedAt, seconds }) => [startedAt - START, seconds])).toEqual([
      [0, 60],
      [60, 60],
      [120, 60],
    ]);
    expect(intervals[1]).toEqual({
      streamId: 'leg/webex-videoOut-0',
      startedAt: START + 60,
      seconds: 60,
      coveredSeconds: 60,
      octets: 12_000_000,
      frames: 1800,
      height: 1080,
      loss: {
        origin: 'reported',
        lost: expect.closeTo(0.05 * 96e6, 3),
        of: 96e6,
        unit: 'seconds',
        worst: { value: 0.05, at: START + 120, windowSeconds: 60 },
      },
      jitter: { origin: 'reported', sum: 1.2, count: 60, worst: { value: 0.02, at: START + 120 } },
      roundTrip: { imported: { origin: 'reported', sum: 0.06, count: 1, worst: { value: 0.06, at: START + 120 } } },
    });
    expect(intervals[2]).not.toHaveProperty('height');
  });

  it('weighs loss by bit rate and time: 5 % of the minute that carried half of all bits is 2.5 %', () => {
    const { intervals } = imported({ videoOut: [run()] });
    const total = intervals.reduce((sum, { loss }) => sum + (loss?.lost ?? 0), 0);
    expect(total / intervals.reduce((sum, { loss }) => sum + (loss?.of ?? 0), 0)).toBeCloseTo(0.025, 9);
  });

  it.each<[string, object[], number]>([
    ['a sample beyond the rates', [{ packetLoss: [0, 0, 50], mediaBitRate: [64_000, 64_000] }], 0],
    ['a rate of null', [{ packetLoss: [10, 50, 10], mediaBitRate: [64_000, null, 64_000] }], 0.1],
    ['no rates at all: by time', [{ packetLoss: [0, 50, 1], mediaBitRate: [] }], 0.17],
    [
      'a run without rates beside one with them: as much a second',
      [
        { packetLoss: [0, 0, 0] },
        { startTime: '2020-04-10T17:03:00.000Z', endTime: undefined, packetLoss: [30, 30, 30] },
      ].map((more, at) => ({ ...more, mediaBitRate: at === 0 ? [64_000, 64_000, 64_000] : [] })),
      0.15,
    ],
  ])('weighs no loss by a rate that is not there: %s', (_, runs, average) => {
    const { intervals } = imported({ audioIn: runs.map((more) => run(more)) });
    const sum = (of: 'lost' | 'of'): number => intervals.reduce((total, { loss }) => total + (loss?.[of] ?? 0), 0);
    expect(sum('lost') / sum('of')).toBeCloseTo(average, 9);
    // What is not in the average is no maximum either.
    const worst = Math.max(...intervals.map(({ loss }) => loss?.worst?.value ?? 0));
    expect(worst).toBe(Math.max(0, ...intervals.flatMap(({ loss }) => (loss ? loss.lost / loss.of : []))));
  });

  it('tells what is sent to the room as outbound', () => {
    const { streams } = imported({ audioIn: [run()], shareIn: [run()], videoIn: [run()], audioOut: [run()] });
    expect(streams.map(({ channel, direction }) => `${channel?.media} ${direction}`)).toEqual([
      'audio outbound',
      'audio inbound',
      'video outbound',
      'screenSharing outbound',
    ]);
  });

  it('counts a last sample as far as its end', () => {
    const { intervals } = imported({ audioIn: [run({ endTime: '2020-04-10T17:02:30.000Z' })] });
    expect(intervals.map(({ seconds }) => seconds)).toEqual([60, 60, 30]);
  });

  it('leaves out nulls, texts and percents that cannot be, in their place', () => {
    const { intervals } = imported({ audioIn: [run({ packetLoss: [null, 'x', 101, 2], latency: [-1, 3] })] });
    expect(intervals.map(({ loss }) => loss?.worst?.value)).toEqual([undefined, undefined, undefined]);
    expect(intervals.map(({ roundTrip }) => roundTrip?.imported?.sum)).toEqual([undefined, 0.003, undefined]);
  });

  it('makes nothing of empty arrays, of a missing start, of anything else', () => {
    expect(
      imported({ videoIn: [{ samplingInterval: 60, startTime: '2020-04-10T17:00:00.000Z', packetLoss: [] }] })
        .intervals,
    ).toEqual([]);
    expect(imported({ videoIn: [run({ startTime: undefined })] }).intervals).toEqual([]);
    expect(webexItems({ message: 'no' })).toBeUndefined();
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        for (const item of webexItems({ items: [a, { audioIn: b, videoOut: [b, run({ packetLoss: a })] }] }) ?? []) {
          for (const { loss, octets = 0 } of importedQuality(item, 'leg').intervals) {
            expect((loss?.lost ?? 0) <= (loss?.of ?? 0) && octets >= 0).toBe(true);
          }
        }
      }),
    );
  });
});
