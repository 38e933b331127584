import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Interval, Stream } from '../../src/model/interval.ts';
import { CaptureFile } from '../../src/packet/capture-file.ts';
import { LiveMeter } from '../../src/source/capture/live-meter.ts';
import type { FollowedLeg, FromMeter } from '../../src/source/capture/messages.ts';
import { capture, describeCaptures, readJson } from './collection.ts';

const DEVICE = '10.78.0.1';
/** By SIP where there is any, else by the device's address. */
const FILES = [
  ['baresip-av-clean', true],
  ['baresip-av-srtp-sdes', true],
  ['baresip-pcmu-burstloss', true],
  ['gst-av-screen-loss', false],
] as const;

/** The last packets that a relay drops leave no gap. */
const UNSEEN_TAIL = 2;

type RelayTruth = {
  readonly truth: Readonly<Record<string, { readonly n: number; readonly dropped: number; readonly out: number }>>;
};

/** A recording as it would have been measured live: the agent follows what it is told of. */
function measured(file: string, bySip: boolean) {
  const streams = new Map<string, Stream>();
  const intervals = new Map<string, Interval>();
  const legs = new Set<string>();
  let meter: LiveMeter | undefined;
  const follow = (leg: FollowedLeg): void => {
    legs.add(leg.mediaLegId);
    meter?.take({ kind: 'follow', leg });
  };
  const say = (message: FromMeter): void => {
    if (message.kind === 'measured') {
      for (const stream of message.streams) streams.set(stream.streamId, stream);
      for (const interval of message.intervals) intervals.set(`${interval.streamId} ${interval.startedAt}`, interval);
    }
    if (message.kind !== 'call' || legs.has(message.call.mediaLegId)) return;
    const { mediaLegId, answeredAt, sdp, deviceAddress } = message.call;
    follow({ mediaLegId, startedAt: answeredAt, control: { sdp, deviceAddress }, channels: [] });
  };
  meter = new LiveMeter({ slotSeconds: 5, discover: bySip, say, isDevice: (address) => address === DEVICE });
  if (!bySip) follow({ mediaLegId: 'leg', startedAt: 1, control: { deviceAddress: DEVICE }, channels: [] });
  const reader = new CaptureFile(meter);
  reader.push(readFileSync(file));
  meter.finish();
  for (const mediaLegId of legs) meter.take({ kind: 'release', mediaLegId, endedAt: 4e9, ask: 1 });
  return { legs, streams: [...streams.values()], intervals: [...intervals.values()] };
}

describeCaptures('recorded calls, measured live', () => {
  describe.each(FILES)('%s', (name, bySip) => {
    it('has what the relay counted, to the packet', () => {
      const { truth } = readJson<RelayTruth>('recorded', `${name}.truth.json`);
      const { legs, streams, intervals } = measured(capture('recorded', `${name}.pcap`), bySip);
      expect(legs.size).toBe(1);
      const counted = (ssrc: number) => {
        const own = new Set(streams.filter((stream) => stream.ssrc === ssrc).map(({ streamId }) => streamId));
        const slots = intervals.filter(({ streamId }) => own.has(streamId));
        const sum = (of: (interval: Interval) => number) => slots.reduce((total, slot) => total + of(slot), 0);
        return [sum(({ packets = 0 }) => packets), sum(({ loss }) => loss?.lost ?? 0)] as const;
      };
      for (const [row, { n, dropped, out }] of Object.entries(truth)) {
        const [, way, digits] = /^(ab|ba) \d+>\d+ rtp ssrc=(0x[0-9a-f]+) /.exec(row) ?? [];
        if (way === undefined) continue;
        const [packets, lost] = counted(Number(digits));
        expect({ row, packets }).toEqual({ row, packets: way === 'ab' ? out : n });
        if (way === 'ba') continue;
        expect(dropped - lost).toBeGreaterThanOrEqual(0);
        expect(dropped - lost).toBeLessThanOrEqual(dropped > 0 ? UNSEEN_TAIL : 0);
      }
    });
  });
});
