import { describe, expect, it } from 'vitest';
import type { Interval } from '../../src/model/interval.ts';
import { meetingQuality } from '../../src/report/meeting-quality.ts';
import { qualityArrays } from '../../src/report/quality-arrays.ts';
import { BEGIN, type Faults, vtcLeg } from '../correlate/two-leg-call.ts';
import { LEG } from './summaries.ts';

const item = (faults: Faults, samplingInterval: number, minutes = 2) => {
  const { series, assignment } = vtcLeg(faults, minutes);
  const leg = { ...LEG, startedAt: BEGIN, endedAt: BEGIN + 60 * minutes };
  return meetingQuality({ leg, series, assignment }, { addresses: 'full', samplingInterval });
};

describe('meetingQuality', () => {
  it('tells what is sent to the room as In, what comes from it as Out', () => {
    const told = item({ 'audio inbound': { loss: 0.1 }, 'video outbound': { loss: 0.3 } }, 60);
    expect(told.audioOut).toHaveLength(1);
    expect(told.audioOut[0]).toEqual({
      samplingInterval: 60,
      startTime: '2026-01-15T10:00:00.000Z',
      endTime: '2026-01-15T10:02:00.000Z',
      packetLoss: [10, 10],
      latency: [40, 40],
      jitter: [2, 2],
      mediaBitRate: [72_000, 72_000],
    });
    expect(told.audioIn[0]?.packetLoss).toEqual([0, 0]);
    expect(told.videoIn[0]).toMatchObject({ packetLoss: [30, 30], frameRate: [30, 30] });
    expect(told.videoOut[0]?.packetLoss).toEqual([0, 0]);
    expect(told.shareIn[0]?.latency).toEqual([40, 40]);
    expect(told).toMatchObject({
      meetingInstanceId: LEG.control.callChainId,
      participantId: LEG.control.participantId,
      participantSessionId: LEG.mediaLegId,
      joinTime: '2026-01-15T10:00:00.000Z',
      leaveTime: '2026-01-15T10:02:00.000Z',
    });
  });

  it('has the round trip of both ways where one end only measured it: a loop has no direction', () => {
    const { series, assignment } = vtcLeg({ 'audio outbound': { roundTrip: 0.09 } }, 2);
    const intervals = series.intervals.map((slot) => {
      const { roundTrip: _, ...rest } = slot;
      return slot.streamId.endsWith('inbound') ? rest : slot;
    });
    const quality = { leg: LEG, series: { ...series, intervals }, assignment };
    const told = meetingQuality(quality, { addresses: 'full', samplingInterval: 60 });
    expect([told.audioIn[0]?.latency, told.audioOut[0]?.latency, told.videoOut[0]?.latency]).toEqual([
      ...[
        [90, 90],
        [90, 90],
      ],
      [40, 40],
    ]);
  });

  it('ends the arrays at a gap, and begins others behind it', () => {
    const told = item({ 'audio inbound': { silent: true, from: 20, to: 60 } }, 5);
    expect(told.audioOut.map(({ startTime, endTime, packetLoss }) => [startTime, endTime, packetLoss?.length])).toEqual(
      [
        ['2026-01-15T10:00:00.000Z', '2026-01-15T10:00:20.000Z', 4],
        ['2026-01-15T10:01:00.000Z', '2026-01-15T10:02:00.000Z', 12],
      ],
    );
  });

  it('tells no figure of blind seconds, and ends the arrays where one becomes unknown', () => {
    const told = item({ 'audio inbound': { blind: true, from: 20, to: 40 } }, 5);
    expect(told.audioOut.map((run) => Object.keys(run).length)).toEqual([7, 7]);
    expect(told.audioOut.map(({ jitter }) => jitter?.length)).toEqual([4, 16]);
  });

  it('has arrays of one length each, of numbers only', () => {
    const told = item(
      { 'video inbound': { silent: true, from: 33, to: 41 }, 'audio outbound': { blind: true, from: 7, to: 19 } },
      5,
    );
    for (const way of ['audioIn', 'audioOut', 'videoIn', 'videoOut', 'shareIn', 'shareOut'] as const) {
      for (const run of told[way]) {
        const arrays = Object.values(run).filter((value): value is readonly number[] => Array.isArray(value));
        const length = (Date.parse(run.endTime) - Date.parse(run.startTime)) / 5000;
        for (const array of arrays) {
          expect(array).toHaveLength(length);
          expect(array.every((value) => Number.isFinite(value))).toBe(true);
        }
      }
    }
  });
});

describe('qualityArrays', () => {
  it('names the codec and transport of the stream with most packets, and begins anew when they change', () => {
    const streams = (['VP8', 'H264'] as const).map((codec) => ({
      ...({
        streamId: codec,
        mediaLegId: 'leg',
        source: 'capture',
        direction: 'inbound',
        codec,
        transport: 'UDP',
      } as const),
    }));
    const slot = (streamId: string, startedAt: number, packets: number): Interval => ({
      ...{
        streamId,
        startedAt,
        seconds: 5,
        coveredSeconds: 5,
        packets,
        octets: 100 * packets,
        frames: 50,
        height: 720,
      },
    });
    const told = qualityArrays(streams, [slot('VP8', 0, 500), slot('VP8', 5, 10), slot('H264', 5, 490)], 'video', 5);
    expect(told.map(({ codec, transportType, resolutionHeight }) => [codec, transportType, resolutionHeight])).toEqual([
      ['VP8', 'UDP', [720]],
      ['H264', 'UDP', [720]],
    ]);
  });
});
