import { describe, expect, it } from 'vitest';
import * as demux from '../../src/packet/demux.ts';
import { ascii, concat, hex, rtpPacket, u8, viewOf } from './wire.ts';

function classify(payload: Uint8Array, captured = payload.length): demux.PayloadKind {
  const chunk = concat(payload, new Uint8Array(64).fill(0x80));
  return demux.classify(chunk, viewOf(chunk), 0, captured, payload.length);
}

const receiverReport = hex('80c90001 00000001');
const trailer = hex('80000001 00112233445566778899');

describe('classify', () => {
  it.each<[name: string, kind: demux.PayloadKind, payload: Uint8Array]>([
    ['RTP', demux.RTP, rtpPacket({ payloadType: 96, marker: true })],
    [
      'RTP, payload type 95 with marker, which looks like RTCP 223',
      demux.RTP,
      rtpPacket({ payloadType: 95, marker: true, sequence: 9000 }),
    ],
    [
      'RTP, payload type 72 with marker and a small sequence number',
      demux.RTP,
      rtpPacket({ payloadType: 72, marker: true, sequence: 2 }),
    ],
    ['a receiver report', demux.RTCP, receiverReport],
    ['reduced size feedback (RFC 5506)', demux.RTCP, hex('81ce0002 00000001 00000002')],
    ['a compound', demux.RTCP, concat(receiverReport, hex('81ca0003 00000001 0102 6162 00000000'))],
    ['SRTCP', demux.ENCRYPTED_RTCP, concat(receiverReport, trailer)],
    ['SRTCP with a sender report', demux.ENCRYPTED_RTCP, concat(hex('80c80006'), new Uint8Array(24), trailer)],
    ['SRTCP feedback', demux.ENCRYPTED_RTCP, concat(hex('8fcd0003'), new Uint8Array(12), trailer)],
    ['STUN', demux.STUN, hex('00010000 2112a442 000000000000000000000001')],
    ['classic STUN', demux.STUN, hex('00010000 00000000000000000000000000000001')],
    ['STUN with a wrong length', demux.OTHER, hex('00010001 2112a442 000000000000000000000001')],
    ['DTLS 1.2 handshake', demux.DTLS, hex('16fefd 0000 000000000001 0001 00')],
    ['DTLS 1.3 record', demux.DTLS, hex('2ed0 130008 0000000000000000')],
    ['BFCP', demux.OTHER, hex('200d0001 00000001 00010001 00000000')],
    ['ZRTP', demux.ZRTP, hex('10000001 5a525450 00000001')],
    ['TURN channel data', demux.TURN_CHANNEL, hex('40000002 8000 0000')],
    ['SIP, whose first letter lies in the range of TURN', demux.SIP, ascii('INVITE sip:a@b SIP/2.0\r\n\r\n')],
    ['a status line of SIP', demux.SIP, ascii('SIP/2.0 200 OK\r\n\r\n')],
    ['HTTP', demux.OTHER, ascii('GET / HTTP/1.1\r\n\r\n')],
    ['an empty line that keeps SIP alive', demux.OTHER, ascii('\r\n\r\n')],
    ['DNS', demux.OTHER, hex('00120100 0001 0000 0000 0000 0377777700 0001 0001')],
    ['three octets', demux.OTHER, u8(0x80, 0, 0)],
    ['noise', demux.OTHER, u8(0xff, 0xff, 0xff, 0xff, 0xff)],
  ])('knows %s', (_name, kind, payload) => {
    expect(classify(payload)).toBe(kind);
  });

  it('takes RTCP that the capture cut as RTCP', () => {
    expect(classify(concat(receiverReport, hex('81ca0005'), new Uint8Array(20)), 14)).toBe(demux.RTCP);
  });

  it('does not call RTP what is shorter than its header', () => {
    expect(classify(rtpPacket({}), 11)).toBe(demux.OTHER);
  });
});
