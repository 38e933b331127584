import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS, type GenerateOptions, generate } from '../../bench/generate.ts';
import type { Truth } from '../../bench/traffic/truth.ts';
import { PlainFigures } from './plain-figures.ts';
import { datagramOf, readRecords } from './plain-reader.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'otherleg-generate-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const CLEAN = { loss: 0, duplicates: 0, reordering: 0, jitterMicros: 0 };

function made(options: Partial<GenerateOptions>): { path: string; truth: Truth } {
  const path = join(directory, 'capture');
  return { path, truth: generate(path, { ...DEFAULTS, calls: 1, seconds: 4, ...options }) };
}

const mediaOf = (truth: Truth, media: string) => truth.streams.filter((stream) => stream.media === media);

describe('the truth of generated captures, in closed form', () => {
  const sent = { audio: 50, video: 300, content: 60 };

  it('expects what each media sends: 50, 300 and 60 packets a second each way', () => {
    const { truth } = made({ seconds: 4 });
    for (const [media, rate] of Object.entries(sent)) {
      expect(mediaOf(truth, media).map(({ expected }) => expected)).toEqual([rate * 4, rate * 4]);
    }
  });

  it('loses, copies and delays nothing on a clean path', () => {
    const { truth } = made({ impairment: CLEAN });
    for (const stream of truth.streams) {
      expect(stream).toMatchObject({ lost: 0, duplicates: 0, reordered: 0, packets: stream.expected });
    }
    for (const { rfc3550 } of mediaOf(truth, 'audio')) {
      expect(rfc3550).toEqual({ averageJitterSeconds: 0, maximumJitterSeconds: 0 });
    }
  });

  it('sees the pacing of frames as jitter: nine differences of 1.5 ms, then one of 13.5 ms', () => {
    const { truth } = made({ seconds: 30, impairment: CLEAN });
    // J ← 15/16 J + |D|/16 over one frame, solved for the value that comes back after it.
    const keep = 15 / 16;
    const peak = (keep * 1.5 * (1 - keep ** 9) + 13.5 / 16) / (1 - keep ** 10);
    for (const { rfc3550 } of mediaOf(truth, 'video')) {
      expect(rfc3550.maximumJitterSeconds * 1000).toBeCloseTo(peak, 3);
      expect(rfc3550.averageJitterSeconds * 1000).toBeCloseTo(2.7, 1);
    }
  });

  it('loses all but the unharmed 32 when everything is lost', () => {
    const { truth } = made({ impairment: { ...CLEAN, loss: 1 } });
    for (const { packets, lost, expected } of truth.streams)
      expect({ packets, lost }).toEqual({ packets: 32, lost: expected - 32 });
  });

  it('copies all but the unharmed 32 when everything is copied', () => {
    const { truth } = made({ impairment: { ...CLEAN, duplicates: 1 } });
    for (const { duplicates, expected, lost } of truth.streams) {
      expect({ duplicates, lost }).toEqual({ duplicates: expected - 32, lost: 0 });
    }
  });

  it('loses the share that was asked for, within five standard deviations', () => {
    const { truth } = made({ seconds: 30, impairment: { ...CLEAN, loss: 0.02 } });
    for (const { lost, expected } of truth.streams) {
      const at = expected - 32;
      expect(Math.abs(lost - at * 0.02)).toBeLessThan(5 * Math.sqrt(at * 0.02 * 0.98));
    }
  });

  it('reports a round trip between the distance there and back and a quarter more', () => {
    const { truth } = made({ calls: 3, seconds: 15 });
    const trips = truth.streams.map(({ roundTrip }) => roundTrip);
    for (const trip of trips) expect(trip?.samples).toBeGreaterThan(0);
    // Streams from and to the device take turns; their receivers are the gateway beside the tap and the device beyond it.
    for (const [index, trip] of trips.entries()) {
      const [low, high] = index % 2 === 0 ? [0.0002, 0.00125] : [0.01, 0.1125];
      expect(trip?.averageSeconds).toBeGreaterThanOrEqual(low);
      expect(trip?.maximumSeconds).toBeLessThanOrEqual(high);
    }
  });
});

describe('generated captures', () => {
  const digest = (options: Partial<GenerateOptions>): string =>
    createHash('sha256')
      .update(readFileSync(made(options).path))
      .digest('hex');

  it('are the same for the same seed, octet by octet, and others for another', () => {
    expect(digest({})).toBe(digest({}));
    expect(digest({ seed: 2 })).not.toBe(digest({}));
  });

  it('have the same truth in every format', () => {
    const { streams } = made({}).truth;
    expect(made({ format: 'pcapng', vlan: 7, snapLength: 80 }).truth.streams).toEqual(streams);
  });

  it.each<Partial<GenerateOptions>>([
    { calls: 3, seconds: 12 },
    { format: 'pcapng' },
    { vlan: 42 },
    { addresses: 'ipv6', vlan: 42 },
    { addresses: 'ipv6', format: 'pcapng', seed: 9 },
    { snapLength: 2000, impairment: { loss: 0.1, duplicates: 0.1, reordering: 0.1, jitterMicros: 9000 } },
  ])('say what a plain reading of the file finds: %o', (options) => {
    const { path, truth } = made(options);
    const clocks = new Map(truth.streams.map(({ payloadType, clockRate }) => [payloadType, clockRate]));
    const figures = new PlainFigures((payloadType) => clocks.get(payloadType) ?? Number.NaN);
    const datagrams = readRecords(path).map(datagramOf);
    for (const datagram of datagrams) figures.add(datagram);

    expect(datagrams.map(({ micros }) => micros)).toEqual(
      datagrams.map(({ micros }) => micros).toSorted((a, b) => a - b),
    );
    for (const { sum, vlan } of datagrams)
      expect({ sum: sum ?? 0xffff, vlan }).toEqual({ sum: 0xffff, vlan: options.vlan });
    const { rtpPackets, rtcpPackets, otherPackets, streams } = figures;
    expect(truth.capture).toMatchObject({ rtpPackets, rtcpPackets, packets: rtpPackets + rtcpPackets + otherPackets });
    expect(otherPackets).toBe(5 * (options.calls ?? 1));
    expect(truth.capture.octets).toBe(readFileSync(path).length);
    expect(streams.size).toBe(truth.streams.length);
    for (const stream of truth.streams) expectFigures(figures, stream);
  });
});

function expectFigures(figures: PlainFigures, truth: Truth['streams'][number]): void {
  const plain = figures.stream(truth.ssrc);
  const { packets, expected, lost, duplicates, reordered, reports } = truth;
  expect({ ...plain, lost: plain.expected - plain.packets }).toMatchObject({
    packets,
    expected,
    lost,
    duplicates,
    reordered,
    reports,
  });
  const mean = plain.jitters.reduce((sum, jitter) => sum + jitter, 0) / plain.jitters.length;
  expect(truth.rfc3550.averageJitterSeconds).toBeCloseTo(mean, 9);
  expect(truth.rfc3550.maximumJitterSeconds).toBeCloseTo(Math.max(...plain.jitters), 9);
  expect(truth.roundTrip?.samples ?? 0).toBe(plain.roundTrips.length);
  if (truth.roundTrip === undefined) return;
  const trip = plain.roundTrips.reduce((sum, seconds) => sum + seconds, 0) / plain.roundTrips.length;
  // DLSR counts in 15 µs steps of a clock that drifts.
  expect(Math.abs(truth.roundTrip.averageSeconds - trip)).toBeLessThan(50e-6);
  expect(Math.abs(truth.roundTrip.maximumSeconds - Math.max(...plain.roundTrips))).toBeLessThan(75e-6);
  // The last report comes when all has arrived: RFC 3550's loss, copies counted as received.
  expect(plain.lastReport?.lost).toBe(lost - duplicates);
}
