import { describe, expect, test } from 'vitest';
import { BEGIN, DEVICE, GATEWAY, INBOUND, OUTBOUND, rtp, send, type talk } from '../../meter/wire.ts';
import { liveRig } from './live-rig.ts';

const socket = ([address, port]: readonly [string, number]) => ({ address, port });
const audio = {
  channels: [{ media: 'audio', channelIndex: 1, local: socket(GATEWAY), remote: socket(DEVICE) }],
} as const;

/** Both directions, packet by packet in time. */
function both(meter: Parameters<typeof talk>[0], from: number, to: number): void {
  for (let index = Math.round(from * 50); index < Math.round(to * 50); index += 1) {
    send(meter, index / 50 + 0.003, INBOUND, rtp({ ssrc: 1, sequence: index, timestamp: 160 * index }));
    send(meter, index / 50 + 0.004, OUTBOUND, rtp({ ssrc: 2, sequence: index, timestamp: 160 * index }));
  }
}

describe('a leg counts to the packet', () => {
  test('from its begin to its end, told in time', () => {
    const rig = liveRig();
    rig.follow('a', 2.1, audio);
    both(rig.meter, 0, 12.3);
    rig.release('a', 12.3);
    both(rig.meter, 12.3, 14);
    expect(rig.counts('a')).toEqual({ 'inbound 1': [510, 0, 510], 'outbound 2': [510, 0, 0] });
  });

  test('IVR, meeting, other meeting: no packet twice, none lost', () => {
    const rig = liveRig({ lag: 0.2 });
    rig.follow('ivr', 1, audio);
    both(rig.meter, 0, 7.55);
    rig.release('ivr', 7.44);
    rig.follow('first', 7.44, audio);
    both(rig.meter, 7.55, 15.1);
    rig.follow('second', 15, audio);
    rig.release('first', 15);
    both(rig.meter, 15.1, 20);
    rig.advance(30);
    rig.release('second', 20);
    const of = (id: string) => rig.counts(id)['inbound 1'];
    expect([of('ivr'), of('first'), of('second')]).toEqual([
      [322, 0, 322],
      [378, 0, 378],
      [250, 0, 250],
    ]);
  });

  test('where its end waits for the capture longer than packets wait', () => {
    const rig = liveRig({ lag: 0.2 });
    rig.follow('ivr', 1, audio);
    both(rig.meter, 0, 7.44);
    rig.take({ kind: 'hold', at: BEGIN + 7.44 });
    rig.follow('other', 7.5, {
      channels: [{ media: 'audio', channelIndex: 1, local: { address: '10.0.0.1', port: 9 } }],
    });
    both(rig.meter, 7.44, 8);
    rig.advance(8);
    rig.release('ivr', 7.44);
    rig.take({ kind: 'hold', at: Number.POSITIVE_INFINITY });
    both(rig.meter, 8, 8.6);
    rig.follow('meeting', 7.44, audio);
    both(rig.meter, 8.6, 15);
    rig.advance(16);
    rig.release('meeting', 15);
    expect(rig.counts('ivr')['inbound 1']).toEqual([322, 0, 322]);
    expect(rig.counts('meeting')['inbound 1']).toEqual([378, 0, 378]);
  });

  test('where another leg is told to have ended long ago', () => {
    const rig = liveRig({ lag: 0.2 });
    rig.follow('a', 1, audio);
    both(rig.meter, 0, 30);
    rig.take({ kind: 'hold', at: BEGIN + 2 });
    rig.advance(30);
    both(rig.meter, 30, 30.4);
    rig.take({ kind: 'hold', at: Number.POSITIVE_INFINITY });
    both(rig.meter, 30.4, 32);
    rig.release('a', 32);
    expect(rig.counts('a')['inbound 1']).toEqual([1550, 0, 1550]);
    // Nobody set the clock: its streams are the same all along.
    expect(rig.measured('a').streams).toHaveLength(2);
  });
});
