/**
 * What the meter holds of a stream, in octets: of its packets alone, and with the RTCP of both ends.
 *
 *   node --expose-gc bench/memory.ts [--streams 6000] [--seconds 60] [--json]
 *
 * Pairs of streams, one each way; every five seconds each end sends a sender report with a block about the other's
 * stream, and its name.
 */
import { parseArgs } from 'node:util';
import { Meter } from '../src/meter/meter.ts';
import { Pair, RAW_IP } from './traffic/pair.ts';

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '6000' },
    seconds: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
});
const streams = Number(values.streams);
const seconds = Number(values.seconds);
const PERIOD = 5;

/** Octets in use: objects, and what typed arrays hold. */
function held(): number {
  if (globalThis.gc === undefined) throw new Error('start with node --expose-gc');
  for (let turn = 0; turn < 3; turn += 1) globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A meter that has taken so many streams, all open still. */
function filled(count: number, withReports: boolean): Meter {
  const pairs = Array.from({ length: count / 2 }, (_, index) => new Pair(index));
  const meter = new Meter();
  const give = (octets: Uint8Array, view: DataView, micros: number): void =>
    meter.record(octets, view, 0, octets.length, micros, RAW_IP, 0, octets.length);
  for (let second = 0; second < seconds; second += 1) {
    for (const pair of pairs) pair.packets(second, give);
    if (withReports && second % PERIOD === 0) for (const pair of pairs) pair.reports(second, give);
  }
  return meter;
}

/** Octets a stream: what becomes free when a meter goes. */
function measure(withReports: boolean): number {
  let meter: Meter | undefined = filled(streams, withReports);
  const before = held();
  const { rtpPackets } = meter.look();
  meter = undefined;
  const after = held();
  if (rtpPackets === 0) throw new Error('no packets');
  return (before - after) / streams;
}

/** Without what is to be measured the figure would say nothing. */
function check(withReports: boolean): void {
  const measured = filled(200, withReports).finish().streams;
  const told = measured.filter(({ reported, roundTrip }) => reported !== undefined && roundTrip !== undefined);
  if (measured.length !== 200 || told.length !== (withReports ? 200 : 0))
    throw new Error(`${measured.length} of 200 streams, ${told.length} of them with reports`);
}

check(false);
check(true);
// What the code itself takes is freed with the last object that it was made for, and is no stream's.
const kept = filled(2, true);
const packets = measure(false);
const both = measure(true);
if (kept.look().rtpPackets === 0) throw new Error('no packets');
if (values.json) process.stdout.write(`${JSON.stringify({ streams, seconds, packets, both })}\n`);
else process.stdout.write(`${streams} streams: ${packets.toFixed(0)} B a stream, ${both.toFixed(0)} B with RTCP\n`);
