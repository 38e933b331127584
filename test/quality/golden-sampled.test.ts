import { describe, expect, test } from 'vitest';
import type { ChannelSummary } from '../../src/model/figures.ts';
import type { Interval } from '../../src/model/interval.ts';
import { figureOf, type OneChannel, summaryOf } from './one-channel.ts';
import { inbound, outbound, type Packet, packets, receiver, sender, times } from './simulated-gateway.ts';

const AVERAGE_IN = 'averageInboundPacketLossRateInPercentage';
const MAXIMUM_IN = 'maximumInboundPacketLossRateInPercentage';
const AVERAGE_OUT = 'averageOutboundPacketLossRateInPercentage';
const MAXIMUM_OUT = 'maximumOutboundPacketLossRateInPercentage';

type Figures = Partial<Record<keyof ChannelSummary['figures'], number | string>>;
type Golden = {
  readonly name: string;
  readonly intervals: () => readonly Interval[];
  readonly call?: Partial<OneChannel>;
  readonly figures: Figures;
};

const lostWhere = (isLost: (index: number, sentAt: number) => boolean) => (index: number, sentAt: number) =>
  isLost(index, sentAt) ? [] : [sentAt];
const outage = (from: number, to: number) => lostWhere((_index, sentAt) => sentAt > from && sentAt <= to);
const every = (nth: number) => lostWhere((index) => index % nth === nth / 2);

/** 60 s unless told otherwise, from the first second on. */
const received = (sent: readonly Packet[], interval = 1, seconds = 60) =>
  inbound(times(interval, seconds), receiver(sent));

/** The device reports each `every` seconds what it has; a report is read with the next sample. */
function reported(sent: readonly Packet[], everySeconds: number, about: { readonly kind?: 'video' } = {}) {
  const device = receiver(sent);
  const reports = times(everySeconds, 60).map((at) => ({ at, lost: device(at).lost, jitter: 0.01 }));
  return outbound(times(1, 60), sender(sent), reports, about);
}

/** The counters of a gateway that forgets everything at `resetAt`. */
function resetAt(at: number, counters: (at: number) => { readonly packets: number; readonly lost: number }) {
  const before = counters(at);
  return (time: number) => {
    const now = counters(time);
    return time <= at ? now : { packets: now.packets - before.packets, lost: now.lost - before.lost };
  };
}

const CASES: readonly Golden[] = [
  {
    name: 'clean, sampled each second',
    intervals: () => received(packets(50, 60)),
    figures: { [AVERAGE_IN]: 0, [MAXIMUM_IN]: 0, inboundPackets: 3000 },
  },
  {
    name: 'clean, sampled each 5 s',
    intervals: () => received(packets(50, 60), 5),
    figures: { [AVERAGE_IN]: 0, [MAXIMUM_IN]: 0, inboundPackets: 3000 },
  },
  {
    name: '2 % loss, sampled each second',
    intervals: () => received(packets(50, 60, every(50))),
    figures: { [AVERAGE_IN]: 0.02, [MAXIMUM_IN]: 0.02, inboundPackets: 2940 },
  },
  {
    name: '2 % loss, sampled each 5 s',
    intervals: () => received(packets(50, 60, every(50)), 5),
    figures: { [AVERAGE_IN]: 0.02, [MAXIMUM_IN]: 0.02, inboundPackets: 2940 },
  },
  {
    name: '2 s outage in 60 s, between two samples 5 s apart',
    intervals: () => received(packets(50, 60, outage(21, 23)), 5),
    figures: { [AVERAGE_IN]: 100 / 3000, [MAXIMUM_IN]: 0.4 },
  },
  {
    name: '2 s outage in 60 s, across a sample: what was lost shows when media come again',
    intervals: () => received(packets(50, 60, outage(19, 21)), 5),
    figures: { [AVERAGE_IN]: 100 / 3000, [MAXIMUM_IN]: 100 / 300 },
  },
  {
    name: '30 s outage',
    intervals: () => received(packets(50, 60, outage(15, 45))),
    figures: { [AVERAGE_IN]: 0.5, [MAXIMUM_IN]: 1500 / 1550 },
  },
  {
    name: '300-packet burst in 18,000',
    intervals: () =>
      received(
        packets(
          300,
          60,
          lostWhere((index) => index >= 9000 && index < 9300),
        ),
      ),
    figures: { [AVERAGE_IN]: 300 / 18_000, [MAXIMUM_IN]: 0.2 },
  },
  {
    name: '6 packets/s, 4 s outage: the window grows to 9 s, 54 packets',
    intervals: () => received(packets(6, 300, outage(100, 104)), 1, 300),
    call: { seconds: 300, media: 'screenSharing' },
    figures: { [AVERAGE_IN]: 24 / 1800, [MAXIMUM_IN]: 24 / 54 },
  },
  {
    name: '1 packet/s: no window, so the maximum is the average',
    intervals: () => received(packets(1, 60, outage(20, 26))),
    figures: { [AVERAGE_IN]: 0.1, [MAXIMUM_IN]: 0.1 },
  },
  {
    name: '2 % duplicates, no loss',
    intervals: () =>
      received(packets(50, 60, (index, sentAt) => (index % 50 === 7 ? [sentAt, sentAt + 0.001] : [sentAt]))),
    figures: { [AVERAGE_IN]: 0, [MAXIMUM_IN]: 0, inboundPackets: 3000 },
  },
  {
    name: '2 % reordered by two',
    intervals: () => received(packets(50, 60, (index, sentAt) => [index % 50 === 7 ? sentAt + 0.041 : sentAt])),
    figures: { [AVERAGE_IN]: 0, inboundPackets: 3000 },
  },
  {
    name: 'counters that begin again after 30 s, 2 % loss',
    intervals: () => inbound(times(1, 60), resetAt(30, receiver(packets(50, 60, every(50))))),
    figures: { [AVERAGE_IN]: 0.02, [MAXIMUM_IN]: 0.02, inboundPackets: 2940 },
  },
  {
    name: 'counters that were lost between two samples, 30 s into the call',
    intervals: () => inbound(times(5, 60), resetAt(32, receiver(packets(50, 60)))),
    figures: { [AVERAGE_IN]: 0, inboundPackets: 2900 },
  },
  {
    name: 'statistics come from the 30th second on, after a bad beginning: no loss from before',
    intervals: () => inbound(times(1, 60, 29), receiver(packets(50, 60, outage(5, 15))), { late: true }),
    figures: { [AVERAGE_IN]: 0, inboundPackets: 1500 },
  },
  {
    name: 'statistics come from the 35th second on: less than half was seen',
    intervals: () => inbound(times(1, 60, 34), receiver(packets(50, 60)), { late: true }),
    figures: { [AVERAGE_IN]: 'tainted', [MAXIMUM_IN]: 'tainted', inboundPackets: 1250 },
  },
  {
    name: 'media stop at minute 3 of 30',
    intervals: () => inbound(times(5, 1800), receiver(packets(50, 180)), { jitter: (at) => (at <= 180 ? 0.004 : 0.9) }),
    call: { seconds: 1800 },
    figures: { [AVERAGE_IN]: 0, inboundPackets: 9000, averageInboundJitter: 0.004, maximumInboundJitter: 0.004 },
  },
  {
    name: 'media never come',
    intervals: () => inbound(times(5, 60), () => ({ packets: 0, lost: 0 }), { jitter: () => 0 }),
    figures: {
      [AVERAGE_IN]: 'silent',
      averageInboundJitter: 'silent',
      averageInboundRoundTripDelay: 'silent',
      inboundPackets: 0,
    },
  },
  {
    name: 'jitter of 10 ms for 40 s, then 30 ms',
    intervals: () => inbound(times(1, 60), receiver(packets(50, 60)), { jitter: (at) => (at <= 40 ? 0.01 : 0.03) }),
    figures: { averageInboundJitter: (40 * 0.01 + 20 * 0.03) / 60, maximumInboundJitter: 0.03 },
  },
  {
    name: 'reports each second, 3 % of the video late',
    intervals: () =>
      reported(
        packets(300, 60, (index, at) => [index % 100 < 3 && index < 17_000 ? at + 0.4 : at]),
        1,
        { kind: 'video' },
      ),
    call: { media: 'video' },
    figures: { [AVERAGE_OUT]: 0, outboundPackets: 18_000 },
  },
  {
    name: 'reports each 5 s, 2 % loss towards the room',
    intervals: () => reported(packets(50, 60, every(50)), 5),
    figures: { [AVERAGE_OUT]: 0.02, [MAXIMUM_OUT]: 0.02, outboundPackets: 3000, averageOutboundJitter: 0.01 },
  },
  {
    name: 'reports each 5 s, 2 s outage towards the room',
    intervals: () => reported(packets(50, 60, outage(21, 23)), 5),
    figures: { [AVERAGE_OUT]: 100 / 3000, [MAXIMUM_OUT]: 0.4 },
  },
  {
    name: 'reports at odd times, 2 % loss: seconds old when they are read',
    intervals: () => reported(packets(50, 60, every(50)), 6.4),
    figures: { [AVERAGE_OUT]: 58 / 2880 },
  },
  {
    name: 'no reports',
    intervals: () => reported(packets(50, 60), 1000),
    figures: { [AVERAGE_OUT]: 'no-reports', averageOutboundJitter: 'no-reports', outboundPackets: 3000 },
  },
  {
    name: 'a round trip of 80 ms with one of 95',
    intervals: () => {
      const trips = times(5, 60).map((at) => ({ at, lost: 0, roundTrip: { current: at === 30 ? 0.095 : 0.08 } }));
      return outbound(times(1, 60), sender(packets(50, 60)), trips);
    },
    figures: {
      averageOutboundRoundTripDelay: (11 * 0.08 + 0.095) / 12,
      maximumOutboundRoundTripDelay: 0.095,
    },
  },
];

describe('golden cases of sampled statistics', () => {
  test.each(CASES)('$name', ({ intervals, call, figures }) => {
    const summary = summaryOf({ seconds: 60, intervals: intervals(), ...call });
    for (const [name, expected] of Object.entries(figures)) {
      // The keys of a Figures are names of figures.
      const value = figureOf(summary, name as keyof Figures);
      if (typeof expected === 'number') expect(value, name).toBeCloseTo(expected, 9);
      else expect(value, name).toBe(expected);
    }
  });

  test.each([0, 0.1, 0.3, 0.5, 0.77, 0.99])('2 s outage in 60 s is 3.33 %%, at most 40 %%: phase %f', (phase) => {
    const intervals = received(packets(50, 60, outage(20 + phase, 22 + phase)));
    const summary = summaryOf({ seconds: 60, intervals });
    expect(figureOf(summary, AVERAGE_IN)).toBeCloseTo(100 / 3000, 9);
    expect(figureOf(summary, MAXIMUM_IN)).toBeCloseTo(0.4, 9);
    const maximum = summary.figures[MAXIMUM_IN];
    expect(maximum).toMatchObject({ windowSeconds: 5, origin: 'observed', coverage: 1, samples: 3000 });
  });
});
