/**
 * Writes a capture of video calls as a gateway sees them, the same for the same seed, and the truth about it. A call has
 * audio, video and content each way (50, 300 and 60 packets/s) behind paths that lose, copy, reorder and delay, RTCP
 * every five seconds between unsynchronised clocks, and SIP around it.
 *
 *   node bench/generate.ts FILE [--calls 10] [--seconds 60] [--seed 1] [--format pcap|pcapng] [--vlan ID] [--ipv6]
 *                               [--snap 160] [--truth FILE]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Calendar } from './traffic/calendar.ts';
import { type Call, type CallOptions, callOf, truthOfCall } from './traffic/call.ts';
import { type CaptureFormat, CaptureWriter } from './traffic/capture-writer.ts';
import { DIALOG, OPENING, writeMessage } from './traffic/signalling.ts';
import type { Truth } from './traffic/truth.ts';

/** 2026-01-15T09:00:00Z */
const EPOCH_MICROS = 1_768_467_600e6;
const STEP_MICROS = 50_000;
/** The last packets, reports and messages pass within so long after the media. */
const TAIL_MICROS = 2_000_000;
const STREAMS = 6;

export type GenerateOptions = CallOptions & { readonly calls: number; readonly format: CaptureFormat };

export const DEFAULTS: GenerateOptions = {
  ...{ calls: 10, seconds: 60, seed: 1, format: 'pcap', addresses: 'ipv4', snapLength: 160 },
};

/** Writes the capture to `path`; `progress` is told the share done, 0–1. */
export function generate(path: string, options: GenerateOptions, progress: (share: number) => void = () => {}): Truth {
  const calls = Array.from({ length: options.calls }, (_, number) => callOf(number, options));
  const capture = new CaptureWriter(path, options.format);
  const calendar = new Calendar();
  const counts = { rtp: 0, rtcp: 0 };
  for (const [number, call] of calls.entries()) planSignalling(calendar, number, call, options.seconds);
  const visit = (micros: number, owner: number, number: number): void => {
    const call = calls[Math.floor(owner / OWNERS)];
    if (call !== undefined) pass(call, owner % OWNERS, micros, number, capture, counts);
  };
  const last = Math.max(...calls.map(({ startMicros }) => startMicros)) + options.seconds * 1e6 + TAIL_MICROS;
  for (let until = STEP_MICROS; until < last + STEP_MICROS; until += STEP_MICROS) {
    for (const [number, call] of calls.entries()) planMedia(calendar, number * OWNERS, call, until);
    calendar.drain(until, visit);
    progress(Math.min(1, until / last));
  }
  capture.close();
  return {
    capture: { packets: capture.records, rtpPackets: counts.rtp, rtcpPackets: counts.rtcp, octets: capture.written },
    streams: calls.flatMap(truthOfCall),
  };
}

/** Owners of events in a call: its streams, its reporters, its signalling. */
const OWNERS = STREAMS * 2 + 1;

function planMedia(calendar: Calendar, first: number, { streams, reporters }: Call, until: number): void {
  for (const [index, stream] of streams.entries()) {
    const owner = first + index;
    stream.advance(until, (micros, number) => calendar.put(micros, owner, number));
  }
  for (const [index, reporter] of reporters.entries()) {
    const owner = first + STREAMS + index;
    // What is composed in this step passed the tap up to one delay before it: the plan runs ahead by that.
    reporter.advance(until + reporter.outgoing.plan.delayMicros, (micros, number) =>
      calendar.put(micros, owner, number),
    );
  }
}

/** Opening 200 ms before the media, 30 ms a message; the end after the last RTCP. */
function planSignalling(calendar: Calendar, call: number, { startMicros }: Call, seconds: number): void {
  const end = startMicros + seconds * 1e6 + 500_000;
  for (const number of DIALOG.keys()) {
    const at = number < OPENING ? startMicros - 200_000 + number * 30_000 : end + (number - OPENING) * 30_000;
    calendar.put(at, call * OWNERS + STREAMS * 2, number);
  }
}

function pass(
  call: Call,
  owner: number,
  micros: number,
  number: number,
  capture: CaptureWriter,
  counts: { rtp: number; rtcp: number },
): void {
  const stream = call.streams[owner];
  const reporter = call.reporters[owner - STREAMS];
  if (stream !== undefined) {
    stream.write(capture, EPOCH_MICROS, micros, number);
    counts.rtp += 1;
  } else if (reporter === undefined) {
    writeMessage(capture, EPOCH_MICROS + micros, call.dialog, number);
  } else if ((number & 1) === 0) {
    reporter.compose(number);
  } else {
    reporter.write(capture, EPOCH_MICROS, number, call.reporters[(owner - STREAMS) ^ 1] ?? reporter);
    counts.rtcp += 1;
  }
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      calls: { type: 'string', default: String(DEFAULTS.calls) },
      seconds: { type: 'string', default: String(DEFAULTS.seconds) },
      seed: { type: 'string', default: String(DEFAULTS.seed) },
      snap: { type: 'string', default: String(DEFAULTS.snapLength) },
      format: { type: 'string', default: DEFAULTS.format },
      vlan: { type: 'string' },
      ipv6: { type: 'boolean', default: false },
      truth: { type: 'string' },
    },
  });
  const [path] = positionals;
  if (path === undefined) {
    process.stderr.write('usage: node bench/generate.ts FILE [--calls N] [--seconds S] [--seed N] [--truth FILE] …\n');
    process.exit(2);
  }
  const truth = generate(path, {
    ...{ calls: Number(values.calls), seconds: Number(values.seconds), seed: Number(values.seed) },
    format: values.format === 'pcapng' ? 'pcapng' : 'pcap',
    addresses: values.ipv6 ? 'ipv6' : 'ipv4',
    snapLength: Number(values.snap),
    ...(values.vlan === undefined ? {} : { vlan: Number(values.vlan) }),
  });
  if (values.truth !== undefined) writeFileSync(values.truth, `${JSON.stringify(truth, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(truth.capture)}\n`);
}

if (import.meta.main) main();
