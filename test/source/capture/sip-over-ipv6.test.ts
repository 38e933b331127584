import { describe, expect, it } from 'vitest';
import { dispatch } from '../../../src/cli/main.ts';
import { verbs } from '../../../src/cli/verbs.ts';
import { CaptureEngine } from '../../../src/source/capture/capture-engine.ts';
import type { FromMeter } from '../../../src/source/capture/messages.ts';
import { written } from '../../cli/capture-files.ts';
import { recordingIo } from '../../cli/recording-io.ts';
import { BEGIN, rtp } from '../../meter/wire.ts';
import { cure, skipped, until } from './engine-rig.ts';
import { ethernet, ipv6, pcapHeader, pcapRecord, tcp, udp } from './frames.ts';
import { liveRig } from './live-rig.ts';
import { loopbackCall, type SipWords, sipWords } from './sip-words.ts';

const ROOM = '2001:db8::5';
const GATEWAY = '2001:db8:0:1::9';
const IPV6 = 0x86dd;
/** As people and products write them in descriptions. */
const WRITTEN = {
  'as packets show them': [ROOM, GATEWAY],
  'in full and in capitals': ['2001:0DB8:0000:0000:0000:0000:0000:0005', '2001:0DB8:0:1:0:0:0:9'],
} as const;

type Frame = { readonly at: number; readonly frame: Buffer };

/** A call of 20 s from the room, its SIP over `transport`, with audio both ways from its answer to its BYE. */
function call(transport: 'udp' | 'tcp', [room, gateway]: readonly [string, string]): readonly Frame[] {
  const words: SipWords = sipWords({ transport, room, gateway, audio: [5004, 6004] });
  const next = { room: 1000, gateway: 9000 };
  const signalling = (at: number, by: 'room' | 'gateway', text: string): readonly Frame[] => {
    const ip = (inner: Buffer, next: number): Buffer =>
      ethernet(IPV6, by === 'room' ? ipv6(ROOM, GATEWAY, inner, next) : ipv6(GATEWAY, ROOM, inner, next));
    const [from, to] = by === 'room' ? [40_000, 5060] : [5060, 40_000];
    if (transport === 'udp') return [{ at, frame: ip(udp(from, to, Buffer.from(text)), 17) }];
    // Of two segments, so that a message is none of them.
    return [text.slice(0, 150), text.slice(150)].map((part, index) => {
      const segment = tcp(from, to, next[by], Buffer.from(part));
      next[by] += part.length;
      return { at: at + index / 1000, frame: ip(segment, 6) };
    });
  };
  const media = Array.from({ length: 1000 }, (_, n): readonly Frame[] => {
    const packet = (ssrc: number) => Buffer.from(rtp({ ssrc, sequence: n, timestamp: 160 * n }));
    const at = 1.01 + n / 50;
    return [
      { at, frame: ethernet(IPV6, ipv6(ROOM, GATEWAY, udp(5004, 6004, packet(1)))) },
      { at, frame: ethernet(IPV6, ipv6(GATEWAY, ROOM, udp(6004, 5004, packet(2)))) },
    ];
  }).flat();
  return [
    ...signalling(0, 'room', words.invite),
    ...signalling(1, 'gateway', words.answer),
    ...signalling(1.005, 'room', words.ack),
    ...media,
    ...signalling(21.01, 'room', words.bye),
    ...signalling(21.02, 'gateway', words.gone),
  ];
}

describe.each(['udp', 'tcp'] as const)('SIP over IPv6 and %s', (transport) => {
  describe.each(Object.entries(WRITTEN))('with addresses %s', (name, ends) => {
    it('shows a call offline', async () => {
      const records = call(transport, ends).map(({ at, frame }) => pcapRecord(frame, Math.round((BEGIN + at) * 1e6)));
      const file = `${transport}-${name.length}.pcap`;
      const files = written({ [file]: Buffer.concat([pcapHeader(), ...records]) });
      const { io, out } = recordingIo();
      expect(await dispatch(['analyze', files[file] ?? '', '--json'], io, verbs)).toBe(0);
      const { legs } = JSON.parse(out());
      expect(legs).toHaveLength(1);
      expect(legs[0]).toMatchObject({
        device: ROOM,
        callId: 'over-ipv6',
        report: { quality: { mediaQualityList: [{ inboundPackets: 1000, outboundPackets: 1000 }] } },
      });
    });

    it('shows a call live, whose streams are its own', () => {
      const rig = liveRig({ discover: true });
      for (const { at, frame } of call(transport, ends)) {
        const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
        const micros = Math.round((BEGIN + at) * 1e6);
        rig.meter.record(frame, view, 0, frame.length, micros, 1, 0, frame.length);
        const found = rig.said.find((one) => one.kind === 'call');
        if (found !== undefined && rig.measured('leg').streams.length === 0)
          rig.follow('leg', 1, { aliases: [found.call.callId], sdp: found.call.sdp });
      }
      rig.advance(24);
      const calls = rig.said.flatMap((one) => (one.kind === 'call' ? [one.call] : []));
      expect(calls.at(-1)).toMatchObject({
        callId: 'over-ipv6',
        deviceAddress: ROOM,
        endedAt: expect.closeTo(BEGIN + 21.01, 1),
      });
      rig.release('leg', 21.01);
      expect(rig.counts('leg')).toMatchObject({ 'inbound 1': [1000, 0, 1000], 'outbound 2': [1000, 0, 0] });
      expect(rig.measured('leg').streams).toMatchObject([{ kind: 'audio' }, { kind: 'audio' }]);
    });
  });

  it.skipIf(skipped)(`is captured ${cure}`, { timeout: 60_000 }, async () => {
    const said: FromMeter[] = [];
    const log = { info: () => undefined, warn: () => undefined };
    const port = transport === 'udp' ? 43_060 : 43_070;
    const options = { interface: 'lo', tool: 'tcpdump', slotSeconds: 5, signalling: [port], networks: [] } as const;
    const engine = new CaptureEngine(options, (message) => void said.push(message), log);
    engine.start();
    try {
      await until(async () => {
        const sight = await engine.look().catch(() => undefined); // the thread starts slowly on a busy host
        return sight?.media.state === 'live' && sight.signalling?.state === 'live';
      }, 30);
      await loopbackCall({ transport, address: '::1', port });
      const ended = () => said.find((one) => one.kind === 'call' && one.call.endedAt !== undefined);
      await until(() => ended() !== undefined, 20);
      expect(ended()).toMatchObject({
        call: { callId: 'over-ipv6', sdp: { remote: expect.stringContaining('IP6 ::1') } },
      });
    } finally {
      await engine.stop();
    }
  });
});
