import type { Endpoint } from '../model/channel.ts';

/** One outgoing media stream of a description, by the SSRC that carries the media itself (never RTX). */
export type DescribedStream = { readonly mid: string; readonly kind: 'audio' | 'video'; readonly ssrc: number };

/** Opus has 48 kHz whatever it samples (RFC 7587, 4.1), video has 90 kHz. */
export const CLOCK_RATE = { audio: 48_000, video: 90_000 } as const;

/** The peer's own UDP address: that on loopback if it has one, else the first IPv4 one. */
export function hostAddress(sdp: string): Endpoint {
  const found = [...sdp.matchAll(/^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host/gim)].map(
    ([, address = '', port = '']) => ({ address, port: Number(port) }),
  );
  const chosen = found.find(({ address }) => address.startsWith('127.')) ?? found[0];
  if (chosen === undefined) throw new Error('the peer has no IPv4 address, not even on loopback');
  return chosen;
}

/** The same description with `endpoint` as its only candidate, so that the other peer knows no way but this one. */
export function withOnlyCandidate(sdp: string, endpoint: Endpoint): string {
  const candidate = `a=candidate:1 1 udp 2122260223 ${endpoint.address} ${endpoint.port} typ host generation 0`;
  const lines = sdp.split('\r\n').filter((line) => !line.startsWith('a=candidate:'));
  return lines.flatMap((line) => (line.startsWith('a=mid:') ? [line, candidate] : [line])).join('\r\n');
}

/** The streams that the owner of a description sends. */
export function describedStreams(sdp: string): readonly DescribedStream[] {
  return sdp.split(/^(?=m=)/m).flatMap((section) => {
    const kind = /^m=(audio|video) /.exec(section)?.[1];
    const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
    // The first SSRC of a FID group carries the media, the second its retransmissions (RFC 5576, 4.2).
    const ssrc = /^a=ssrc-group:FID (\d+)/m.exec(section)?.[1] ?? /^a=ssrc:(\d+)/m.exec(section)?.[1];
    if ((kind !== 'audio' && kind !== 'video') || mid === undefined || ssrc === undefined) return [];
    return [{ mid, kind, ssrc: Number(ssrc) }];
  });
}
