import { describe, expect, test } from 'vitest';
import {
  type Answer,
  newLoop,
  newLoops,
  type Side,
  type Trip,
  takeName,
  takeReferenceAnswer,
  takeReferenceTime,
  takeReport,
  takeRequest,
  takeResponse,
} from '../../src/quality/packet-loop.ts';

const loops = newLoops();
const DEVICE: Side = 0;
const GATEWAY: Side = 1;
const NTP_EPOCH = 2_208_988_800;

type Clock = (time: number) => number;
const clock =
  (offset: number, ppm: number): Clock =>
  (time) =>
    time + offset + (time * ppm) / 1e6;

type Simulation = {
  readonly deviceClock?: Clock;
  readonly gatewayClock?: Clock;
  readonly toGateway?: number;
  readonly toDevice?: number;
  /** Where the tap stands: seconds before the gateway. */
  readonly tap?: number;
  readonly ntpStep?: number;
};

/** Both sides send a report each 5 s, that of the gateway 1.3 s after the device's, for ten minutes. */
function simulate(simulation: Simulation) {
  const { toGateway = 0.03, toDevice = 0.05, tap = 0, ntpStep = 0 } = simulation;
  const clocks = [simulation.deviceClock ?? clock(17.4, 80), simulation.gatewayClock ?? clock(-3.2, -50)] as const;
  const loop = newLoop(loops);
  const trips: Trip[] = [];
  const quirks: Record<string, number> = {};
  const heard: ({ middle: number; at: number } | undefined)[] = [undefined, undefined];
  for (let turn = 0; turn < 240; turn += 1) {
    const side: Side = turn % 2 === 0 ? DEVICE : GATEWAY;
    const sentAt = Math.floor(turn / 2) * 5 + (side === DEVICE ? 0 : 1.3) + 1e-4 * ((turn * 7919) % 100);
    const local = clocks[side](sentAt) + NTP_EPOCH + 1.7e9;
    const told = ntpStep > 0 && side === DEVICE ? Math.floor(local / ntpStep) * ntpStep : local;
    const ntpSeconds = Math.floor(told);
    const ntpFraction = Math.floor((told - ntpSeconds) * 4_294_967_296);
    const ntpMiddle = ((ntpSeconds & 0xffff) * 65_536 + Math.floor(ntpFraction / 65_536)) >>> 0;
    const question = heard[side];
    const ssrc = side === DEVICE ? 100 : 200;
    const blocks: Answer[] =
      question === undefined
        ? []
        : [
            {
              ssrc: side === DEVICE ? 200 : 100,
              lastSenderReport: question.middle,
              delaySinceLast: Math.round((clocks[side](sentAt) - clocks[side](question.at)) * 65_536),
            },
          ];
    const seenAt = side === DEVICE ? sentAt + toGateway - tap : sentAt + tap;
    const reporter = { ssrc, ntpSeconds, ntpFraction, ntpMiddle };
    trips.push(
      ...takeReport(loops, loop, side, reporter, blocks, (seenAt + 1.7e9) * 1e6, (name) => {
        quirks[name] = (quirks[name] ?? 0) + 1;
      }),
    );
    const arrivesAt = sentAt + (side === DEVICE ? toGateway : toDevice);
    heard[side === DEVICE ? GATEWAY : DEVICE] = { middle: ntpMiddle, at: arrivesAt };
  }
  return { trips, quirks };
}

const values = (trips: readonly Trip[], origin: Trip['origin'], measurer: Side) =>
  trips.filter((trip) => trip.origin === origin && trip.measurer === measurer).map(({ value }) => value);

describe('sender and receiver reports between unsynchronised, drifting clocks', () => {
  test('30 ms to the gateway, 50 ms to the device: 80 ± 1 ms by both methods, at the gateway', () => {
    const { trips, quirks } = simulate({});
    const direct = values(trips, 'sr-rr', GATEWAY);
    const chain = values(trips, 'sr-chain', DEVICE);
    expect(direct).toHaveLength(119);
    expect(chain.length).toBeGreaterThan(110);
    for (const value of [...direct, ...chain]) expect(Math.abs(value - 0.08)).toBeLessThan(0.001);
    expect(quirks).toEqual({});
  });

  test("the device's loop seen beside the gateway is the gateway's own turnaround", () => {
    for (const value of values(simulate({}).trips, 'sr-rr', DEVICE)) expect(value).toBeLessThan(0.001);
  });

  test('the clock of the device steps by 0.4 s: the direct measure does not notice, the chain is left out', () => {
    const drifting = clock(17.4, 80);
    const { trips, quirks } = simulate({ deviceClock: (time) => drifting(time) + (time > 300 ? 0.4 : 0) });
    const all = [...values(trips, 'sr-rr', GATEWAY), ...values(trips, 'sr-chain', DEVICE)];
    expect(all.filter((value) => Math.abs(value - 0.08) > 0.001)).toEqual([]);
    expect(quirks['ntpClock']).toBeGreaterThan(0);
  });

  test('NTP times of whole seconds tell no chain that is off', () => {
    const { trips } = simulate({ ntpStep: 1 });
    for (const value of values(trips, 'sr-chain', DEVICE)) expect(Math.abs(value - 0.08)).toBeLessThanOrEqual(0.02);
  });

  test('halfway along the path the two loops share the way', () => {
    const { trips } = simulate({ tap: 0.015 });
    const [device] = values(trips, 'sr-rr', DEVICE);
    const [gateway] = values(trips, 'sr-rr', GATEWAY);
    expect((device ?? 0) + (gateway ?? 0)).toBeCloseTo(0.08, 3);
  });
});

describe('what is refused', () => {
  /** A sender report by the middle 32 bits of its NTP time. */
  const sr = (ssrc: number, middle: number) => ({
    ssrc,
    ntpSeconds: 61_035 * 65_536 + (middle >>> 16),
    ntpFraction: (middle & 0xffff) * 65_536,
  });
  const answer = (block: Partial<Answer>, after: number) => {
    const loop = newLoop(loops);
    const quirks: string[] = [];
    takeReport(loops, loop, GATEWAY, sr(200, 77), [], 1e6, () => {});
    const told = { ssrc: 200, lastSenderReport: 77, delaySinceLast: 65_536, ...block };
    const trips = takeReport(loops, loop, DEVICE, { ssrc: 100 }, [told], 1e6 + after, (name) => quirks.push(name));
    return { values: trips.map(({ value }) => value), quirks };
  };

  test.each([
    ['no report to answer', { lastSenderReport: 0 }, 1.08e6, [], []],
    ['a report that was never seen', { lastSenderReport: 78 }, 1.08e6, [], ['unknownSenderReport']],
    ['a delay of 0', { delaySinceLast: 0 }, 1.08e6, [], ['dlsrZero']],
    ['a delay of five minutes', { delaySinceLast: 300 * 65_536 }, 301e6, [], ['dlsrRange']],
    ['a delay longer than the time that passed', { delaySinceLast: 2 * 65_536 }, 1e6, [], ['roundTripRange']],
    ['more than 10 s', {}, 11.1e6, [], ['roundTripRange']],
    ['a little below zero: the clocks tick coarsely', {}, 0.999e6, [0], []],
    ['itself', { ssrc: 100 }, 1.08e6, [], []],
  ])('%s', (_name, block, after, trips, quirks) => {
    expect(answer(block, after)).toEqual({ values: trips, quirks });
  });

  test('the 17th report pushes out the first', () => {
    const loop = newLoop(loops);
    for (let i = 0; i < 17; i += 1) takeReport(loops, loop, GATEWAY, sr(200, 100 + i), [], i * 1e5, () => {});
    const ask = (lastSenderReport: number) =>
      takeReport(
        loops,
        loop,
        DEVICE,
        { ssrc: 1 },
        [{ ssrc: 200, lastSenderReport, delaySinceLast: 65_536 }],
        3e6,
        () => {},
      );
    expect(ask(100)).toHaveLength(0);
    for (let i = 1; i < 17; i += 1) expect(ask(100 + i)).toHaveLength(1);
  });
});

test('a chain may begin with another SSRC of the same host', () => {
  const run = (cname: string) => {
    const loop = newLoop(loops);
    takeName(loops, loop, DEVICE, 100, 'device');
    takeName(loops, loop, DEVICE, 101, cname);
    const at = (seconds: number) => ({ ntpSeconds: 4e9 + seconds, ntpFraction: 0 });
    const middle = (seconds: number) => ((4e9 + seconds) % 65_536) * 65_536;
    takeReport(loops, loop, DEVICE, { ssrc: 101, ...at(0) }, [], 0.03e6, () => {});
    const ofGateway = { ssrc: 101, lastSenderReport: middle(0), delaySinceLast: 65_536 };
    takeReport(loops, loop, GATEWAY, { ssrc: 200, ...at(50) }, [ofGateway], 1.03e6, () => {});
    const ofDevice = { ssrc: 200, lastSenderReport: middle(50), delaySinceLast: Math.round(1.92 * 65_536) };
    return takeReport(loops, loop, DEVICE, { ssrc: 100, ...at(3) }, [ofDevice], 3.03e6, () => {});
  };
  expect(run('device').map(({ origin }) => origin)).toEqual(['sr-rr', 'sr-chain']);
  expect(run('other').map(({ origin }) => origin)).toEqual(['sr-rr']);
});

test('a receiver reference time that is answered', () => {
  const loop = newLoop(loops);
  takeReferenceTime(loops, loop, GATEWAY, 200, 4711, 10e6);
  const dlrr = { ssrc: 200, lastSenderReport: 4711, delaySinceLast: 65_536 };
  const trip = takeReferenceAnswer(loops, loop, DEVICE, dlrr, 11.08e6, () => {});
  expect(trip).toMatchObject({ origin: 'xr-dlrr', measurer: GATEWAY });
  expect(trip?.value).toBeCloseTo(0.08, 6);
});

test('a binding request that was sent once is timed; a repeated one is not', () => {
  const loop = newLoop(loops);
  takeRequest(loops, loop, GATEWAY, 'a', 1e6);
  expect(takeResponse(loops, loop, DEVICE, 'a', 1.08e6)?.value).toBeCloseTo(0.08, 6);
  expect(takeResponse(loops, loop, DEVICE, 'a', 1.09e6)).toBeUndefined();
  takeRequest(loops, loop, GATEWAY, 'b', 1e6);
  takeRequest(loops, loop, GATEWAY, 'b', 1.5e6);
  expect(takeResponse(loops, loop, DEVICE, 'b', 1.58e6)).toBeUndefined();
});
