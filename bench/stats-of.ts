import type { RtcStatsEntry, RtcStatsReport } from '../src/model/rtc-stats.ts';

const media = [
  { mid: '0', kind: 'audio', rate: 50, octets: 80, codec: 'audio/opus', clockRate: 48_000 },
  { mid: '1', kind: 'video', rate: 300, octets: 1000, codec: 'video/VP8', clockRate: 90_000 },
  { mid: '2', kind: 'video', rate: 60, octets: 900, codec: 'video/VP8', clockRate: 90_000 },
] as const;

/** What a browser-like gateway with audio, video and screen sharing would push, with 2 % loss each way; `n` numbers the leg. */
export function statsOf(at: number, since: number, n: number): RtcStatsReport {
  const timestamp = at * 1000;
  const stats = media.flatMap(({ mid, kind, rate, octets, codec, clockRate }, m): RtcStatsEntry[] => {
    const sent = Math.round((at - since) * rate);
    const lost = Math.round(sent * 0.02);
    const ssrc = n * 10 + m;
    const common = { timestamp, kind, mid, codecId: `C${mid}`, transportId: 'T' };
    const frames = kind === 'video' ? { framesReceived: Math.round(sent / 10), frameHeight: 720 } : {};
    return [
      {
        id: `I${mid}`,
        type: 'inbound-rtp',
        ...common,
        ssrc,
        packetsReceived: sent - lost,
        packetsLost: lost,
        bytesReceived: (sent - lost) * octets,
        jitter: 0.004,
        ...frames,
      },
      {
        id: `O${mid}`,
        type: 'outbound-rtp',
        ...common,
        ssrc: ssrc + 5,
        remoteId: `R${mid}`,
        packetsSent: sent,
        bytesSent: sent * octets,
        retransmittedPacketsSent: 0,
      },
      {
        id: `R${mid}`,
        type: 'remote-inbound-rtp',
        ...common,
        timestamp: timestamp - 700,
        localId: `O${mid}`,
        ssrc: ssrc + 5,
        packetsLost: lost,
        jitter: 0.005,
        roundTripTime: 0.08,
        totalRoundTripTime: (at - since) * 0.08,
        roundTripTimeMeasurements: Math.round(at - since),
      },
      { id: `C${mid}`, type: 'codec', timestamp, mimeType: codec, clockRate, payloadType: 96 + m },
    ];
  });
  const path: RtcStatsEntry[] = [
    { id: 'T', type: 'transport', timestamp, selectedCandidatePairId: 'P' },
    {
      id: 'P',
      type: 'candidate-pair',
      timestamp,
      localCandidateId: 'L',
      remoteCandidateId: 'K',
      state: 'succeeded',
      nominated: true,
      currentRoundTripTime: 0.08,
      totalRoundTripTime: (at - since) * 0.08,
      responsesReceived: Math.round((at - since) / 2.5),
    },
    { id: 'L', type: 'local-candidate', timestamp, address: '10.0.0.1', port: 40_000, protocol: 'udp' },
    { id: 'K', type: 'remote-candidate', timestamp, address: '10.1.0.7', port: 50_000, protocol: 'udp' },
  ];
  return { timestamp, stats: [...stats, ...path] };
}
