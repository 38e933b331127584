import { describe, expect, test } from 'vitest';
import { intervalOf, streamOf } from '../../src/meter/currency.ts';
import type { MeterResult } from '../../src/meter/measured.ts';
import { Meter } from '../../src/meter/meter.ts';
import type { FormatHint, MeterOptions } from '../../src/meter/options.ts';
import { add } from '../../src/quality/interval.ts';
import {
  BEGIN,
  control,
  DEVICE,
  type Ends,
  GATEWAY,
  INBOUND,
  middle,
  OUTBOUND,
  report,
  rtp,
  send,
  talk,
} from './wire.ts';

function only(result: MeterResult) {
  const [stream, ...others] = result.streams;
  expect(others).toEqual([]);
  if (stream === undefined) throw new Error('no stream');
  return stream;
}

describe('which packets are a stream', () => {
  test('two in a row, counted from the first; loss among the first ones counts', () => {
    const meter = new Meter();
    talk(meter, INBOUND, 7, 0, 10, (index) => (index === 1 || index === 3 ? undefined : {}));
    const result = meter.finish();
    expect(only(result)).toMatchObject({ ssrc: 7, packets: 498, expected: 500, lost: 2, clockRate: 8000 });
    expect(result.capture).toMatchObject({ packets: 498, rtpPackets: 498, otherPackets: 0 });
    expect(only(result).firstAt).toBeCloseTo(BEGIN + 0.003, 6);
  });

  test('copies of the first packet are duplicates', () => {
    const meter = new Meter();
    for (const sequence of [5, 5, 6, 6, 7])
      send(meter, sequence / 50, INBOUND, rtp({ ssrc: 1, sequence, timestamp: 0 }));
    expect(only(meter.finish())).toMatchObject({ packets: 3, duplicates: 2, expected: 3 });
  });

  test('noise in the shape of RTP is none, however much of it comes', () => {
    const meter = new Meter();
    for (let i = 0; i < 5000; i += 1) {
      send(
        meter,
        i / 1000,
        INBOUND,
        rtp({ ssrc: i * 7919, sequence: i * 31, timestamp: i, payload: new Uint8Array(20) }),
      );
    }
    expect(meter.finish()).toMatchObject({
      streams: [],
      capture: { packets: 5000, rtpPackets: 0, otherPackets: 5000 },
    });
  });

  test('a thousand streams that begin at once are all found whole', () => {
    const meter = new Meter();
    for (let sequence = 0; sequence < 3; sequence += 1) {
      for (let i = 0; i < 1000; i += 1) {
        const ends: Ends = { from: [`10.1.${i >> 8}.${i & 255}`, 5004], to: GATEWAY };
        send(meter, sequence / 50 + i / 1e5, ends, rtp({ ssrc: i, sequence, timestamp: sequence * 160 }));
      }
    }
    const { streams } = meter.finish();
    expect(streams).toHaveLength(1000);
    expect(streams.filter(({ packets }) => packets < 3)).toEqual([]);
  });

  test('one SSRC on two paths is two streams', () => {
    const meter = new Meter();
    talk(meter, INBOUND, 7, 0, 2);
    talk(meter, OUTBOUND, 7, 0, 2);
    expect(meter.finish().streams.map(({ packets }) => packets)).toEqual([100, 100]);
  });

  test('a path that is not accepted is not measured', () => {
    const meter = new Meter({ accepts: ({ source }) => source.port !== DEVICE[1] });
    talk(meter, INBOUND, 7, 0, 2);
    talk(meter, OUTBOUND, 8, 0, 2);
    expect(only(meter.finish()).ssrc).toBe(8);
  });
});

describe('what payload types mean', () => {
  const clockOf = (payloadType: number, options: MeterOptions = {}) => {
    const meter = new Meter(options);
    talk(meter, INBOUND, 7, 0, 10, (index) => ({ payloadType, timestamp: index * 960 }));
    const { clockRate, clockRateOrigin, codec } = only(meter.finish());
    return { clockRate, clockRateOrigin, codec };
  };
  const formatOf = ({ payloadType, source, at }: FormatHint) => {
    expect([source, at >= BEGIN]).toEqual([{ address: '10.1.0.1', port: 5004 }, true]);
    return payloadType === 111 ? { codec: 'opus', clockRate: 48_000, media: 'audio' as const } : undefined;
  };
  const signalling = { message: () => undefined, formatOf };

  test.each([
    ['what was signalled', 111, { signalling, clocks: new Map([[111, 16_000]]) }, [48_000, 'sdp', 'opus']],
    [
      'the option, before the static table',
      0,
      { signalling, clocks: new Map([[0, 16_000]]) },
      [16_000, 'option', 'PCMU'],
    ],
    ['the static table', 0, {}, [8000, 'static', 'PCMU']],
    ['the timestamps', 96, {}, [48_000, 'inferred', undefined]],
  ] as const)('%s', (_name, payloadType, options, [clockRate, clockRateOrigin, codec]) => {
    expect(clockOf(payloadType, options)).toEqual({ clockRate, clockRateOrigin, codec });
  });

  test('an unknown clock tells no jitter', () => {
    const meter = new Meter();
    talk(meter, INBOUND, 7, 0, 1, () => ({ payloadType: 96 }));
    const stream = only(meter.finish());
    expect(stream).not.toHaveProperty('averageJitter');
    expect(stream).not.toHaveProperty('rfc3550');
    expect(stream).not.toHaveProperty('clockRate');
  });

  test('the payload type of most media packets names the stream; events are no media', () => {
    const events = { message: () => undefined, formatOf: () => ({ codec: 'telephone-event', clockRate: 8000 }) };
    const meter = new Meter({
      signalling: { ...events, formatOf: ({ payloadType }) => (payloadType === 101 ? events.formatOf() : undefined) },
    });
    talk(meter, INBOUND, 7, 0, 10, (index) =>
      index >= 100 && index < 110 ? { payloadType: 101, timestamp: 16_000 } : {},
    );
    const stream = only(meter.finish());
    expect(stream).toMatchObject({ payloadTypes: [0, 101], codec: 'PCMU', packets: 500, mediaPackets: 490 });
    expect(stream.maximumJitter).toBeCloseTo(0, 6);
  });

  test('padding alone, and RED around FEC, are no media; RED around media is', () => {
    const formats = new Map([
      [96, { codec: 'H264', clockRate: 90_000, media: 'video' as const }],
      [97, { codec: 'red', clockRate: 90_000, media: 'video' as const }],
      [98, { codec: 'ulpfec', clockRate: 90_000, media: 'video' as const }],
    ]);
    const meter = new Meter({
      signalling: { message: () => undefined, formatOf: ({ payloadType }) => formats.get(payloadType) },
    });
    const red = (primary: number) => ({ payloadType: 97, payload: new Uint8Array(50).fill(primary, 0, 1) });
    talk(meter, INBOUND, 7, 0, 8, (index) => {
      if (index % 4 === 1) return { payloadType: 96, payload: new Uint8Array(0), padding: 40 };
      return index % 4 === 2 ? red(98) : index % 4 === 3 ? red(96) : { payloadType: 96 };
    });
    expect(only(meter.finish())).toMatchObject({
      packets: 400,
      mediaPackets: 200,
      lost: 0,
      octets: 100 * 160 + 100 * 50,
    });
  });
});

describe('what the far end says', () => {
  const NTP = 3_970_000_000;

  /** A call of 30 s; the gateway reports each 5 s, the device answers 80 ms after each report passed here, 10 ms after it had it. */
  function call(rtcpOf: (ends: Ends) => Ends) {
    const meter = new Meter({ intervals: true });
    for (let second = 0; second < 30; second += 1) {
      talk(meter, INBOUND, 1, second, second + 1);
      talk(meter, OUTBOUND, 2, second, second + 1);
      if (second % 5 !== 4) continue;
      const sent = NTP + second;
      send(meter, second + 0.999, rtcpOf(OUTBOUND), report(2, [], sent, second * 50 + 50));
      const told = {
        ssrc: 2,
        lost: second,
        highest: second * 50 + 49,
        jitter: 80,
        lastReport: middle(sent),
        delay: 655,
      };
      send(meter, second + 0.999 + 0.09, rtcpOf(INBOUND), report(1, [told]));
    }
    return meter.finish();
  }

  const asymmetric = ({ from, to }: Ends): Ends => ({ from: [from[0], from[1] + 301], to: [to[0], to[1] + 301] });

  test.each([
    ['on the next port', control],
    ['multiplexed', (ends: Ends) => ends],
    ['on ports that nobody told', asymmetric],
  ])('%s', (_name, rtcpOf) => {
    const { streams, intervals, capture } = call(rtcpOf);
    expect(capture.rtcpPackets).toBe(12);
    const outbound = streams.find(({ ssrc }) => ssrc === 2);
    expect(outbound?.reported).toMatchObject({ reports: 6, reporter: 1, maximumJitter: 0.01 });
    expect(outbound?.reported?.averageJitter).toBeCloseTo(0.01, 9);
    expect(outbound?.reported?.loss).toBeCloseTo(29 / 1500, 6);
    expect(outbound?.roundTrip).toMatchObject({ origin: 'sr-rr', samples: 6 });
    expect(outbound?.roundTrip?.average).toBeCloseTo(0.08, 3);
    const fold = intervals
      .filter(({ streamId }) => streamId === outbound?.streamId)
      .map((interval) => intervalOf(interval, 'outbound'))
      .reduce(add);
    expect(fold).toMatchObject({ packets: 1500, loss: { origin: 'reported', lost: 29, of: 1500 } });
    expect(fold.roundTrip?.['sr-rr']?.count).toBe(6);
  });

  test('inbound is what we saw, and has none of it', () => {
    const { streams, intervals } = call(control);
    const inbound = streams.find(({ ssrc }) => ssrc === 1);
    const fold = intervals
      .filter(({ streamId }) => streamId === inbound?.streamId)
      .map((interval) => intervalOf(interval, 'inbound'))
      .reduce(add);
    expect(fold).toMatchObject({ packets: 1500, loss: { origin: 'observed', lost: 0, of: 1500 } });
    expect(fold.roundTrip?.['sr-rr']).toBeUndefined();
    expect(fold.jitter?.origin).toBe('observed');
  });

  test('a stream of the currency knows its sides', () => {
    const measured = call(control).streams.find(({ ssrc }) => ssrc === 1);
    if (measured === undefined) throw new Error('no stream');
    const remote = { address: '10.1.0.1', port: 5004 };
    expect(streamOf(measured, 'leg', 'inbound')).toMatchObject({ mediaLegId: 'leg', remote, clockRate: 8000 });
    expect(streamOf(measured, 'leg', 'outbound')).toMatchObject({ local: remote, direction: 'outbound' });
  });

  test('a sender report counts, too, where only its blocks tell which streams it runs beside', () => {
    // Even ports are no RTCP's of the port below.
    const apart = ({ from, to }: Ends): Ends => ({ from: [from[0], from[1] + 300], to: [to[0], to[1] + 300] });
    const meter = new Meter();
    send(meter, 0, apart(OUTBOUND), report(2, []));
    send(meter, 0.1, apart(INBOUND), report(1, []));
    for (let second = 1; second < 7; second += 1) {
      talk(meter, INBOUND, 1, second, second + 1);
      talk(meter, OUTBOUND, 2, second, second + 1);
      if (second === 5) {
        const about = { ssrc: 1, highest: 299 };
        send(meter, 5.999, apart(OUTBOUND), report(2, [about], NTP, 250));
      }
    }
    send(meter, 7, apart(INBOUND), report(1, [{ ssrc: 2, lost: 30, highest: 349 }]));
    const outbound = meter.finish().streams.find(({ ssrc }) => ssrc === 2);
    // Nothing was sent before: what its first block says is lost of all since the first packet.
    expect(outbound?.reported?.loss).toBeCloseTo(30 / 300, 6);
  });

  test('a sender that counts more than we saw began before the tap', () => {
    const meter = new Meter();
    talk(meter, INBOUND, 1, 10, 20);
    send(meter, 20, control(INBOUND), report(1, [], NTP, 1000));
    expect(only(meter.finish()).partialStart).toBe(true);
  });

  test.each([
    ['is lost where no packet comes any more', 20, 250],
    ['is told by the hole where packets come again', 40, 250],
  ])('what a sender counts beyond what came %s', (_name, until, lost) => {
    const meter = new Meter({ intervals: true });
    talk(meter, INBOUND, 1, 0, 10);
    send(meter, 10, control(INBOUND), report(1, [], NTP, 500));
    send(meter, 20, control(INBOUND), report(1, [], NTP + 10, 750));
    // The sender was quiet after 15 s; its numbers go on where they were.
    if (until > 20) talk(meter, INBOUND, 1, 30, until, (index) => ({ sequence: index - 750 }));
    const result = meter.finish();
    const fold = result.intervals.map(({ observed }) => observed).reduce(add);
    expect(fold.loss).toMatchObject({ lost, of: 500 + 250 + (until > 20 ? 500 : 0) });
    expect(only(result).loss).toBeCloseTo(lost / (fold.loss?.of ?? 0), 6);
  });

  test('blocks about nobody and about oneself are counted and left out', () => {
    const meter = new Meter();
    talk(meter, INBOUND, 1, 0, 5);
    send(
      meter,
      5,
      control(INBOUND),
      report(1, [
        { ssrc: 1, highest: 10 },
        { ssrc: 99, highest: 10 },
      ]),
    );
    expect(meter.finish().quirks).toEqual({ selfReport: 1, unknownSsrc: 1 });
  });
});

describe('a stream that goes on over another path', () => {
  const moved: Ends = { from: ['10.1.0.1', 7777], to: GATEWAY };

  test('is the same, and the hole is loss', () => {
    const meter = new Meter({ intervals: true });
    talk(meter, INBOUND, 7, 0, 10);
    talk(meter, moved, 7, 11, 20);
    const { streams, intervals } = meter.finish();
    expect(streams.map(({ continues }) => continues)).toEqual([
      undefined,
      { streamId: streams[0]?.streamId, lost: 50 },
    ]);
    const fold = intervals.map(({ observed }) => observed).reduce(add);
    expect(fold.loss).toMatchObject({ lost: 50, of: 1000 });
  });

  test('a gateway that forwards an SSRC is no change of path', () => {
    const meter = new Meter();
    for (let index = 0; index < 200; index += 1) {
      const packet = rtp({ ssrc: 7, sequence: index, timestamp: index * 160 });
      send(meter, index / 50, INBOUND, packet);
      send(meter, index / 50 + 0.001, { from: ['10.1.0.1', 9000], to: ['10.9.0.1', 6000] }, packet);
    }
    expect(meter.finish().streams.map(({ continues }) => continues)).toEqual([undefined, undefined]);
  });
});

describe('live use', () => {
  test('intervals come as they close, streams that fall silent are closed and forgotten', () => {
    const meter = new Meter({ intervals: true, idleSeconds: 30 });
    talk(meter, INBOUND, 7, 0, 12);
    const first = meter.take();
    expect(first.intervals.map(({ observed }) => [observed.startedAt - BEGIN, observed.packets])).toEqual([[0, 250]]);
    meter.advance((BEGIN + 60) * 1e6);
    const rest = meter.take();
    expect(rest.intervals.map(({ observed }) => [observed.startedAt - BEGIN, observed.packets])).toEqual([
      [5, 250],
      [10, 100],
    ]);
    expect(rest.streams).toMatchObject([{ ssrc: 7, packets: 600 }]);
    talk(meter, INBOUND, 7, 70, 72);
    const again = meter.finish();
    expect(only(again)).toMatchObject({ packets: 100, restarts: 0 });
    expect(only(again).streamId).not.toBe(rest.streams[0]?.streamId);
  });

  test('what the capture lost taints the time since it said so last', () => {
    const meter = new Meter({ intervals: true });
    talk(meter, INBOUND, 7, 0, 40, (index) => {
      if (index === 1000) meter.drops(0, 0, (BEGIN + 20) * 1e6);
      if (index === 1049) meter.drops(0, 20, (BEGIN + 20.98) * 1e6);
      return index > 1010 && index <= 1030 ? undefined : {};
    });
    const result = meter.finish();
    expect(only(result)).toMatchObject({ lost: 20, loss: 0, maximumLoss: 0 });
    expect(result.capture.captureDropped).toBe(20);
  });

  test('without intervals nothing is kept but the streams', () => {
    const meter = new Meter();
    talk(meter, INBOUND, 7, 0, 60);
    expect(meter.finish().intervals).toEqual([]);
  });
});
