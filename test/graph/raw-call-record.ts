/** A session as Graph tells it: in meetings a participant and the service. */
export function rawSession(id: string, more: object = {}): object {
  return {
    id,
    startDateTime: '2026-01-15T10:00:02Z',
    endDateTime: '2026-01-15T10:10:00Z',
    modalities: ['audio', 'holograms'],
    caller: {
      '@odata.type': '#microsoft.graph.callRecords.participantEndpoint',
      userAgent: {
        '@odata.type': '#microsoft.graph.callRecords.clientUserAgent',
        platform: 'windows',
        headerValue: 'x',
      },
      associatedIdentity: {
        '@odata.type': '#microsoft.graph.userIdentity',
        id: `user-${id}`,
        displayName: `User ${id}`,
      },
    },
    callee: {
      '@odata.type': '#microsoft.graph.callRecords.serviceEndpoint',
      userAgent: { role: 'mediaController' },
    },
    segments: [
      {
        id: `segment-${id}`,
        media: [
          {
            label: 'main-audio',
            callerNetwork: { ipAddress: '10.9.8.7', port: 50_000 },
            streams: [
              {
                streamId: '1',
                streamDirection: 'callerToCallee',
                packetUtilization: 30_000,
                averagePacketLossRate: 0.0138,
                maxPacketLossRate: null,
                averageJitter: 'PT0.004S',
                averageRoundTripTime: 'PT0.05S',
              },
            ],
          },
        ],
      },
    ],
    ...more,
  };
}

/** A record of that many sessions, in the published shape with members beyond it. */
export const rawRecord = (id: string, sessions: number, more: object = {}) => ({
  id,
  version: 1,
  type: 'groupCall',
  startDateTime: '2026-01-15T10:00:00Z',
  endDateTime: '2026-01-15T10:10:00Z',
  newerMember: { a: null },
  ...more,
  sessions: Array.from({ length: sessions }, (_, at) => rawSession(`s${at}`)),
});
