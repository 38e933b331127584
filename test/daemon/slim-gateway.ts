import type { RtcStatsReport } from '../../src/model/rtc-stats.ts';

/** Counters as a gateway that is not WebRTC pushes them: 50 packets/s each way, of which some are lost. */
export function slimStats(at: number, since: number, lossEvery: number): RtcStatsReport {
  const timestamp = at * 1000;
  const expected = Math.round((at - since) * 50);
  const lost = Math.floor(expected / lossEvery);
  const counters = { packetsReceived: expected - lost, packetsLost: lost, jitter: 0.004, kind: 'audio', timestamp };
  return {
    timestamp,
    stats: [
      { id: 'in', type: 'inbound-rtp', ssrc: 1, ...counters },
      { id: 'out', type: 'remote-inbound-rtp', ssrc: 2, ...counters, roundTripTime: 0.08 },
    ],
  };
}

export const identity = {
  callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
  participantId: 'ea078406-b5d4-4d3c-b85e-90103dcec7f6',
};

export const audio = { channels: [{ media: 'audio' as const, channelIndex: 1 }] };

/** Waits until `ready` answers something, at most `seconds`. */
export async function until<T>(ready: () => T | undefined | Promise<T | undefined>, seconds = 30): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const value = await ready();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
