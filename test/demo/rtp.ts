/** An RTP packet (RFC 3550, 5.1) with a payload of zeros. */
export function rtpPacket(packet: { ssrc: number; sequence: number; timestamp?: number; octets?: number }): Buffer {
  const octets = Buffer.alloc(12 + (packet.octets ?? 20));
  octets.writeUInt8(0x80, 0); // version 2
  octets.writeUInt8(111, 1);
  octets.writeUInt16BE(packet.sequence & 0xffff, 2);
  octets.writeUInt32BE(packet.timestamp ?? 0, 4);
  octets.writeUInt32BE(packet.ssrc, 8);
  return octets;
}

/** The first eight octets of an RTCP compound (RFC 3550, 6.4), which SRTCP leaves in clear, and noise behind them. */
export function rtcpPacket(packet: { ssrc: number; packetType: number; reportCount?: number }): Buffer {
  const octets = Buffer.alloc(32, 0xa5);
  octets.writeUInt8(0x80 | (packet.reportCount ?? 0), 0);
  octets.writeUInt8(packet.packetType, 1);
  octets.writeUInt16BE(7, 2);
  octets.writeUInt32BE(packet.ssrc, 4);
  return octets;
}
