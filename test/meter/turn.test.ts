import { describe, expect, test } from 'vitest';
import { Meter } from '../../src/meter/meter.ts';
import { concat, u16, u32 } from '../packet/wire.ts';
import { INBOUND, report, rtp, send } from './wire.ts';

const COOKIE = 0x2112a442;

/** A TURN indication (RFC 8656, 11) with the peer's address and what it carries. */
function indication(type: number, carried: Uint8Array): Uint8Array {
  const padded = concat(carried, new Uint8Array((4 - (carried.length % 4)) % 4));
  const peer = concat(u16(0x0012), u16(8), u16(1), u16(5004 ^ (COOKIE >>> 16)), u32(0x0a010001 ^ COOKIE));
  const attributes = concat(peer, u16(0x0013), u16(carried.length), padded);
  return concat(u16(type), u16(attributes.length), u32(COOKIE), new Uint8Array(12), attributes);
}

const packet = (sequence: number) => rtp({ ssrc: 1, sequence, timestamp: 160 * sequence });

describe('media in TURN indications', () => {
  test.each([
    ['Send', 0x0016],
    ['Data', 0x0017],
  ])('%s', (_, type) => {
    const meter = new Meter();
    for (let n = 0; n < 20; n += 1) if (n !== 7) send(meter, n / 50, INBOUND, indication(type, packet(n)));
    send(meter, 1, INBOUND, indication(type, report(9, [{ ssrc: 1, highest: 19 }])));
    const { streams, capture } = meter.finish();
    expect(streams.map(({ ssrc, packets, lost }) => [ssrc, packets, lost])).toEqual([[1, 19, 1]]);
    expect(capture).toMatchObject({ rtpPackets: 19, rtcpPackets: 1 });
  });

  test('other messages, and indications in indications, carry none', () => {
    const meter = new Meter();
    for (let n = 0; n < 20; n += 1) {
      send(meter, n / 50, INBOUND, indication(0x0116, packet(n)));
      send(meter, n / 50, INBOUND, indication(0x0017, indication(0x0017, packet(n))));
    }
    expect(meter.finish().streams).toEqual([]);
  });

  test('a length beyond the message carries none', () => {
    const meter = new Meter();
    for (let n = 0; n < 20; n += 1) {
      const cut = indication(0x0017, packet(n));
      cut.set(u16(60_000), 34);
      send(meter, n / 50, INBOUND, cut);
    }
    expect(meter.finish().streams).toEqual([]);
  });
});
