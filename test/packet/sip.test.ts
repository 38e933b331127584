import { describe, expect, it } from 'vitest';
import { readSip, sessionDescriptions, sipHeader } from '../../src/packet/sip.ts';
import { SipFramer } from '../../src/packet/sip-framer.ts';
import { looksLikeSip } from '../../src/packet/sip-lines.ts';
import { ascii, concat, u8 } from './wire.ts';

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

const lines = (...text: string[]): string => `${text.join('\r\n')}\r\n\r\n`;

const invite = (body = SDP, type = 'application/sdp'): string =>
  lines('INVITE sip:room@example.com SIP/2.0', 'Via: SIP/2.0/UDP a', 'i: 1@a', `c: ${type}`, `l: ${body.length}`) +
  body;

const ok = lines('SIP/2.0 200 Okay then', 'Call-ID: 1@a', 'Content-Length: 0');

const read = (text: string) => {
  const octets = concat(u8(1, 2), ascii(text), ascii('INVITE sip:beyond SIP/2.0'));
  return readSip(octets, 2, octets.length - 25);
};

describe('readSip', () => {
  it('reads a request with compact headers', () => {
    const [message] = read(invite());
    expect(message).toMatchObject({ method: 'INVITE', requestUri: 'sip:room@example.com' });
    expect(message?.headers.map(([name]) => name)).toEqual(['via', 'call-id', 'content-type', 'content-length']);
    expect(message && sipHeader(message, 'call-id')).toBe('1@a');
    expect(message && sessionDescriptions(message)).toEqual([SDP]);
  });

  it('reads a response', () => {
    expect(read(ok)).toMatchObject([{ status: 200, reason: 'Okay then', body: u8() }]);
    expect(read(ok)[0]).not.toHaveProperty('method');
  });

  it('joins folded lines, and takes line feeds alone', () => {
    const [message] = read('BYE sip:a SIP/2.0\nSubject: one\n\t two\nVia: x\nVia: y\n\n');
    expect(message?.headers).toEqual([
      ['subject', 'one two'],
      ['via', 'x'],
      ['via', 'y'],
    ]);
  });

  it('reads several messages of one datagram, with empty lines between', () => {
    const messages = read(`\r\n\r\n${ok}\r\n${invite()}${ok}`);
    expect(messages.map(({ method, status }) => method ?? status)).toEqual([200, 'INVITE', 200]);
  });

  it('takes the rest of the datagram as body where no length is told', () => {
    const [message] = read(lines('INFO sip:a SIP/2.0', 'Content-Type: application/sdp') + SDP);
    expect(message && sessionDescriptions(message)).toEqual([SDP]);
    expect(message).not.toHaveProperty('truncated');
  });

  it('says where the capture cut the body', () => {
    expect(read(invite().slice(0, -10))).toMatchObject([{ truncated: true, body: ascii(SDP.slice(0, -10)) }]);
  });

  it.each([
    ['headers without end', 'INVITE sip:a SIP/2.0\r\nVia: x\r\n'],
    ['no SIP', 'GET / HTTP/1.1\r\n\r\n'],
    ['nothing', ''],
  ])('reads nothing from %s', (_name, text) => {
    expect(read(text)).toEqual([]);
  });

  it('ignores a length that is no number', () => {
    expect(read(lines('BYE sip:a SIP/2.0', 'Content-Length: -1') + SDP)[0]?.body).toHaveLength(SDP.length);
  });

  it('does not trust status lines', () => {
    expect(read(lines('SIP/2.0 99999 x'))).toMatchObject([{ status: 0 }]);
  });
});

describe('sessionDescriptions', () => {
  const part = (type: string, body: string): string => `--b1\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`;
  it.each<[name: string, type: string, body: string, found: string[]]>([
    [
      'one part among others',
      'multipart/mixed;boundary=b1',
      `preamble\r\n${part('application/isup', '\x01')}${part('application/sdp', SDP)}--b1--\r\n`,
      [SDP],
    ],
    [
      'two',
      'multipart/mixed; boundary="b1"',
      `${part('application/sdp', 'v=0')}${part('Application/SDP; charset=utf-8', SDP)}--b1--`,
      ['v=0', SDP],
    ],
    [
      'a nested one',
      'multipart/mixed;boundary=b0',
      `--b0\r\nContent-Type: multipart/alternative;boundary=b1\r\n\r\n${part('application/sdp', SDP)}--b1--\r\n--b0--`,
      [SDP],
    ],
    ['a missing last boundary', 'multipart/mixed;boundary=b1', part('application/sdp', 'v=0').trimEnd(), ['v=0']],
    ['a part without type', 'multipart/mixed;boundary=b1', '--b1\r\n\r\nv=0\r\n--b1--', []],
    ['no boundary', 'multipart/mixed', part('application/sdp', SDP), []],
    ['another type', 'application/dtmf-relay', 'Signal=1', []],
  ])('finds %s', (_name, type, body, found) => {
    const [message] = read(invite(body, type));
    expect(message && sessionDescriptions(message)).toEqual(found);
  });

  it('does not nest without end', () => {
    let body = SDP;
    let type = 'application/sdp';
    for (let depth = 0; depth < 20; depth++) {
      body = `--b${depth}\r\nContent-Type: ${type}\r\n\r\n${body}\r\n--b${depth}--`;
      type = `multipart/mixed;boundary=b${depth}`;
    }
    const [message] = read(invite(body, type));
    expect(message && sessionDescriptions(message)).toEqual([]);
  });
});

describe('looksLikeSip', () => {
  it.each([
    ['INVITE sip:a@b SIP/2.0\r\n', true],
    ['SIP/2.0 180 Ringing', true],
    ['\r\n\r\nACK sip:a SIP/2.0\r\n', true],
    ['INVITE sip:a@b SIP/3.0\r\n', false],
    ['INVITE sip:a@b SIP/2.0', false],
    ['invite sip:a@b SIP/2.0\r\n', false],
    [`${'A'.repeat(40)} sip:a SIP/2.0\r\n`, false],
    [`INVITE ${'a'.repeat(9000)} SIP/2.0\r\n`, false],
    ['SIP/2.0\r\n', false],
    ['', false],
  ])('%j: %s', (text, expected) => {
    expect(looksLikeSip(ascii(text), 0, text.length)).toBe(expected);
  });
});

describe('SipFramer', () => {
  const push = (framer: SipFramer, text: string) => framer.push(ascii(text), 0, text.length);
  const names = (messages: ReturnType<typeof push>) => messages?.map(({ method, status }) => method ?? status);

  it.each([1, 2, 3, 17, 64, 1000])('cuts a flow that comes in pieces of %i octets', (size) => {
    const framer = new SipFramer();
    const flow = `\r\n${invite()}${ok}\r\n\r\n${invite('')}${ok}`;
    const found = [];
    for (let at = 0; at < flow.length; at += size)
      found.push(...(push(framer, flow.slice(at, at + size)) ?? [undefined]));
    expect(found.map((message) => message?.method ?? message?.status)).toEqual(['INVITE', 200, 'INVITE', 200]);
    expect(found[0] && sessionDescriptions(found[0])).toEqual([SDP]);
  });

  it('finds the next message in a flow that it joins under way', () => {
    expect(names(push(new SipFramer(), `RTP/AVP 0\r\na=sendrecv\r\n${ok}`))).toEqual([200]);
  });

  it('begins anew after a gap', () => {
    const framer = new SipFramer();
    push(framer, invite().slice(0, 100));
    framer.gap();
    expect(names(push(framer, `a=ptime:20\r\n${ok}`))).toEqual([200]);
  });

  it.each([
    ['lines', 'GET / HTTP/1.1\r\n'],
    ['octets', '\x16\x03\x01'],
  ])('gives up a flow of other %s', (_name, text) => {
    const framer = new SipFramer();
    let results: ReturnType<typeof push> = [];
    for (let times = 0; times < 80_000 && results !== undefined; times++) results = push(framer, text);
    expect(results).toBeUndefined();
  });

  it('gives up a message that claims more than 64 KiB', () => {
    const framer = new SipFramer();
    push(framer, lines('INFO sip:a SIP/2.0', 'Content-Length: 999999999'));
    let pushed = 0;
    while (pushed < 1000 && push(framer, 'x'.repeat(1000)) !== undefined) pushed += 1;
    expect(pushed).toBeLessThan(200);
  });
});
