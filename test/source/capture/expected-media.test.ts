import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CaptureEngine } from '../../../src/source/capture/capture-engine.ts';
import { ExpectedMedia } from '../../../src/source/capture/expected-media.ts';
import type { FromMeter } from '../../../src/source/capture/messages.ts';
import { rtp } from '../../meter/wire.ts';
import { event, sdpOf } from '../../session/sip-messages.ts';
import { cure, skipped, until } from './engine-rig.ts';
import { sipWords } from './sip-words.ts';

describe('media that may begin', () => {
  const offer = event({ at: 0, by: 'room', line: 'INVITE', sdp: sdpOf('room', 5004, { video: 5008 }) });
  const answer = (line: string, sdp?: string) => event({ at: 1, by: 'gateway', line, tag: 'g', ...(sdp && { sdp }) });

  it('are those of the offer once the call rings, and of both once it is answered', () => {
    const expected = new ExpectedMedia();
    expect(expected.take(offer)).toEqual([]);
    expect(expected.take(answer('100 INVITE'))).toEqual([]);
    expect(expected.take(answer('180 INVITE'))).toEqual([5004, 5008]);
    expect(expected.take(answer('200 INVITE', sdpOf('gateway', 6004)))).toEqual([5004, 5008, 6004]);
    expect(expected.take(answer('180 INVITE'))).toEqual([]);
  });

  it('are none of what nobody answers, or refuses', () => {
    const expected = new ExpectedMedia();
    expect(expected.take(offer)).toEqual([]);
    expect(expected.take(answer('486 INVITE'))).toEqual([]);
    expect(expected.take(answer('180 INVITE'))).toEqual([]);
    expect(expected.take(answer('200 BYE', sdpOf('gateway', 6004)))).toEqual([]);
  });

  it('are forgotten with the oldest of too many offers', () => {
    const expected = new ExpectedMedia();
    for (let n = 0; n <= 1000; n += 1) expected.take({ ...offer, callId: `call-${n}` });
    expect(expected.take({ ...answer('180 INVITE'), callId: 'call-0' })).toEqual([]);
    expect(expected.take({ ...answer('180 INVITE'), callId: 'call-1' })).toEqual([5004, 5008]);
  });
});

it.skipIf(skipped)(
  `a call that rang is captured from its answer on, whoever its devices are ${cure}`,
  { timeout: 90_000 },
  async () => {
    const said: FromMeter[] = [];
    const port = 43_080;
    const options = { interface: 'lo', tool: 'tcpdump', slotSeconds: 5, signalling: [port], networks: [] } as const;
    const engine = new CaptureEngine(
      options,
      (message) => {
        said.push(message);
        if (message.kind !== 'call') return;
        const { mediaLegId, answeredAt, sdp } = message.call;
        engine.follow({ mediaLegId, startedAt: answeredAt, control: { sdp }, channels: [] });
      },
      { info: () => undefined, warn: () => undefined },
    );
    const sockets = [port, 0, 45_104, 46_104].map((own) => createSocket('udp4').bind(own, '127.0.0.1'));
    const [gateway, room, near, far] = sockets;
    if (gateway === undefined || room === undefined || near === undefined || far === undefined)
      throw new Error('no sockets');
    await Promise.all(sockets.map((socket) => once(socket, 'listening')));
    engine.start();
    try {
      await until(async () => {
        const sight = await engine.look().catch(() => undefined);
        return sight?.media.state === 'live' && sight.signalling?.state === 'live';
      }, 30);
      const words = sipWords({ transport: 'udp', room: '127.0.0.1', gateway: '127.0.0.1', audio: [45_104, 46_104] });
      room.send(words.invite, port, '127.0.0.1');
      await sleep(50);
      const ringing = words.gone.replace('200 OK', '180 Ringing').replace('2 BYE', '1 INVITE');
      gateway.send(ringing, room.address().port, '127.0.0.1');
      await until(async () => {
        const sight = await engine.look().catch(() => undefined);
        return sight?.media.filter?.includes('45104') === true && sight.media.state === 'live';
      }, 30);
      gateway.send(words.answer, room.address().port, '127.0.0.1');
      room.send(words.ack, port, '127.0.0.1');
      for (let n = 0; n < 150; n += 1) {
        near.send(rtp({ ssrc: 1, sequence: n, timestamp: 160 * n }), 46_104, '127.0.0.1');
        far.send(rtp({ ssrc: 2, sequence: n, timestamp: 160 * n }), 45_104, '127.0.0.1');
        await sleep(20);
      }
      const leg = said.find((one) => one.kind === 'call')?.call.mediaLegId ?? '';
      await sleep(1500);
      await engine.release(leg, Date.now() / 1000);
      const slots = new Map<string, number>();
      for (const one of said) {
        if (one.kind !== 'measured') continue;
        for (const { streamId, startedAt, packets = 0 } of one.intervals)
          slots.set(`${streamId} ${startedAt}`, packets);
      }
      const packets = [...slots.values()].reduce((sum, count) => sum + count, 0);
      expect(packets).toBeGreaterThanOrEqual(299);
    } finally {
      await engine.stop();
      for (const socket of sockets) socket.close();
    }
  },
);
