import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Meter } from '../../src/meter/meter.ts';
import type { Signalling } from '../../src/meter/options.ts';
import { SipSignalling } from '../../src/session/sip-signalling.ts';
import { ascii } from '../packet/wire.ts';
import { type Ends, rtp, send } from './wire.ts';

const ROOM = '10.1.0.1';
const GATEWAY = '10.0.0.1';
const TYPES = ['opus/48000/2', 'L16/16000', 'PCMU/8000'];

/** What one side of one call says: where it listens, what its one type means, which need not be 96, and maybe an SSRC. */
type Says = {
  readonly kind: 'says';
  readonly call: number;
  readonly byRoom: boolean;
  readonly port: number;
  readonly number: number;
  readonly type: number;
  readonly ssrc: number;
};
/** Ten packets of one stream. */
type Talks = { readonly kind: 'talks'; readonly roomPort: number; readonly gatewayPort: number; readonly ssrc: number };

const says = fc.record<Says>({
  kind: fc.constant('says'),
  call: fc.nat(1),
  byRoom: fc.boolean(),
  port: fc.nat(1),
  number: fc.constantFrom(96, 97),
  type: fc.nat(2),
  ssrc: fc.nat(2),
});
const talks = fc.record<Talks>({
  kind: fc.constant('talks'),
  roomPort: fc.nat(2),
  gatewayPort: fc.nat(2),
  ssrc: fc.integer({ min: 1, max: 2 }),
});

function invite({ call, byRoom, port, number, type, ssrc }: Says, sequence: number, first: boolean): Uint8Array {
  const address = byRoom ? ROOM : GATEWAY;
  const sdp = [
    'v=0',
    `o=- 1 ${sequence} IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${5000 + 2 * port} RTP/AVP ${number}`,
    `a=rtpmap:${number} ${TYPES[type]}`,
    ...(ssrc === 0 ? [] : [`a=ssrc:${ssrc} cname:x`]),
    '',
  ].join('\r\n');
  const [from, to] = byRoom ? ['room', 'bot'] : ['bot', 'room'];
  return ascii(
    [
      'INVITE sip:x@example.com SIP/2.0',
      `From: <sip:${from}@example.com>;tag=${from}`,
      `To: <sip:${to}@example.com>${first ? '' : `;tag=${to}`}`,
      `Call-ID: ${call}`,
      `CSeq: ${sequence} INVITE`,
      'Content-Type: application/sdp',
      `Content-Length: ${sdp.length}`,
      '',
      sdp,
    ].join('\r\n'),
  );
}

function measured(steps: readonly (Says | Talks)[], signalling: Signalling) {
  const meter = new Meter({ signalling });
  const begun = new Set<number>();
  const sent = new Map<string, number>();
  for (const [second, step] of steps.entries()) {
    if (step.kind === 'says') {
      const ends: Ends = { from: [step.byRoom ? ROOM : GATEWAY, 5060], to: [step.byRoom ? GATEWAY : ROOM, 5060] };
      send(meter, second, ends, invite(step, second + 1, !begun.has(step.call)));
      begun.add(step.call);
      continue;
    }
    const key = JSON.stringify(step);
    const count = sent.get(key) ?? 0;
    sent.set(key, count + 10);
    const ends: Ends = { from: [ROOM, 5000 + 2 * step.roomPort], to: [GATEWAY, 5000 + 2 * step.gatewayPort] };
    for (let sequence = count; sequence < count + 10; sequence += 1) {
      const packet = { ssrc: step.ssrc, sequence, timestamp: 160 * sequence, payloadType: 96 };
      send(meter, second + 0.02 * (sequence - count), ends, rtp(packet));
    }
  }
  return meter.finish().streams;
}

describe('formats that signalling changes', () => {
  test('asked again where a message concerns the stream, they are those of asking always', () => {
    // The room has moved away; what still comes from its old socket is what the gateway says next.
    const room = { kind: 'says', call: 0, byRoom: true, port: 0, number: 96, type: 0, ssrc: 0 } as const;
    const gateway = { ...room, byRoom: false } as const;
    const talk = { kind: 'talks', roomPort: 0, gatewayPort: 2, ssrc: 1 } as const;
    const moved = [room, gateway, talk, { ...room, port: 1 }, talk, { ...gateway, type: 1 }, talk, talk];
    fc.assert(
      fc.property(fc.array(fc.oneof(says, talks), { maxLength: 40 }), (steps) => {
        const sip = new SipSignalling();
        const always: Signalling = {
          message: (message, path) => (sip.message(message, path) === undefined ? undefined : 'all'),
          formatOf: (packet) => sip.formatOf(packet),
        };
        expect(measured(steps, new SipSignalling())).toEqual(measured(steps, always));
      }),
      { numRuns: 500, examples: [[moved]] },
    );
  });

  test('a stream that no message concerns is not asked of again', () => {
    const asked: number[] = [];
    const signalling: Signalling = {
      message: () => ({ sockets: [{ address: ROOM, port: 5000 }], ssrcs: [] }),
      formatOf: ({ ssrc }) => {
        asked.push(ssrc);
        return undefined;
      },
    };
    const talk = (roomPort: number, ssrc: number): Talks => ({ kind: 'talks', roomPort, gatewayPort: 0, ssrc });
    const say: Says = { kind: 'says', call: 0, byRoom: true, port: 0, number: 96, type: 0, ssrc: 0 };
    measured([talk(0, 1), talk(1, 2), say, talk(0, 1), talk(1, 2)], signalling);
    expect(asked).toEqual([1, 2, 1]);
  });
});
