import { describe, expect, test } from 'vitest';
import { SipSignalling } from '../../src/session/sip-signalling.ts';
import { ascii, concat, u8, u16, u32 } from '../packet/wire.ts';
import {
  binding,
  type Call,
  clock,
  description,
  figures,
  type Host,
  receiverReport,
  referenceAnswer,
  referenceTime,
  SSRCS,
  senderReport,
  simulate,
  voipMetrics,
  type Writing,
  xr,
} from './simulated-call.ts';
import { control, type Ends, report } from './wire.ts';

type Way = 'Inbound' | 'Outbound';

/** Average and maximum of the round trip in milliseconds, where they come from, and of how many samples. */
function trip(call: Call, way: Way) {
  const { quirks, ...result } = simulate(call);
  const all = figures({ quirks, ...result }, call.seconds ?? 120);
  const average = all[`average${way}RoundTripDelay`];
  const maximum = all[`maximum${way}RoundTripDelay`];
  if ('absent' in average || 'absent' in maximum) throw new Error(`${way} is absent`);
  const { origin, samples } = average;
  return { average: 1000 * average.value, maximum: 1000 * maximum.value, origin, samples, quirks };
}

function expectTruth({ average, maximum }: { readonly average: number; readonly maximum: number }): void {
  expect(Math.abs(average - 80)).toBeLessThan(1);
  expect(Math.abs(maximum - 80)).toBeLessThan(1);
}

const mux = (ends: Ends): Ends => ends;
const srtcp = ({ ssrc }: Writing): Uint8Array =>
  concat(
    u8(0x80, 200),
    u16(6),
    u32(ssrc),
    Uint8Array.from({ length: 20 + 14 }, (_, i) => (i * 73 + ssrc) & 255),
  );

describe('every origin, between clocks that drift apart, 30 ms there and 50 ms back', () => {
  test.each([0, 0.0001, 0.0003])('reports of both, with the tap %d s before the gateway', (tap) => {
    expectTruth(trip({ tap }, 'Outbound'));
    expectTruth(trip({ tap }, 'Inbound'));
    expect(trip({ tap }, 'Outbound')).toMatchObject({ origin: 'sr-rr', samples: 23, quirks: {} });
    expect(trip({ tap }, 'Inbound')).toMatchObject({ origin: 'sr-chain', samples: 23 });
  });

  test.each([0.002, 0.005, 0.008])(
    'the chain is true %d s before the gateway, where the direct one is short',
    (tap) => {
      const inbound = trip({ tap }, 'Inbound');
      expectTruth(inbound);
      expect(inbound.origin).toBe('sr-chain');
      expect(trip({ tap }, 'Outbound').average).toBeCloseTo(80 - 2000 * tap, 0);
    },
  );

  test('the clock of the device steps by 0.4 s once: one chain is left out', () => {
    const drifting = clock(17.4, 80);
    const call: Call = { clocks: { device: (time) => drifting(time) + (time > 60 ? 0.4 : 0) } };
    const inbound = trip(call, 'Inbound');
    expectTruth(inbound);
    expect(inbound).toMatchObject({ origin: 'sr-chain', quirks: { ntpClock: 1 } });
    expect(inbound.samples).toBeGreaterThanOrEqual(19);
    expectTruth(trip(call, 'Outbound'));
  });

  test('a device that tells whole seconds: its reports are timed on the way back', () => {
    const writes = {
      device: ({ ntp, ...writing }: Writing) => senderReport({ ...writing, ntp: Math.floor(ntp) }),
    };
    const inbound = trip({ writes, seconds: 600 }, 'Inbound');
    expectTruth(inbound);
    expect(inbound.origin).toBe('reverse-loop');
    expect(inbound.quirks.ntpClock).toBeGreaterThan(90);
    expectTruth(trip({ writes, seconds: 600 }, 'Outbound'));
  });

  test('a device that is sent to but tells no time of its own', () => {
    const call: Call = { writes: { device: receiverReport } };
    expect(trip(call, 'Inbound')).toMatchObject({ origin: 'reverse-loop', samples: 23 });
    expectTruth(trip(call, 'Inbound'));
    expect(trip(call, 'Outbound')).toMatchObject({ origin: 'sr-rr', samples: 23 });
  });

  test('a gateway that only asks for the time (RRTR), a device that answers (DLRR)', () => {
    const writes = {
      gateway: ({ ssrc, ntp }: Writing) => concat(report(ssrc, []), xr(ssrc, referenceTime(ntp))),
      device: ({ ssrc, ntp, block }: Writing) =>
        concat(report(ssrc, [], ntp), ...(block.lastReport === 0 ? [] : [xr(ssrc, referenceAnswer(block))])),
    };
    for (const tap of [0, 0.0003]) {
      expectTruth(trip({ writes, tap }, 'Inbound'));
      expect(trip({ writes, tap }, 'Inbound')).toMatchObject({ origin: 'xr-dlrr', samples: 23, quirks: {} });
    }
    expect(figures(simulate({ writes }), 120).averageOutboundRoundTripDelay).toHaveProperty('absent');
  });

  test('a device that says it itself (VoIP metrics)', () => {
    const writes = {
      gateway: () => undefined,
      device: ({ ssrc }: Writing) => concat(report(ssrc, []), xr(ssrc, voipMetrics(SSRCS.gateway, 80))),
    };
    expectTruth(trip({ writes }, 'Inbound'));
    expect(trip({ writes }, 'Inbound')).toMatchObject({ origin: 'xr-voip', samples: 24 });
  });

  test('what a device says for more than 10 s is none', () => {
    const writes = {
      gateway: () => undefined,
      device: ({ ssrc }: Writing) => concat(report(ssrc, []), xr(ssrc, voipMetrics(SSRCS.gateway, 10_001))),
    };
    expect(figures(simulate({ writes }), 120).averageInboundRoundTripDelay).toHaveProperty('absent');
  });

  test('encrypted reports: consent checks time the loop both ways; those sent twice do not', () => {
    const checks = Array.from({ length: 23 }, (_, turn) => {
      const at = 5 * turn + 0.7;
      const request = { at, host: 'gateway' as const, payload: binding(false, turn) };
      const answer = { at: at + 0.05, host: 'device' as const, payload: binding(true, turn) };
      const again = { ...request, at: at + 0.02 };
      return turn % 5 === 4 ? [request, again, answer] : [request, answer];
    });
    const call: Call = { writes: { device: srtcp, gateway: srtcp }, more: checks.flat() };
    for (const way of ['Inbound', 'Outbound'] as const) {
      expectTruth(trip(call, way));
      expect(trip(call, way)).toMatchObject({ origin: 'stun', samples: 19, quirks: {} });
    }
    expect(simulate(call).capture.encryptedRtcp).toBe(48);
  });

  test("the device's own consent checks time the gateway's turnaround, which is no round trip", () => {
    const checks = Array.from({ length: 20 }, (_, turn) => [
      { at: 5 * turn, host: 'device' as const, payload: binding(false, turn) },
      { at: 5 * turn + 0.0305, host: 'gateway' as const, payload: binding(true, turn) },
    ]);
    const result = simulate({ writes: { device: () => undefined, gateway: () => undefined }, more: checks.flat() });
    expect(figures(result, 120).averageInboundRoundTripDelay).toHaveProperty('absent');
    expect(figures(result, 120).averageOutboundRoundTripDelay).toHaveProperty('absent');
  });
});

describe('which origin a report takes', () => {
  /** The device answers by DLRR in so many of its 24 reports, and says its own figure in all. */
  const mixed = (answers: number): Call => ({
    writes: {
      gateway: ({ ssrc, ntp }) => concat(report(ssrc, []), xr(ssrc, referenceTime(ntp))),
      device: ({ ssrc, turn, block }) => {
        const told = turn >= 2 && turn < 2 + 2 * answers ? [referenceAnswer(block)] : [];
        return concat(report(ssrc, []), xr(ssrc, voipMetrics(block.ssrc, 60), ...told));
      },
    },
  });

  test.each([
    [2, 'xr-voip'],
    [4, 'xr-voip'],
    [5, 'xr-dlrr'],
    [23, 'xr-dlrr'],
  ])('%d of the better one against 24: %s', (answers, origin) => {
    expect(trip(mixed(answers), 'Inbound').origin).toBe(origin);
  });
});

describe('what is no sample', () => {
  const told = (change: (block: Writing['block']) => Writing['block'], writes: Call['writes'] = {}): Call => ({
    writes: { ...writes, device: (writing) => receiverReport({ ...writing, block: change(writing.block) }) },
  });

  test('a delay of 0', () => {
    const result = simulate(told((block) => ({ ...block, delay: 0 })));
    expect(result.quirks).toEqual({ dlsrZero: 23 });
    expect(figures(result, 120).averageOutboundRoundTripDelay).toHaveProperty('absent');
  });

  test('a report that nobody saw', () => {
    const result = simulate(told((block) => ({ ...block, lastReport: (block.lastReport ?? 0) ^ 1 })));
    expect(result.quirks).toEqual({ unknownSenderReport: 24 });
    expect(figures(result, 120).averageOutboundRoundTripDelay).toHaveProperty('absent');
  });

  test('a delay longer than what passed, and one of more than five minutes', () => {
    expect(simulate(told((block) => ({ ...block, delay: (block.delay ?? 0) + 65_536 }))).quirks).toEqual({
      roundTripRange: 23,
    });
    expect(simulate(told((block) => ({ ...block, delay: 301 * 65_536 }))).quirks).toEqual({ dlsrRange: 23 });
  });

  test('a clock that ticks coarsely is 0 and not less', () => {
    const call = { ...told((block) => ({ ...block, delay: (block.delay ?? 0) + Math.round(0.0815 * 65_536) })) };
    expect(trip(call, 'Outbound')).toMatchObject({ average: 0, maximum: 0, samples: 23 });
  });
});

describe('the middle of an NTP time goes round each 18.2 hours', () => {
  test.each([
    ['both within the call', 60 * 65_536 - 60],
    ['at the begin of an era of NTP', 4_294_967_296 - 3_600_000],
  ])('%s', (_name, epoch) => {
    expectTruth(trip({ epoch }, 'Outbound'));
    expectTruth(trip({ epoch }, 'Inbound'));
    expect(trip({ epoch }, 'Inbound')).toMatchObject({ origin: 'sr-chain', samples: 23, quirks: {} });
  });

  test('a leg of 19 hours', () => {
    const call: Call = {
      seconds: 19 * 3600,
      every: 30,
      mediaUntil: 10,
      clocks: { device: clock(5, 1), gateway: clock(-5, -1) },
    };
    const outbound = trip(call, 'Outbound');
    expectTruth(outbound);
    expect(outbound).toMatchObject({ origin: 'sr-rr', samples: 2279 });
    expectTruth(trip(call, 'Inbound'));
  });
});

describe('where RTCP runs', () => {
  const sdp = (address: string, audio: number, rtcp: number): string =>
    ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', `m=audio ${audio} RTP/AVP 0`]
      .concat([`a=rtcp:${rtcp}`, ''])
      .join('\r\n');
  const sip = (line: string, from: string, body: string): Uint8Array =>
    ascii(
      [
        line,
        `Via: SIP/2.0/UDP ${from};branch=z9hG4bK1`,
        'From: <sip:room@10.1.0.1>;tag=a',
        'To: <sip:bot@10.0.0.1>;tag=b',
        'Call-ID: 1@10.1.0.1',
        'CSeq: 1 INVITE',
        'Content-Type: application/sdp',
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n'),
    );
  /** The device receives RTCP on 7100, the gateway on 7200. */
  const signalled = ({ from, to }: Ends): Ends =>
    from[1] === 5004 ? { from: [from[0], 7100], to: [to[0], 7200] } : { from: [from[0], 7200], to: [to[0], 7100] };

  test.each([
    ['on the media ports', mux, undefined],
    ['on the next ports', control, undefined],
    ['as a=rtcp says', signalled, new SipSignalling()],
  ])('%s, also where reports say nothing of the media SSRCs', (_name, rtcpOf, signalling) => {
    // A gateway may answer from an SSRC that sends no media: only the ports tell where it belongs.
    const invite = sip('INVITE sip:bot@10.0.0.1 SIP/2.0', '10.1.0.1:5060', sdp('10.1.0.1', 5004, 7100));
    const answer = sip('SIP/2.0 200 OK', '10.1.0.1:5060', sdp('10.0.0.1', 6004, 7200));
    const more = [
      { at: -0.2, host: 'device' as const, payload: invite },
      { at: -0.1, host: 'gateway' as const, payload: answer },
    ];
    const control = { device: 0xcc000001, gateway: 0xcc000002 };
    const foreign = (writing: Writing): Uint8Array => {
      const other: Host = writing.host === 'device' ? 'gateway' : 'device';
      return senderReport({
        ...writing,
        ssrc: control[writing.host],
        block: { ...writing.block, ssrc: control[other] },
      });
    };
    for (const writes of [{}, { device: foreign, gateway: foreign }]) {
      const call: Call = { rtcpOf, writes, ...(signalling && { more, options: { signalling } }) };
      expect(trip(call, 'Outbound')).toMatchObject({ origin: 'sr-rr', samples: 23 });
      expect(trip(call, 'Inbound')).toMatchObject({ origin: 'sr-chain', samples: 23 });
      expectTruth(trip(call, 'Outbound'));
    }
  });
});

describe('SSRCs that change', () => {
  const changing = (host: Host) => ({
    device: (at: number) => SSRCS.device + (host === 'device' ? Math.floor(at / 30) : 0),
    gateway: (at: number) => SSRCS.gateway + (host === 'gateway' ? Math.floor(at / 30) : 0),
  });

  test.each(['device', 'gateway'] as const)('those of the %s: the loop is the same', (host) => {
    const call: Call = { ssrcs: changing(host) };
    const outbound = trip(call, 'Outbound');
    expectTruth(outbound);
    expectTruth(trip(call, 'Inbound'));
    expect(outbound.origin).toBe('sr-rr');
    expect(outbound.samples).toBeGreaterThanOrEqual(19);
  });

  test('the chain goes on over a change where the names are the same', () => {
    const named = (cname: (ssrc: number) => string): Call => ({
      ssrcs: changing('device'),
      writes: { device: (writing) => concat(senderReport(writing), description(writing.ssrc, cname(writing.ssrc))) },
    });
    const same = trip(
      named(() => 'room@device'),
      'Inbound',
    );
    const other = trip(
      named((ssrc) => `room@${ssrc}`),
      'Inbound',
    );
    expectTruth(same);
    expectTruth(other);
    expect(same.samples).toBeGreaterThan(other.samples);
  });
});
