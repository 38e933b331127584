import { describe, expect, it } from 'vitest';
import type { LegControl, LegKey } from '../../../src/model/leg.ts';
import { control, DEVICE, type Ends, GATEWAY, INBOUND, OUTBOUND, report, rtp, send } from '../../meter/wire.ts';
import { protect } from '../../packet/srtcp-protect.ts';
import { liveRig } from './live-rig.ts';

const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const OURS = 0xe2;
const THEIRS = 0xd1;
const master = (seed: number): Buffer => Buffer.alloc(30, seed);
const keyOf = (direction: LegKey['direction'], seed: number): LegKey => ({
  direction,
  suite: SUITE,
  key: master(seed).toString('base64'),
  channel: 'audio/1',
});

const [local, remote] = [GATEWAY, DEVICE].map(([address, port]) => ({ address, port }));
const told: LegControl = {
  channels: [{ media: 'audio', channelIndex: 1, ...(local && { local }), ...(remote && { remote }) }],
};

type Rig = ReturnType<typeof liveRig>;

/** Both directions of ten seconds, and the device's report under a key each 2.5 s: so many packets of ours were lost. */
function talk({ meter }: Rig, from: number, seed: number, lost: number): void {
  for (let index = 0; index < 500; index += 1) {
    const at = from + index / 50;
    const sequence = Math.round(at * 50);
    for (const [ends, ssrc] of [
      [INBOUND, THEIRS],
      [OUTBOUND, OURS],
    ] as const)
      send(meter, at, ends, rtp({ ssrc, sequence, timestamp: 160 * sequence }));
    if (index % 125 !== 100) continue;
    const clear = report(THEIRS, [
      { ssrc: OURS, lost: Math.round((lost * sequence) / 1000), highest: sequence, jitter: 8 },
    ]);
    const sender = { masterKey: master(seed).subarray(0, 16), masterSalt: master(seed).subarray(16) };
    send(meter, at, control(INBOUND), protect(sender, clear, sequence));
  }
}

/** Lost of expected as the device reported it, and whether its reports were unreadable. */
function outbound(rig: Rig) {
  const { streams, intervals } = rig.measured('leg');
  const stream = streams.find(({ direction }) => direction === 'outbound');
  const own = intervals.filter(({ streamId, loss }) => streamId === stream?.streamId && loss?.origin === 'reported');
  const sum = (of: 'lost' | 'of'): number => own.reduce((total, { loss }) => total + (loss?.[of] ?? 0), 0);
  return { lost: sum('lost'), of: sum('of'), encrypted: stream?.reportsEncrypted };
}

const finished = (rig: Rig, at: number) => {
  rig.release('leg', at);
  rig.advance(at + 10);
  return outbound(rig);
};

describe('a live leg with SRTP', () => {
  it('has what the device reports under its key', () => {
    const rig = liveRig();
    rig.follow('leg', 0, told, { keys: [keyOf('inbound', 1)] });
    talk(rig, 0, 1, 40);
    const { lost, of, encrypted } = finished(rig, 10);
    // The first report is only where counting begins: nobody saw whether the stream began here.
    expect([lost, encrypted]).toEqual([15, undefined]);
    expect(of).toBe(375);
  });

  it.each([
    ['without keys', []],
    ['with the key of the other direction', [keyOf('outbound', 1)]],
    ['with another key', [keyOf('inbound', 2)]],
  ])('%s says that its reports are encrypted', (_, keys) => {
    const rig = liveRig();
    rig.follow('leg', 0, told, { keys });
    talk(rig, 0, 1, 40);
    expect(finished(rig, 10)).toEqual({ lost: 0, of: 0, encrypted: true });
  });

  it('goes on after a re-key, and reads late packets under the key before', () => {
    const rig = liveRig();
    rig.follow('leg', 0, told, { keys: [keyOf('inbound', 1)] });
    talk(rig, 0, 1, 40);
    rig.follow('leg', 0, told, { keys: [keyOf('inbound', 2), keyOf('inbound', 1)] });
    talk(rig, 10, 1, 40);
    talk(rig, 20, 2, 40);
    expect(finished(rig, 30)).toMatchObject({ lost: 55, encrypted: undefined });
  });

  it('reads its reports from when its keys are told', () => {
    const rig = liveRig();
    rig.follow('leg', 0, told);
    talk(rig, 0, 1, 40);
    rig.advance(10);
    expect(outbound(rig).encrypted).toBe(true);
    rig.follow('leg', 0, told, { keys: [keyOf('inbound', 1)] });
    talk(rig, 10, 1, 40);
    const { lost, encrypted } = finished(rig, 20);
    expect(lost).toBeGreaterThan(0);
    expect(encrypted).toBeUndefined();
  });

  it('has the keys of the SIP that passes, under the Call-ID its gateway told as alias', () => {
    const rig = liveRig({ discover: true });
    const sdp = (address: string, port: number, seed: number): string =>
      [
        ...['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', `m=audio ${port} RTP/SAVP 0`],
        ...[`a=crypto:1 ${SUITE} inline:${master(seed).toString('base64')}`, ''],
      ].join('\r\n');
    const say = (at: number, { from, to }: Ends, start: string, tag: string, body: string): void => {
      const lines = [
        ...[start, 'From: <sip:room@x>;tag=r', `To: <sip:meeting@x>${tag}`, 'Call-ID: call-1', 'CSeq: 1 INVITE'],
        ...['Content-Type: application/sdp', `Content-Length: ${body.length}`, '', body],
      ];
      send(rig.meter, at, { from: [from[0], 5060], to: [to[0], 5060] }, Buffer.from(lines.join('\r\n')));
    };
    say(0.1, INBOUND, 'INVITE sip:meeting@x SIP/2.0', '', sdp(DEVICE[0], DEVICE[1], 1));
    say(0.2, OUTBOUND, 'SIP/2.0 200 OK', ';tag=g', sdp(GATEWAY[0], GATEWAY[1], 2));
    rig.advance(2);
    const found = rig.said.flatMap((one) => (one.kind === 'call' ? [one.call] : []));
    expect(found).toMatchObject([{ callId: 'call-1' }]);
    expect(JSON.stringify(rig.said)).not.toContain(master(1).toString('base64').slice(0, 12));
    rig.follow('leg', 0, { ...told, aliases: ['call-1'] });
    talk(rig, 3, 1, 40);
    expect(finished(rig, 13)).toEqual({ lost: 25, of: 476, encrypted: undefined });
  });
});
