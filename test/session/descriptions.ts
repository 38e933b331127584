/** An SDP from its lines. */
export const sdp = (...lines: readonly string[]): string => [...lines, ''].join('\r\n');

const head = (address: string): readonly string[] => [
  'v=0',
  `o=room 1 1 IN IP4 ${address}`,
  's=-',
  `c=IN IP4 ${address}`,
  't=0 0',
];

/** A description with `media` lines after an ordinary head. */
export const session = (...media: readonly string[]): string => sdp(...head('192.0.2.10'), ...media);

/** What a SIP room device offers: sound, main camera, floor control, presentation, camera control. */
export const ROOM = sdp(
  ...head('192.0.2.10'),
  'b=AS:6000',
  'm=audio 16384 RTP/AVP 107 9 0 101',
  'a=rtpmap:107 MP4A-LATM/90000',
  'a=fmtp:107 profile-level-id=24;object=23;bitrate=128000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'm=video 16386 RTP/AVP 97 31',
  'b=TIAS:4000000',
  'a=rtpmap:97 H264/90000',
  'a=fmtp:97 packetization-mode=0;profile-level-id=428016',
  'a=content:main',
  'a=label:11',
  'm=application 5070 UDP/BFCP *',
  'a=floorctrl:c-s',
  'a=floorid:2 mstrm:12',
  'm=video 16388 RTP/AVP 97',
  'a=rtpmap:97 H264/90000',
  'a=content:slides',
  'a=label:12',
  'm=application 16390 RTP/AVP 100',
  'a=rtpmap:100 H224/4800',
);

/** The gateway's answer: the presentation can only come from the room, no camera control. */
export const GATEWAY = sdp(
  ...head('198.51.100.1'),
  'm=audio 40000 RTP/AVP 9 101',
  'a=rtpmap:101 telephone-event/8000',
  'm=video 40002 RTP/AVP 97',
  'a=rtpmap:97 H264/90000',
  'a=rtcp:40103 IN IP4 198.51.100.2',
  'm=application 5071 UDP/BFCP *',
  'm=video 40004 RTP/AVP 97',
  'a=rtpmap:97 H264/90000',
  'a=recvonly',
  'm=application 0 RTP/AVP 100',
);

/** What a browser offers: bundled, DTLS-SRTP, RTX, simulcast SSRCs, a data channel. */
export const BROWSER = sdp(
  'v=0',
  'o=- 46117 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1 2',
  'a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63',
  'c=IN IP4 0.0.0.0',
  'a=rtcp:9 IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  'a=mid:0',
  'a=sendrecv',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=rtpmap:63 red/48000/2',
  'a=ssrc:1001 cname:x',
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 125 116',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  'a=mid:1',
  'a=sendonly',
  'a=rtcp-mux',
  'a=rtpmap:96 VP8/90000',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96;rtx-time=3000',
  'a=rtpmap:125 red/90000',
  'a=rtpmap:116 ulpfec/90000',
  'a=ssrc-group:SIM 2001 2002',
  'a=ssrc-group:FID 2001 3001',
  'a=ssrc-group:FID 2002 3002',
  'a=ssrc-group:FEC-FR 2001 3003',
  'a=ssrc:2001 cname:x',
  'a=ssrc:3001 cname:x',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=mid:2',
);
