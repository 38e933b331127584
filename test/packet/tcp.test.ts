import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Datagram, TCP } from '../../src/packet/datagram.ts';
import { TcpReassembler } from '../../src/packet/tcp.ts';
import { ascii, viewOf } from './wire.ts';

const SYN = 2;
const FIN = 1;
const ACK = 16;

function segment(
  sequence: number,
  text: string,
  options: { flags?: number; port?: number; length?: number } = {},
): Datagram {
  const datagram = new Datagram();
  datagram.protocol = TCP;
  datagram.addressFamily = 4;
  datagram.source[3] = 1;
  datagram.destination[3] = 2;
  datagram.sourcePort = options.port ?? 5060;
  datagram.destinationPort = 5062;
  datagram.octets = ascii(text);
  datagram.view = viewOf(datagram.octets);
  datagram.end = text.length;
  datagram.length = options.length ?? text.length;
  datagram.tcpSequence = sequence >>> 0;
  datagram.tcpFlags = options.flags ?? ACK;
  return datagram;
}

/** What the sink was told, `|` for a gap and `.` for the end. */
function reassembler(wanted = true) {
  const told = new Map<number, string>();
  const add = (port: number, text: string): void => void told.set(port, (told.get(port) ?? '') + text);
  const tcp = new TcpReassembler({
    data(flow, octets, start, end) {
      add(flow.sourcePort, new TextDecoder().decode(octets.subarray(start, end)));
      return wanted;
    },
    gap: (flow) => add(flow.sourcePort, '|'),
    close: (flow) => add(flow.sourcePort, '.'),
  });
  return { tcp, text: (port = 5060): string => told.get(port) ?? '' };
}

describe('TcpReassembler', () => {
  it('hands on what comes in order, over the wrap of the sequence number', () => {
    const { tcp, text } = reassembler();
    tcp.segment(segment(0xfffffffd, '', { flags: SYN }), 0);
    tcp.segment(segment(0xfffffffe, 'abc'), 0);
    tcp.segment(segment(1, 'def', { flags: FIN | ACK }), 0);
    expect(text()).toBe('abcdef.');
  });

  it('puts any order with repetitions and overlaps right', () => {
    const plan = fc.record({
      start: fc.nat(0xffffffff),
      cuts: fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 1, max: 20 })), { maxLength: 12 }),
      order: fc.infiniteStream(fc.nat(1e6)),
    });
    const flow = 'the quick brown fox jumps over the lazy dog, and does it again';
    fc.assert(
      fc.property(plan, ({ start, cuts, order }) => {
        const { tcp, text } = reassembler();
        const whole = Array.from({ length: 8 }, (_, index) => [index * 8, 8] as const);
        const pieces = [...whole, ...cuts].map((piece) => ({ piece, key: Number(order.next().value) }));
        tcp.segment(segment(start, '', { flags: SYN }), 0);
        for (const {
          piece: [at, length],
        } of pieces.toSorted((a, b) => a.key - b.key))
          tcp.segment(segment(start + 1 + at, flow.slice(at, at + length)), 0);
        expect(text()).toBe(flow);
      }),
    );
  });

  it('begins under way with what comes first', () => {
    const { tcp, text } = reassembler();
    tcp.segment(segment(500, '', {}), 0);
    tcp.segment(segment(1000, 'abc'), 0);
    tcp.segment(segment(1000, 'abc'), 0);
    expect(text()).toBe('abc');
  });

  it('gives up a hole after three seconds', () => {
    const { tcp, text } = reassembler();
    tcp.segment(segment(0, 'abc'), 0);
    tcp.segment(segment(6, 'ghi'), 1e6);
    expect(text()).toBe('abc');
    tcp.segment(segment(9, 'jkl'), 4.1e6);
    expect(text()).toBe('abc|ghijkl');
  });

  it('gives up a hole when too much waits behind it', () => {
    const { tcp, text } = reassembler();
    tcp.segment(segment(0, 'a'), 0);
    for (let at = 0; at < 66; at++) tcp.segment(segment(10 + at, 'x'), 0);
    expect(text()).toBe(`a|${'x'.repeat(66)}`);
  });

  it('hands on what waits when the capture ends', () => {
    const { tcp, text } = reassembler();
    tcp.segment(segment(0, 'abc'), 0);
    tcp.segment(segment(6, 'ghi'), 0);
    tcp.end();
    expect(text()).toBe('abc|ghi.');
  });

  it('says that the capture cut a segment', () => {
    const { tcp, text } = reassembler();
    tcp.segment(segment(0, 'abc', { length: 10 }), 0);
    tcp.segment(segment(10, 'def'), 0);
    expect(text()).toBe('abc|def');
  });

  it('takes a leap as a gap, and another SYN as another connection', () => {
    const { tcp, text } = reassembler();
    tcp.segment(segment(0, 'abc'), 0);
    tcp.segment(segment(1e9, 'def'), 0);
    tcp.segment(segment(7, '', { flags: SYN }), 0);
    tcp.segment(segment(7, '', { flags: SYN }), 0);
    tcp.segment(segment(8, 'ghi'), 0);
    expect(text()).toBe('abc|def.ghi');
  });

  it('keeps flows apart', () => {
    const { tcp, text } = reassembler();
    for (const port of [1, 2]) tcp.segment(segment(0, `from ${port}`, { port }), 0);
    expect([text(1), text(2)]).toEqual(['from 1', 'from 2']);
  });

  it('forgets a flow that nobody wants', () => {
    const { tcp, text } = reassembler(false);
    tcp.segment(segment(0, 'abc'), 0);
    tcp.segment(segment(3, 'def'), 0);
    tcp.end();
    expect(text()).toBe('abc');
  });

  it('never keeps more than 1,024 flows', () => {
    const { tcp, text } = reassembler();
    for (let port = 1; port <= 5000; port++) tcp.segment(segment(0, 'a', { port }), 0);
    const closed = Array.from({ length: 5000 }, (_, index) => text(index + 1)).filter((told) => told === 'a.');
    expect(closed).toHaveLength(5000 - 1024);
  });
});
