import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/analyze.ts';
import { recordingIo } from '../cli/recording-io.ts';
import { analyzed, capture, type Document, describeCaptures, ms, readJson, type Stream } from './collection.ts';

type Relayed = { readonly n: number; readonly dropped: number; readonly out: number; readonly meanDelayMs: number };
type RelayTruth = { readonly cfg: object; readonly truth: Readonly<Record<string, Relayed>> };

/** One stream through the relay; `ab` = device → gateway, and the capture stands at the gateway. */
type Row = Relayed & { readonly way: 'ab' | 'ba'; readonly ssrc: number; readonly ports: string };

const rowsOf = ({ truth }: RelayTruth): readonly Row[] =>
  Object.entries(truth).flatMap(([name, relayed]) => {
    const [, way, ports, ssrc] = /^(ab|ba) (\d+>\d+) rtp ssrc=(0x[0-9a-f]+) /.exec(name) ?? [];
    if (ports === undefined || (way !== 'ab' && way !== 'ba')) return [];
    return [{ ...relayed, way, ports, ssrc: Number(ssrc) }];
  });

const DEVICE = '10.78.0.1';
const FILES = ['baresip-av-clean', 'baresip-av-srtp-sdes', 'baresip-pcmu-burstloss', 'gst-av-screen-loss'] as const;

/** The last packets a relay drops leave no gap that anybody sees. */
const UNSEEN_TAIL = 2;

/** Packets that the gateway sent behind the BYE, by SSRC, as the times in the captures tell: streams have them, legs do not. */
const AFTER_BYE = new Map([[0x7ba7c9e9, 1]]);

/** A classic capture (little endian, Ethernet, IPv4) without what goes to or comes from port 5060. */
function withoutSip(file: Buffer): Buffer {
  const kept = [file.subarray(0, 24)];
  for (let at = 24, next = 0; at < file.length; at = next) {
    next = at + 16 + file.readUInt32LE(at + 8);
    const ports = at + 16 + 14 + 20;
    if (file.readUInt16BE(ports) !== 5060 && file.readUInt16BE(ports + 2) !== 5060) kept.push(file.subarray(at, next));
  }
  return Buffer.concat(kept);
}

describeCaptures('recorded calls', () => {
  describe.each(FILES)('%s', (name) => {
    const truth = readJson<RelayTruth>('recorded', `${name}.truth.json`);
    const rows = rowsOf(truth);
    let document: Document;
    const streamOf = (row: Row): Stream | undefined => document.streams.find(({ ssrc }) => ssrc === row.ssrc);
    beforeAll(async () => {
      ({ document } = await analyzed([capture('recorded', `${name}.pcap`)], '--device', DEVICE));
    });

    it('has every stream of the relay, to the packet', () => {
      expect(document.streams.map(({ ssrc }) => ssrc).toSorted()).toEqual(rows.map(({ ssrc }) => ssrc).toSorted());
      for (const row of rows) {
        const { packets, lost = Number.NaN, duplicates } = streamOf(row) ?? {};
        expect({ row, packets, duplicates }).toEqual({
          row,
          packets: row.way === 'ab' ? row.out : row.n,
          duplicates: 0,
        });
        const dropped = row.way === 'ab' ? row.dropped : 0;
        expect(dropped - lost).toBeGreaterThanOrEqual(0);
        expect(dropped - lost).toBeLessThanOrEqual(dropped > 0 ? UNSEEN_TAIL : 0);
      }
    });

    it('has the report of its leg', () => {
      const [leg, ...others] = document.legs;
      expect(others).toEqual([]);
      expect(leg?.device).toBe(DEVICE);
      const items = leg?.report.quality.mediaQualityList ?? [];
      expect(items.map(({ inboundPackets }) => inboundPackets).toSorted()).toEqual(
        rows
          .filter(({ way }) => way === 'ab')
          .map(({ out }) => out)
          .toSorted(),
      );
      expect(items.map(({ outboundPackets }) => outboundPackets).toSorted()).toEqual(
        rows
          .filter(({ way }) => way === 'ba')
          .map(({ ssrc, n }) => n - (AFTER_BYE.get(ssrc) ?? 0))
          .toSorted(),
      );
      for (const item of items) {
        const row = rows.find(({ way, out }) => way === 'ab' && out === item.inboundPackets);
        const lost = streamOf(row ?? (rows[0] as Row))?.lost ?? Number.NaN;
        expect(item.averageInboundPacketLossRateInPercentage).toBeCloseTo((100 * lost) / ((row?.out ?? 0) + lost), 3);
      }
    });

    it('has what the device reported of what the relay dropped', () => {
      for (const row of rows.filter(({ way }) => way === 'ba')) {
        const { reported } = streamOf(row) ?? {};
        // A report says nothing of what came after it.
        expect((reported?.lossPercent ?? Number.NaN) / 100).toBeCloseTo(row.dropped / row.n, 2);
      }
    });

    it('has the round trip of the relay', () => {
      const delay = (way: Row['way']) =>
        Object.entries(truth.truth)
          .filter(([key]) => key.startsWith(way) && key.includes('rtcp'))
          .map(([, { meanDelayMs }]) => meanDelayMs);
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const loop = mean(delay('ab')) + mean(delay('ba'));
      for (const row of rows.filter(({ way }) => way === 'ba')) {
        const { roundTrip } = streamOf(row) ?? {};
        expect(roundTrip?.origin).toBe('sr-rr');
        expect(Math.abs((ms(roundTrip?.averageSeconds) ?? Number.NaN) - loop)).toBeLessThan(Math.max(1.5, 0.15 * loop));
      }
    });
  });

  it('says that reports are encrypted where the capture does not hold their keys', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'otherleg-keyless-'));
    const path = join(folder, 'keyless.pcap');
    writeFileSync(path, withoutSip(readFileSync(capture('recorded', 'baresip-av-srtp-sdes.pcap'))));
    const { io, out } = recordingIo();
    expect(await run([path, '--device', DEVICE], io)).toBe(0);
    rmSync(folder, { recursive: true });
    expect(out()).toMatch(/\(41 RTCP packets are encrypted\)/);
    for (const figure of ['loss out', 'jitter out', 'round trip in', 'round trip out'])
      expect(out().match(new RegExp(`${figure} +none: the RTCP is encrypted`, 'g'))).toHaveLength(2);
  });

  it('knows roles, device and time by the SIP in the capture', async () => {
    const { document } = await analyzed([capture('recorded', 'baresip-av-clean.pcap')]);
    const [leg] = document.legs;
    expect(leg).toMatchObject({
      device: DEVICE,
      callId: '6dd689509069a384',
      report: { quality: { deviceName: 'baresip v1.0.0 (x86_64/linux)' } },
    });
    expect(leg?.report.quality.mediaQualityList?.map((item) => [item['@odata.type'], item.channelIndex])).toEqual([
      ['#microsoft.graph.teleconferenceDeviceAudioQuality', 1],
      ['#microsoft.graph.teleconferenceDeviceVideoQuality', 1],
    ]);
    expect(
      document.streams.map(({ codec, clockRateOrigin, media }) => [codec, clockRateOrigin, media]).toSorted(),
    ).toEqual([
      ['VP8', 'sdp', 'video'],
      ['VP8', 'sdp', 'video'],
      ['opus', 'sdp', 'audio'],
      ['opus', 'sdp', 'audio'],
    ]);
  });
});
