import { seededRandom } from '../../src/demo/random.ts';
import { addressOf } from './endpoint.ts';
import type { Impairment } from './impaired-path.ts';
import { MEDIA } from './media.ts';
import { type HostClock, Reporter } from './reporter.ts';
import type { Dialog } from './signalling.ts';
import { Stream } from './stream.ts';
import { type StreamTruth, truthOf } from './truth.ts';

const GATEWAY_PORT = 20_000;
const DEVICE_PORT = 50_000;
/** Calls begin within a second, after a moment for signalling. */
const FIRST_MICROS = 300_000;
const SPREAD_MICROS = 1_000_000;

export type CallOptions = {
  readonly seconds: number;
  readonly seed: number;
  readonly snapLength: number;
  readonly addresses: 'ipv4' | 'ipv6';
  readonly vlan?: number;
  /** The same for every stream; absent: each stream has its own. */
  readonly impairment?: Impairment;
};

/** One call through the tap: three media each way with their RTCP, and its signalling. */
export type Call = {
  readonly startMicros: number;
  readonly dialog: Dialog;
  readonly streams: readonly Stream[];
  /** Of the same order as the streams: each belongs to the sender of its stream. */
  readonly reporters: readonly Reporter[];
};

/** Streams 2m and 2m + 1 are media m from and to the device. */
export const opposite = (index: number): number => index ^ 1;

export function callOf(number: number, options: CallOptions): Call {
  const random = seededRandom(Math.imul(options.seed, 0x1_0001) + number);
  const startMicros = FIRST_MICROS + Math.floor(random() * SPREAD_MICROS);
  const dialog = dialogOf(number, options);
  const distances = { device: 5000 + Math.floor(random() * 40_000), gateway: 100 + Math.floor(random() * 400) };
  const streams = MEDIA.flatMap((media, index) => {
    const device = { address: dialog.device, port: dialog.devicePorts[index] ?? 0 };
    const gateway = { address: dialog.gateway, port: dialog.gatewayPorts[index] ?? 0 };
    return [false, true].map((outbound) => {
      const impairment = options.impairment ?? someImpairment(random);
      const ends = outbound ? { from: gateway, to: device } : { from: device, to: gateway };
      const delayMicros = outbound ? distances.gateway : distances.device;
      const ssrc = Math.imul(number * 6 + index * 2 + (outbound ? 1 : 0) + 1, 0x9e37_79b1) >>> 0;
      const plan = { ...options, ...ends, media, ssrc, startMicros, delayMicros, impairment };
      return new Stream(plan, seededRandom(ssrc ^ options.seed));
    });
  });
  const clocks = [someClock(random), someClock(random)] as const;
  const reporters = streams.map((outgoing, index) => {
    const incoming = streams[opposite(index)] ?? outgoing;
    return new Reporter(outgoing, incoming, clocks[index & 1] ?? clocks[0], seededRandom(outgoing.plan.ssrc + 1));
  });
  return { startMicros, dialog, streams, reporters };
}

/** What is true of the call's streams once all has passed: a stream's receiver is the opposite stream's sender. */
export function truthOfCall({ streams, reporters }: Call): readonly StreamTruth[] {
  return streams.map((stream, index) => {
    const { roundTrips, reports } = reporters[opposite(index)] ?? { roundTrips: NONE, reports: 0 };
    return truthOf(stream, roundTrips, reports);
  });
}

const NONE = { samples: 0, sum: 0, maximum: 0 };

function dialogOf(number: number, { addresses, vlan }: CallOptions): Dialog {
  const ports = (first: number): readonly number[] => MEDIA.map((_, index) => first + index * 2);
  return {
    call: number + 1,
    ...{ device: addressOf(number + 1, addresses), gateway: addressOf(0, addresses) },
    ...{ devicePorts: ports(DEVICE_PORT), gatewayPorts: ports(GATEWAY_PORT + number * MEDIA.length * 2) },
    ...(vlan === undefined ? {} : { vlan }),
  };
}

/** From a clean path to a bad one: loss to 2 %, copies and reordering to 0.5 %, jitter to 4 ms. */
function someImpairment(random: () => number): Impairment {
  return {
    loss: random() < 0.25 ? 0 : random() ** 2 * 0.02,
    duplicates: random() < 0.5 ? 0 : random() * 0.005,
    reordering: random() < 0.5 ? 0 : random() * 0.005,
    jitterMicros: random() ** 2 * 4000,
  };
}

/** Hosts are hours apart and drift by up to 5 millionths. */
const someClock = (random: () => number): HostClock => ({
  offsetMicros: Math.floor((random() - 0.5) * 4 * 3600e6),
  drift: (random() - 0.5) * 1e-5,
});
