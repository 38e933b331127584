import { describe, expect, test } from 'vitest';
import { Meter } from '../../src/meter/meter.ts';
import { u32 } from '../packet/wire.ts';
import { computedMillis, heldMemory } from './cost.ts';
import { binding } from './simulated-call.ts';
import { control, type Ends, GATEWAY, INBOUND, OUTBOUND, report, rtp, send, talk } from './wire.ts';

const elsewhere = (index: number): Ends => ({
  from: [`10.${2 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`, 5004],
  to: GATEWAY,
});
const scattered = (index: number): number => Math.imul(index, 0x9e3779b1) >>> 0;

/** Milliseconds of what is done, and by how many octets of records it left more in use. */
function cost(act: () => void) {
  const before = heldMemory().arrayBuffers;
  const begun = computedMillis();
  act();
  const milliseconds = computedMillis() - begun;
  return { milliseconds, octets: heldMemory().arrayBuffers - before };
}

/** A call of 20 s; `flood` is called in the middle of it. */
function call(meter: Meter, flood: () => void): void {
  talk(meter, INBOUND, 1, 0, 10);
  talk(meter, OUTBOUND, 2, 0, 10);
  send(meter, 10, control(INBOUND), report(1, [{ ssrc: 2, highest: 499, jitter: 80 }]));
  flood();
  talk(meter, INBOUND, 1, 10, 20);
  talk(meter, OUTBOUND, 2, 10, 20);
  send(meter, 20, control(INBOUND), report(1, [{ ssrc: 2, highest: 999, lost: 10, jitter: 80 }]));
}

describe('floods of what was made up', () => {
  test('200,000 packets, each of its own SSRC: no stream, no memory, and the call beside them is measured', () => {
    const meter = new Meter({ intervals: true });
    const packet = rtp({ ssrc: 0, sequence: 0, timestamp: 0, payload: new Uint8Array(20) });
    const { milliseconds, octets } = cost(() =>
      call(meter, () => {
        for (let index = 0; index < 200_000; index += 1) {
          packet.set(u32(scattered(index)), 8);
          packet[3] = index * 7;
          send(meter, 10 + index / 1e6, INBOUND, packet);
        }
      }),
    );
    const { streams, capture } = meter.finish();
    expect(streams.map(({ ssrc, packets, lost }) => [ssrc, packets, lost])).toEqual([
      [1, 1000, 0],
      [2, 1000, 0],
    ]);
    expect(capture).toMatchObject({ rtpPackets: 2000, otherPackets: 200_000 });
    expect(milliseconds).toBeLessThan(3000);
    expect(octets).toBeLessThan(16e6);
  });

  test('50,000 hosts that ask by STUN: the reports of the call go on', () => {
    const meter = new Meter();
    const { milliseconds } = cost(() =>
      call(meter, () => {
        for (let index = 0; index < 50_000; index += 1)
          send(meter, 10 + index / 1e6, elsewhere(index), binding(false, index));
      }),
    );
    const ours = meter.finish().streams.find(({ ssrc }) => ssrc === 2);
    expect(ours?.reported).toMatchObject({ reports: 2, loss: 0.02 });
    expect(milliseconds).toBeLessThan(5000);
  });

  test('20,000 reporters of one stream are none of the one that goes on', () => {
    const meter = new Meter();
    const { milliseconds } = cost(() =>
      call(meter, () => {
        for (let index = 0; index < 20_000; index += 1)
          send(meter, 10 + index / 1e6, control(INBOUND), report(1000 + index, [{ ssrc: 2, highest: 499, lost: 200 }]));
      }),
    );
    const ours = meter.finish().streams.find(({ ssrc }) => ssrc === 2);
    expect(ours?.reported).toMatchObject({ reporter: 1, reports: 2, loss: 0.02 });
    expect(milliseconds).toBeLessThan(3000);
  });

  test('2,000 streams on one path and a report about each of them', () => {
    const meter = new Meter({ intervals: true });
    const { milliseconds } = cost(() => {
      for (let index = 0; index < 4000; index += 1)
        send(meter, index / 1e5, OUTBOUND, rtp({ ssrc: index >> 1, sequence: index, timestamp: index }));
      for (let index = 0; index < 4000; index += 1)
        send(meter, 1 + index, INBOUND, report(7, [{ ssrc: index >> 1, highest: index }], 3.9e9 + index));
    });
    expect(meter.finish().streams).toHaveLength(2000);
    expect(milliseconds).toBeLessThan(5000);
  });

  test('one SSRC from 20,000 hosts', () => {
    const meter = new Meter();
    const { milliseconds } = cost(() => {
      for (let index = 0; index < 40_000; index += 1)
        send(meter, index / 1e5, elsewhere(index >> 1), rtp({ ssrc: 5, sequence: index, timestamp: index }));
    });
    expect(meter.finish().streams).toHaveLength(20_000);
    expect(milliseconds).toBeLessThan(3000);
  });

  test('in live use the streams of a flood are forgotten and their places used again', () => {
    const meter = new Meter({ idleSeconds: 10 });
    const flood = (at: number): void => {
      for (let index = 0; index < 10_000; index += 1)
        send(
          meter,
          at + index / 1e5,
          elsewhere(index >> 1),
          rtp({ ssrc: index >> 1, sequence: index, timestamp: index }),
        );
    };
    flood(0);
    const { octets } = cost(() => {
      for (let turn = 1; turn <= 10; turn += 1) {
        flood(30 * turn);
        meter.take();
      }
    });
    expect(octets).toBeLessThan(4e6);
  });

  test('clocks that leap to and fro', () => {
    const meter = new Meter({ intervals: true });
    const { milliseconds } = cost(() => {
      for (let index = 0; index < 50_000; index += 1)
        send(meter, (index % 2) * 1000 + index / 1e3, INBOUND, rtp({ ssrc: 1, sequence: index, timestamp: index }));
    });
    const { streams, intervals } = meter.finish();
    expect(streams.map(({ packets }) => packets)).toEqual([50_000]);
    expect(intervals.length).toBeLessThan(1000);
    expect(milliseconds).toBeLessThan(3000);
  });
});
