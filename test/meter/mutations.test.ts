import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { intervalOf } from '../../src/meter/currency.ts';
import type { MeterResult } from '../../src/meter/measured.ts';
import { Meter } from '../../src/meter/meter.ts';
import type { Interval, Spread } from '../../src/model/interval.ts';
import { CaptureFile } from '../../src/packet/capture-file.ts';
import { SipSignalling } from '../../src/session/sip-signalling.ts';
import { viewOf } from '../packet/wire.ts';
import { xr } from './simulated-call.ts';
import { BEGIN, INBOUND, OUTBOUND, report, rtp, send, talk } from './wire.ts';

const CORPUS = join(import.meta.dirname, '../packet/corpus');
const HOSTILE = '../shared/captures/hostile';
const isThere = existsSync(HOSTILE);
const all = process.env['OTHERLEG_TEST_ALL'] === '1';

const seeds = readdirSync(CORPUS)
  .filter((name) => !name.endsWith('.ts'))
  .map((name) => ({ isFile: /\.pcap(ng)?$/.test(name), octets: new Uint8Array(readFileSync(join(CORPUS, name))) }));

const newMeter = (): Meter => new Meter({ intervals: true, signalling: new SipSignalling() });

/** A ratio, a jitter of at most 5 s by our rule or 10 s as told, a round trip of at most 10 s. */
function expectPhysical({ streams, intervals, capture }: MeterResult): void {
  expect(capture.rtpPackets + capture.rtcpPackets).toBeLessThanOrEqual(capture.packets);
  const within = (value: number | undefined, most: number): void => {
    if (value === undefined) return;
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(most);
  };
  const spread = (one: Spread | undefined, most: number): void => {
    within(one?.sum, most * (one?.count ?? 0) * (1 + 1e-6));
    within(one?.worst?.value, most);
  };
  for (const stream of streams) {
    within(stream.loss, 1);
    within(stream.maximumLoss, 1);
    within(stream.maximumJitter, 5);
    expect(stream.averageJitter ?? 0).toBeLessThanOrEqual(stream.maximumJitter ?? 0);
    expect(stream.loss ?? 0).toBeLessThanOrEqual(stream.maximumLoss ?? 0);
    expect(stream.mediaPackets).toBeLessThanOrEqual(stream.packets);
    expect(stream.lost).toBe(Math.max(0, stream.expected - stream.packets));
    within(stream.reported?.loss, 1);
    within(stream.reported?.maximumLoss, 1);
    within(stream.reported?.maximumJitter, 10);
    within(stream.roundTrip?.maximum, 10);
  }
  for (const interval of intervals) {
    for (const direction of ['inbound', 'outbound'] as const) {
      const told: Interval = intervalOf(interval, direction);
      within(told.coveredSeconds, told.seconds);
      within(told.loss?.worst?.value, 1);
      spread(told.jitter, 10);
      spread(told.earlyJitter, 10);
      for (const trip of Object.values(told.roundTrip ?? {})) spread(trip, 65.6);
    }
  }
  expect(JSON.stringify([streams, intervals])).not.toMatch(/null/);
}

const change = fc.record({
  at: fc.nat(0xffffff),
  octet: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 127, 128, 255)),
});
const changes = fc.array(change, { maxLength: 12 });

function changed(
  octets: Uint8Array,
  plan: readonly { readonly at: number; readonly octet: number }[],
  from = 0,
): Uint8Array {
  const copy = octets.slice();
  for (const { at, octet } of plan) copy[from + (at % Math.max(1, copy.length - from))] = octet;
  return copy;
}

/** Reads a file, and gives each of its records again with other octets. */
function readFile(
  meter: Meter,
  octets: Uint8Array,
  again: readonly (readonly { at: number; octet: number }[])[] = [],
): void {
  let turn = 0;
  const capture = new CaptureFile({
    record: (whole, view, start, end, micros, linkType, id, length) => {
      meter.record(whole, view, start, end, micros, linkType, id, length);
      const plan = again[turn++ % Math.max(1, again.length)];
      if (plan === undefined) return;
      const other = changed(whole.subarray(start, end), plan);
      for (const extra of [1000, 2000])
        meter.record(other, viewOf(other), 0, other.length, micros + extra, linkType, id, length);
    },
    drops: (id, count, micros) => meter.drops(id, count, micros),
  });
  capture.push(octets);
  capture.end();
}

describe('whatever octets come', () => {
  test('the corpus with any octets of its records changed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(changes, { minLength: 1, maxLength: 4 }),
        ({ isFile, octets }, plans) => {
          const meter = newMeter();
          talk(meter, INBOUND, 1, 0, 1);
          if (isFile) readFile(meter, octets, plans);
          else for (const plan of plans) send(meter, 1, INBOUND, changed(octets, plan));
          expectPhysical(meter.finish());
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('a call with any octets of its RTP and RTCP changed', () => {
    fc.assert(
      fc.property(
        fc.array(changes, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(20), { minLength: 1 }),
        (plans, steps) => {
          const meter = newMeter();
          let at = 0;
          for (let turn = 0; turn < 150; turn += 1) {
            at += (steps[turn % steps.length] ?? 0) ** 2 / 200;
            const plan = turn % 3 === 0 ? (plans[turn % plans.length] ?? []) : [];
            const pair = turn % 2 === 0 ? INBOUND : OUTBOUND;
            const ssrc = (turn % 2) + 1;
            send(meter, at, pair, changed(rtp({ ssrc, sequence: turn >> 1, timestamp: turn * 80 }), plan.slice(0, 2)));
            if (turn % 4 !== 0) continue;
            const block = {
              ssrc: 3 - ssrc,
              highest: turn >> 1,
              lost: 1,
              jitter: 9,
              lastReport: 70_000 + turn,
              delay: 99,
            };
            send(meter, at, pair, changed(report(ssrc, [block], 3.9e9 + at, turn), plan, 4));
            send(meter, at, pair, changed(xr(ssrc, new Uint8Array([4, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, turn])), plan, 8));
          }
          expectPhysical(meter.finish());
        },
      ),
      { numRuns: 300 },
    );
  });

  test('noise on any kind of link', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 30 }),
        fc.constantFrom(0, 1, 12, 101, 108, 113, 228, 229, 276),
        (frames, linkType) => {
          const meter = newMeter();
          frames.forEach((frame, index) => {
            meter.record(frame, viewOf(frame), 0, frame.length, BEGIN * 1e6 + index, linkType, 0, frame.length);
          });
          expectPhysical(meter.finish());
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe.skipIf(!isThere && !all)(`hostile captures${isThere || all ? '' : ` (none in ${HOSTILE})`}`, () => {
  const files = isThere
    ? readdirSync(HOSTILE, { recursive: true, encoding: 'utf8' })
        .map((name) => join(HOSTILE, name))
        .filter((path) => statSync(path).isFile())
    : [];

  test('no figure leaves its bounds', () => {
    expect(files.length).toBeGreaterThanOrEqual(600);
    for (const file of files) {
      const octets = new Uint8Array(readFileSync(file));
      const meter = newMeter();
      readFile(meter, octets);
      // Captures or not: what they carry may come in a datagram.
      for (let turn = 0; turn < 3; turn += 1) send(meter, turn, INBOUND, octets.subarray(0, 1400));
      expectPhysical(meter.finish());
    }
  });

  test('nor with other octets', () => {
    const small = files.filter((file) => statSync(file).size < 20_000);
    fc.assert(
      fc.property(fc.constantFrom(...small), fc.array(changes, { minLength: 1, maxLength: 4 }), (file, plans) => {
        const meter = newMeter();
        readFile(meter, new Uint8Array(readFileSync(file)), plans);
        expectPhysical(meter.finish());
      }),
      { numRuns: 400 },
    );
  });
});
