import { expect, it } from 'vitest';
import { Meter } from '../../src/meter/meter.ts';
import type { Path } from '../../src/meter/options.ts';
import { concat } from '../packet/wire.ts';
import { control, INBOUND, OUTBOUND, report, send } from './wire.ts';

/** SRTCP shows the first packet's header and SSRC; the rest is noise (RFC 3711, 3.4). */
const encrypted = concat(report(1, []), new Uint8Array(26).fill(0xe7));

it('tells the path of RTCP that cannot be read, and of no other', () => {
  const unread: Path[] = [];
  const told: (readonly [string, boolean])[] = [];
  const meter = new Meter({
    onUnreadRtcp: (path) => unread.push(path),
    onRtcp: ({ source }, packets) => told.push([source.address, packets !== undefined]),
  });
  send(meter, 1, control(INBOUND), encrypted);
  send(meter, 2, control(OUTBOUND), report(2, []));
  expect(unread).toEqual([
    { source: { address: '10.1.0.1', port: 5005 }, destination: { address: '10.0.0.1', port: 6005 } },
  ]);
  expect(told).toEqual([
    ['10.1.0.1', false],
    ['10.0.0.1', true],
  ]);
});
