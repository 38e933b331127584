import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

type Call = {
  readonly transport: 'udp' | 'tcp';
  /** Addresses as its descriptions write them. */
  readonly room: string;
  readonly gateway: string;
  /** Ports of the room and of the gateway. */
  readonly audio: readonly [number, number];
};

/** What a room that calls and a gateway say to each other. */
export type SipWords = Readonly<Record<'invite' | 'answer' | 'ack' | 'bye' | 'gone', string>>;

export function sipWords({ transport, room, gateway, audio: [near, far] }: Call): SipWords {
  const family = room.includes(':') ? 'IP6' : 'IP4';
  const sdp = (address: string, port: number): string =>
    [
      ...['v=0', `o=- 1 1 IN ${family} ${address}`, 's=-', `c=IN ${family} ${address}`, 't=0 0'],
      ...[`m=audio ${port} RTP/AVP 0`, 'a=sendrecv', ''],
    ].join('\r\n');
  const host = room.includes(':') ? `[${room}]` : room;
  const message = (line: string, sequence: string, tag: string, body = ''): string =>
    [
      line,
      `Via: SIP/2.0/${transport.toUpperCase()} ${host}:40000;branch=z9hG4bK${sequence.replace(' ', '')}`,
      'Call-ID: over-ipv6',
      `CSeq: ${sequence}`,
      `From: <sip:room@${host}>;tag=r`,
      `To: <sip:meeting@example.com>${tag}`,
      `Contact: <sip:room@${host}:40000;transport=${transport}>`,
      line.startsWith('SIP') ? 'Server: gateway/1' : 'User-Agent: Cisco/RoomOS',
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
  return {
    invite: message('INVITE sip:meeting@example.com SIP/2.0', '1 INVITE', '', sdp(room, near)),
    answer: message('SIP/2.0 200 OK', '1 INVITE', ';tag=g', sdp(gateway, far)),
    ack: message('ACK sip:meeting@example.com SIP/2.0', '1 ACK', ';tag=g'),
    bye: message('BYE sip:meeting@example.com SIP/2.0', '2 BYE', ';tag=g'),
    gone: message('SIP/2.0 200 OK', '2 BYE', ';tag=g'),
  };
}

/** The same between real sockets of one address. */
export async function loopbackCall(at: {
  readonly transport: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
}): Promise<void> {
  const { transport, address, port } = at;
  const words = sipWords({ transport, room: address, gateway: address, audio: [45_004, 46_004] });
  await (transport === 'udp' ? byDatagrams : byConnection)(words, address, port);
}

/** Who says what to whom, one after another. */
function dialogue<End>({ invite, answer, ack, bye, gone }: SipWords, room: End, gateway: End) {
  return [
    { from: room, to: gateway, text: invite },
    { from: gateway, to: room, text: answer },
    { from: room, to: gateway, text: ack },
    { from: room, to: gateway, text: bye },
    { from: gateway, to: room, text: gone },
  ];
}

async function byDatagrams(words: SipWords, address: string, port: number): Promise<void> {
  const family = address.includes(':') ? 'udp6' : 'udp4';
  const [gateway, room] = [createSocket(family), createSocket(family)];
  gateway.bind(port, address);
  room.bind(0, address);
  await Promise.all([once(gateway, 'listening'), once(room, 'listening')]);
  for (const { from, to, text } of dialogue(words, room, gateway)) {
    const came = once(to, 'message');
    from.send(text, to.address().port, address);
    await came;
  }
  gateway.close();
  room.close();
}

async function byConnection(words: SipWords, address: string, port: number): Promise<void> {
  const server = createServer().listen(port, address);
  await once(server, 'listening');
  const room = connect(port, address);
  const [gateway] = await once(server, 'connection');
  for (const { from, to, text } of dialogue<Socket>(words, room, gateway)) {
    const came = once(to, 'data');
    from.write(text);
    await came;
  }
  room.destroy();
  gateway.destroy();
  server.close();
}
