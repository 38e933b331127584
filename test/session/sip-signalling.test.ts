import { describe, expect, it } from 'vitest';
import { readSip } from '../../src/packet/sip.ts';
import { parseSdp } from '../../src/session/sdp.ts';
import { sipEvent } from '../../src/session/sip-event.ts';
import { SipSignalling } from '../../src/session/sip-signalling.ts';
import { SOCKETS, sdpOf, type Who } from './sip-messages.ts';

/** A message as it lies on the wire. */
function message(start: string, sdp?: string, headers: readonly string[] = []) {
  const body = sdp ?? '';
  const type = sdp === undefined ? [] : ['Content-Type: application/sdp'];
  const lines = [start, ...headers, ...type, `Content-Length: ${Buffer.byteLength(body)}`, '', body];
  const octets = Buffer.from(lines.join('\r\n'));
  const [found] = readSip(octets, 0, octets.length);
  if (found === undefined) throw new Error('no SIP');
  return found;
}

const dialog = (tag: string) => [
  'From: "Room 1" <sip:room@example.com;x=1>;tag=r',
  `To: <sip:meeting@example.com>${tag}`,
  'Call-ID: c',
  'CSeq: 1 INVITE',
];
const INVITE = (sdp: string) =>
  message('INVITE sip:meeting@example.com SIP/2.0', sdp, [...dialog(''), 'User-Agent: Cisco/CE9']);
const OK = (sdp: string) => message('SIP/2.0 200 OK', sdp, [...dialog(';tag=g'), 'Server: gateway/1']);

const way = (from: Who) => ({ source: SOCKETS[from], destination: SOCKETS[from === 'room' ? 'gateway' : 'room'] });

const media = (from: readonly [Who, number], to: readonly [Who, number]) => ({
  source: { address: SOCKETS[from[0]].address, port: from[1] },
  destination: { address: SOCKETS[to[0]].address, port: to[1] },
  ssrc: 7,
});

describe('sipEvent', () => {
  it('takes what dialogs need', () => {
    expect(sipEvent(INVITE(sdpOf('room', 2000)), { at: 5, ...way('room') })).toMatchObject({
      at: 5,
      source: SOCKETS.room,
      callId: 'c',
      method: 'INVITE',
      sequence: 1,
      from: { uri: 'sip:room@example.com;x=1', display: 'Room 1', tag: 'r' },
      to: { uri: 'sip:meeting@example.com' },
      agent: 'Cisco/CE9',
      sdp: [{ media: 'audio', endpoint: { address: SOCKETS.room.address, port: 2000 } }],
    });
    expect(sipEvent(OK(sdpOf('gateway', 3000)), { at: 6, ...way('gateway') })).toMatchObject({
      status: 200,
      to: { tag: 'g' },
      agent: 'gateway/1',
    });
  });

  it('reads names without brackets, whose parameters are the header’s', () => {
    const bare = message('BYE sip:x SIP/2.0', undefined, ['f: sip:a@x;tag=1', 't: sip:b@x', 'i: c', 'CSeq: 2 BYE']);
    expect(sipEvent(bare, { at: 0, ...way('room') })).toMatchObject({
      from: { uri: 'sip:a@x', tag: '1' },
      to: { uri: 'sip:b@x' },
    });
  });

  it.each(['Call-ID', 'CSeq', 'From', 'To'])('is nothing without %s', (name) => {
    const headers = dialog('').filter((line) => !line.startsWith(name));
    expect(sipEvent(message('INVITE sip:x SIP/2.0', undefined, headers), { at: 0, ...way('room') })).toBeUndefined();
  });

  it('counts with a description that cannot be read', () => {
    const event = sipEvent(INVITE('v=0\r\nm=audio\r\n'), { at: 0, ...way('room') });
    expect(event?.method).toBe('INVITE');
    expect(event?.sdp).toBeUndefined();
  });
});

describe('SipSignalling', () => {
  const call = () => {
    const signalling = new SipSignalling();
    const changed = [
      signalling.message(INVITE(sdpOf('room', 2000, { type: 96, video: 2002 })), { at: 1, ...way('room') }),
      signalling.message(INVITE(sdpOf('room', 2000, { type: 96, video: 2002 })), { at: 1.5, ...way('room') }),
      signalling.message(OK(sdpOf('gateway', 3000, { type: 111, video: 3002 })), { at: 3, ...way('gateway') }),
    ];
    return { signalling, changed };
  };

  const room = (port: number) => ({ address: SOCKETS.room.address, port });
  const gateway = (port: number) => ({ address: SOCKETS.gateway.address, port });
  const again = (sequence: number, sdp: string) =>
    message('INVITE sip:meeting@example.com SIP/2.0', sdp, [
      'From: "Room 1" <sip:room@example.com;x=1>;tag=r',
      'To: <sip:meeting@example.com>;tag=g',
      'Call-ID: c',
      `CSeq: ${sequence} INVITE`,
    ]);

  it('says whose formats may have changed: of both sides of the call, nobody’s when nothing is new', () => {
    const { signalling, changed } = call();
    expect(changed).toEqual([
      { sockets: [room(2000), room(2002)], ssrcs: [] },
      undefined,
      { sockets: [gateway(3000), gateway(3002), room(2000), room(2002)], ssrcs: [] },
    ]);
    expect(signalling.messages).toBe(3);
  });

  it('names the sockets that a call has left, since the other side’s word still holds for them', () => {
    const { signalling } = call();
    const moved = signalling.message(again(2, sdpOf('room', 2500)), { at: 10, ...way('room') });
    expect(moved).toEqual({
      sockets: [room(2500), gateway(3000), gateway(3002), room(2000), room(2002)],
      ssrcs: [],
    });
  });

  it('names SSRCs that a description tells', () => {
    const signalling = new SipSignalling();
    const sdp = `${sdpOf('room', 2000)}a=ssrc:4294967295 cname:x\r\na=ssrc:7 cname:x\r\n`;
    expect(signalling.message(INVITE(sdp), { at: 1, ...way('room') })).toEqual({
      sockets: [room(2000)],
      ssrcs: [4_294_967_295, 7],
    });
  });

  it('concerns all where a call moves without end', () => {
    const { signalling } = call();
    const moves = Array.from({ length: 300 }, (_, index) =>
      signalling.message(again(index + 2, sdpOf('room', 5000 + 2 * index)), { at: 10 + index, ...way('room') }),
    );
    expect(moves[0]).toMatchObject({ ssrcs: [] });
    expect(moves.at(-1)).toBe('all');
  });

  it('knows a payload type by the receiver’s description, then by the sender’s', () => {
    const { signalling } = call();
    const opus = { codec: 'opus', clockRate: 48_000, clockRateOrigin: 'sdp', media: 'audio', encrypted: false };
    const towards = media(['room', 2000], ['gateway', 3000]);
    expect(signalling.formatOf({ ...towards, payloadType: 111 })).toEqual(opus);
    expect(signalling.formatOf({ ...towards, payloadType: 96 })).toEqual(opus);
    expect(signalling.formatOf({ ...towards, payloadType: 0 })).toMatchObject({ codec: 'PCMU', clockRate: 8000 });
    expect(signalling.formatOf({ ...towards, payloadType: 50 })).toEqual({ media: 'audio', encrypted: false });
  });

  it('knows the other side where an address was translated on the way', () => {
    const { signalling } = call();
    const translated = media(['gateway', 3002], ['room', 61_000]);
    expect(signalling.formatOf({ ...translated, payloadType: 97 })).toMatchObject({ codec: 'H264', media: 'video' });
    expect(signalling.formatOf({ ...media(['room', 1], ['room', 2]), payloadType: 97 })).toBeUndefined();
  });

  it('knows what a port means now, not what it meant in an earlier call', () => {
    const { signalling } = call();
    const later = message('INVITE sip:other@example.com SIP/2.0', sdpOf('room', 2000, { type: 0 }), [
      'From: <sip:room@example.com>;tag=r2',
      'To: <sip:other@example.com>',
      'Call-ID: d',
      'CSeq: 1 INVITE',
    ]);
    signalling.message(later, { at: 100, ...way('room') });
    const back = media(['gateway', 9], ['room', 2000]);
    expect(signalling.formatOf({ ...back, payloadType: 0 })).toMatchObject({ codec: 'opus' });
    // What 96 meant in the earlier call says nothing of this one.
    expect(signalling.formatOf({ ...back, payloadType: 96 })).toEqual({ media: 'audio', encrypted: false });
  });

  it('knows when a call was up', () => {
    const { signalling } = call();
    const path = media(['room', 2000], ['gateway', 3000]);
    expect(signalling.callsUp(path, 1, 2)).toEqual([]);
    expect(signalling.callsUp(path, 2.5, 3.5)).toEqual([3]);
    expect(signalling.callsUp(media(['room', 1], ['gateway', 2]), 2.5, 3.5)).toBeUndefined();
  });

  it('takes RTCP to the path of its media where a=rtcp tells its socket', () => {
    const signalling = new SipSignalling();
    signalling.message(INVITE(`${sdpOf('room', 2000)}a=rtcp:2100\r\n`), { at: 1, ...way('room') });
    signalling.message(OK(sdpOf('gateway', 3000)), { at: 3, ...way('gateway') });
    const { source, destination } = media(['room', 2100], ['gateway', 3001]);
    expect(signalling.mediaPathOf({ source, destination })).toEqual({
      source: { address: SOCKETS.room.address, port: 2000 },
      destination: { address: SOCKETS.gateway.address, port: 3000 },
    });
    expect(signalling.mediaPathOf({ source: destination, destination })).toBeUndefined();
  });

  it('uses descriptions from beside the capture wherever nothing else is known', () => {
    const signalling = new SipSignalling([
      parseSdp(sdpOf('room', 2000)),
      parseSdp(sdpOf('gateway', 3000, { video: 3002 })),
    ]);
    expect(signalling.formatOf({ ...media(['room', 1], ['room', 2]), payloadType: 96 })).toMatchObject({
      codec: 'opus',
      media: 'audio',
    });
    expect(signalling.formatOf({ ...media(['room', 1], ['gateway', 3002]), payloadType: 97 })).toMatchObject({
      codec: 'H264',
    });
    expect(signalling.calls()).toEqual([]);
  });

  it('leaves open what two descriptions say differently', () => {
    const signalling = new SipSignalling([
      parseSdp(sdpOf('room', 2000)),
      parseSdp('v=0\r\nc=IN IP4 10.0.0.9\r\nm=video 4000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n'),
    ]);
    expect(signalling.formatOf({ ...media(['room', 1], ['room', 2]), payloadType: 96 })).toBeUndefined();
  });
});
