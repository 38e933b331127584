import type { Interval } from '../../src/model/interval.ts';
import { type Sampled, type SampledAbout, takeIntervals } from '../../src/quality/sampled.ts';
import { takeObserved } from '../../src/quality/sampled-observed.ts';
import { type ReportedSample, takeReported } from '../../src/quality/sampled-reported.ts';
import { aStream, BEGIN } from './one-stream.ts';

/** A packet by when it was sent and when it arrived: never, once, or several times. Seconds after the begin. */
export type Packet = { readonly sentAt: number; readonly arrivals: readonly number[] };

/** Evenly sent packets; `fate` says when one arrives, on time unless told otherwise. */
export function packets(
  perSecond: number,
  seconds: number,
  fate: (index: number, sentAt: number) => readonly number[] = (_index, sentAt) => [sentAt],
): readonly Packet[] {
  return Array.from({ length: perSecond * seconds }, (_, index) => {
    const sentAt = (index + 0.5) / perSecond;
    return { sentAt, arrivals: fate(index, sentAt) };
  });
}

/** RFC 3550, A.3: a receiver's count of packets, and of those that are missing below the highest number it has seen. */
export function receiver(sent: readonly Packet[]): (at: number) => { readonly packets: number; readonly lost: number } {
  const arrivals = sent.flatMap((packet, number) => packet.arrivals.map((at) => ({ at, number })));
  return (at) => {
    const arrived = arrivals.filter((arrival) => arrival.at <= at);
    const expected = arrived.reduce((highest, { number }) => Math.max(highest, number + 1), 0);
    return { packets: arrived.length, lost: expected - arrived.length };
  };
}

/** How many packets were sent until then. */
export function sender(sent: readonly Packet[]): (at: number) => number {
  return (at) => sent.filter((packet) => packet.sentAt <= at).length;
}

/** Sampling times: each `every` seconds after `from` until `to`. */
export function times(every: number, to: number, from = 0): readonly number[] {
  return Array.from({ length: Math.floor((to - from) / every) }, (_, index) => from + every * (index + 1));
}

/** An inbound stream as a gateway's counters tell it at the given times; the first ones are only the base if they are late. */
export function inbound(
  at: readonly number[],
  counters: (at: number) => { readonly packets: number; readonly lost?: number },
  more: {
    readonly late?: boolean;
    readonly jitter?: (at: number) => number;
    readonly about?: Partial<SampledAbout>;
  } = {},
): readonly Interval[] {
  const state = aStream({ streamId: 'in', ...more.about });
  const told = new Map<number, Interval>();
  for (const time of at) {
    const jitter = more.jitter === undefined ? {} : { jitter: more.jitter(time) };
    takeObserved(state, { at: BEGIN + time, counters: counters(time), ...jitter }, more.late ? undefined : BEGIN);
    keep(told, state);
  }
  return [...told.values()];
}

/** An outbound stream, with the device's reports: each comes at `at` and is read with the next sample of ours. */
export function outbound(
  at: readonly number[],
  sent: (at: number) => number,
  reports: readonly ReportedSample[],
  about: Partial<SampledAbout> = {},
): readonly Interval[] {
  const state = aStream({ streamId: 'out', direction: 'outbound', ...about });
  const told = new Map<number, Interval>();
  for (const time of at) {
    takeObserved(state, { at: BEGIN + time, counters: { packets: sent(time) } }, BEGIN);
    const latest = reports.findLast((report) => report.at <= time);
    if (latest !== undefined) takeReported(state, { ...latest, at: BEGIN + latest.at });
    keep(told, state);
  }
  return [...told.values()];
}

/** Each interval replaces the one of its slot, as in the store. */
function keep(told: Map<number, Interval>, state: Sampled): void {
  for (const interval of takeIntervals(state)) told.set(interval.startedAt, interval);
}
