import { describe, expect, test } from 'vitest';
import type { Interval } from '../../../src/model/interval.ts';
import { BEGIN, control, DEVICE, GATEWAY, INBOUND, middle, OUTBOUND, report, rtp, send } from '../../meter/wire.ts';
import { protect } from '../../packet/srtcp-protect.ts';
import { concat, u8, u16, u32 } from '../../packet/wire.ts';
import { liveRig } from './live-rig.ts';

const socket = ([address, port]: readonly [string, number]) => ({ address, port });
const audio = {
  channels: [{ media: 'audio', channelIndex: 1, local: socket(GATEWAY), remote: socket(DEVICE) }],
} as const;

const NTP = 3_970_000_000;
const bye = (...ssrcs: readonly number[]) => concat(u8(0x80 | ssrcs.length, 203), u16(ssrcs.length), ...ssrcs.map(u32));
/** A report whose end is noise: SRTCP. */
const sealed = (ssrc: number) => concat(report(ssrc, []), new Uint8Array(30).fill(0xa5));

type Rig = ReturnType<typeof liveRig>;

function talkBoth(rig: Rig, from: number, to: number): void {
  for (let n = Math.round(from * 50); n < Math.round(to * 50); n += 1) {
    send(rig.meter, n / 50 + 0.003, INBOUND, rtp({ ssrc: 1, sequence: n, timestamp: 160 * n }));
    send(rig.meter, n / 50 + 0.004, OUTBOUND, rtp({ ssrc: 2, sequence: n, timestamp: 160 * n }));
  }
}

const outbound = (rig: Rig): readonly Interval[] => {
  const { streams, intervals } = rig.measured('a');
  const own = new Set(streams.filter(({ direction }) => direction === 'outbound').map(({ streamId }) => streamId));
  return intervals.filter(({ streamId }) => own.has(streamId));
};
const lostOf = (rig: Rig): number => outbound(rig).reduce((sum, { loss }) => sum + (loss?.lost ?? 0), 0);
const sightOf = (rig: Rig) => {
  rig.take({ kind: 'look', ask: 9 });
  return rig.said.findLast((one) => one.kind === 'sight')?.sight;
};

describe('reports of a leg', () => {
  test('captured: outbound loss and round trip', () => {
    const rig = liveRig();
    rig.follow('a', 0, audio);
    for (let second = 0; second < 20; second += 1) {
      talkBoth(rig, second, second + 1);
      const at = second + 1;
      send(rig.meter, at, control(OUTBOUND), report(2, [], NTP + at, 50 * at));
      const block = {
        ssrc: 2,
        highest: 50 * at - 1,
        lost: at,
        jitter: 80,
        lastReport: middle(NTP + at),
        delay: 0x1000,
      };
      send(rig.meter, at + 0.001 + 0x1000 / 65_536, control(INBOUND), report(1, [block]));
    }
    rig.release('a', 20.5);
    expect(lostOf(rig)).toBe(20);
    const worst = Math.max(...outbound(rig).map(({ roundTrip }) => roundTrip?.['sr-rr']?.worst?.value ?? 0));
    expect(worst).toBeCloseTo(0.001, 4);
  });

  test('pushed by the gateway of an encrypted leg: the same', () => {
    const rig = liveRig();
    rig.follow('a', 0, audio);
    for (let second = 0; second < 20; second += 1) {
      talkBoth(rig, second, second + 1);
      const at = second + 1;
      send(rig.meter, at, INBOUND, sealed(1));
      const block = {
        ssrc: 2,
        highest: 50 * at - 1,
        lost: at,
        jitter: 80,
        lastReport: middle(NTP + at),
        delay: 0x1000,
      };
      rig.take({
        kind: 'rtcp',
        mediaLegId: 'a',
        compounds: [
          { at: BEGIN + at + 0.001 + 0x1000 / 65_536, direction: 'inbound', octets: report(1, [block]) },
          { at: BEGIN + at, direction: 'outbound', octets: report(2, [], NTP + at, 50 * at) },
        ],
      });
    }
    rig.release('a', 20.5);
    expect(lostOf(rig)).toBe(20);
    const worst = Math.max(...outbound(rig).map(({ roundTrip }) => roundTrip?.['sr-rr']?.worst?.value ?? 0));
    expect(worst).toBeCloseTo(0.001, 4);
    expect(rig.measured('a').streams.some(({ reportsEncrypted }) => reportsEncrypted)).toBe(false);
  });

  test('sealed, with the keys: as if they were in the clear', () => {
    const rig = liveRig();
    const key = { masterKey: new Uint8Array(16).fill(7), masterSalt: new Uint8Array(14).fill(9) };
    const text = Buffer.from(concat(key.masterKey, key.masterSalt)).toString('base64');
    const suite = 'AES_CM_128_HMAC_SHA1_80';
    rig.follow('a', 0, audio, {
      keys: [
        { direction: 'inbound', suite, key: text, channel: 'audio/1' },
        { direction: 'outbound', suite, key: text, channel: 'audio/1' },
      ],
    });
    for (let second = 0; second < 20; second += 1) {
      talkBoth(rig, second, second + 1);
      const at = second + 1;
      send(rig.meter, at, control(OUTBOUND), protect(key, report(2, [], NTP + at, 50 * at), at));
      const block = {
        ssrc: 2,
        highest: 50 * at - 1,
        lost: at,
        jitter: 80,
        lastReport: middle(NTP + at),
        delay: 0x1000,
      };
      send(rig.meter, at + 0.001 + 0x1000 / 65_536, control(INBOUND), protect(key, report(1, [block]), at));
    }
    expect(sightOf(rig)?.legs).toMatchObject([{ encryptedRtcp: 0, srtp: true }]);
    rig.release('a', 20.5);
    expect(lostOf(rig)).toBe(20);
    expect(rig.measured('a').streams.some(({ reportsEncrypted }) => reportsEncrypted)).toBe(false);
  });

  test('sealed: the leg says so, also where APP and BYE are in the clear', () => {
    const rig = liveRig();
    rig.follow('a', 0, audio);
    talkBoth(rig, 0, 3);
    send(rig.meter, 2, INBOUND, sealed(1));
    send(rig.meter, 3, INBOUND, bye(77));
    talkBoth(rig, 3, 12);
    const sight = sightOf(rig)?.legs[0];
    rig.release('a', 12);
    expect(rig.measured('a').streams.map(({ reportsEncrypted }) => reportsEncrypted)).toEqual([true, true]);
    expect(sight).toEqual({
      mediaLegId: 'a',
      rtpIn: expect.closeTo(500, -2),
      rtpOut: expect.closeTo(500, -2),
      rtcpIn: 2,
      rtcpOut: 0,
      streams: 2,
      clocksKnown: 2,
      encryptedRtcp: 1,
      srtp: false,
      lastAt: expect.closeTo(BEGIN + 11, 0),
    });
  });
});

describe('a device that says goodbye', () => {
  const byes = (rig: Rig) => rig.said.flatMap((one) => (one.kind === 'bye' ? [one.at - BEGIN] : []));

  test('on all its streams is gone: told once', () => {
    const rig = liveRig();
    rig.follow('a', 0, audio);
    talkBoth(rig, 0, 6);
    send(rig.meter, 6, control(INBOUND), bye(1));
    rig.advance(6.5);
    expect(byes(rig)).toEqual([]);
    for (let at = 7; at < 12; at += 1) rig.advance(at);
    expect(byes(rig)).toEqual([expect.closeTo(6, 5)]);
  });

  test('of one SSRC and goes on with another is there', () => {
    const rig = liveRig();
    rig.follow('a', 0, audio);
    talkBoth(rig, 0, 6);
    send(rig.meter, 6, control(INBOUND), bye(1));
    for (let n = 300; n < 700; n += 1)
      send(rig.meter, n / 50 + 0.01, INBOUND, rtp({ ssrc: 9, sequence: n, timestamp: 160 * n }));
    expect(byes(rig)).toEqual([]);
  });

  test('is not the gateway', () => {
    const rig = liveRig();
    rig.follow('a', 0, audio);
    talkBoth(rig, 0, 6);
    send(rig.meter, 6, control(OUTBOUND), bye(2));
    for (let at = 6; at < 12; at += 1) rig.advance(at);
    expect(byes(rig)).toEqual([]);
  });
});

describe('what the capture itself lost', () => {
  const inboundLoss = (act: (rig: Rig) => void): readonly number[] => {
    const rig = liveRig();
    rig.follow('a', 0, audio);
    talkBoth(rig, 0, 10);
    act(rig);
    talkBoth(rig, 13, 30);
    rig.release('a', 30);
    return rig.counts('a')['inbound 1'] ?? [];
  };

  test('is loss of the network where nobody says so', () => {
    expect(inboundLoss(() => undefined)).toEqual([1350, 150, 1500]);
  });

  test('is none where the capture was started anew', () => {
    const act = (rig: Rig) => rig.take({ kind: 'taint', from: BEGIN + 10, to: BEGIN + 13, taint: 'capture-restarted' });
    expect(inboundLoss(act)).toEqual([1350, 0, 1350]);
  });

  test('is none in the seconds since the last poll that told of drops', () => {
    const act = (rig: Rig) => {
      rig.take({ kind: 'dropped', count: 0, at: BEGIN + 9.9 });
      rig.take({ kind: 'dropped', count: 150, at: BEGIN + 12.9 });
      expect(sightOf(rig)?.dropped).toBe(150);
    };
    // Second 9 is tainted whole: its 50 packets tell no loss either way.
    expect(inboundLoss(act)).toEqual([1350, 0, 1300]);
  });

  test('a clock that is set back makes other streams: no second counts twice', () => {
    const rig = liveRig();
    rig.follow('a', 0, audio);
    talkBoth(rig, 100, 120);
    for (let n = 6000; n < 6500; n += 1)
      send(rig.meter, n / 50 - 60 + 0.003, INBOUND, rtp({ ssrc: 1, sequence: n, timestamp: 160 * n }));
    rig.release('a', 70);
    const { streams, intervals } = rig.measured('a');
    const inbound = streams.filter(({ direction }) => direction === 'inbound');
    expect(inbound).toHaveLength(2);
    const keys = intervals.map(({ streamId, startedAt }) => `${streamId} ${startedAt}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(rig.counts('a')['inbound 1']?.slice(0, 2)).toEqual([1500, 0]);
  });
});
