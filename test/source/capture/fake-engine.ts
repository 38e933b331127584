import type { EngineSight } from '../../../src/source/capture/capture-engine.ts';
import type { Engine } from '../../../src/source/capture/capture-source.ts';
import type { FollowedLeg, FromMeter, LegSight, PushedRtcp } from '../../../src/source/capture/messages.ts';

/** What is seen of a leg of which nothing passes. */
export const nothingSeen = (mediaLegId: string): LegSight => ({
  mediaLegId,
  rtpIn: 0,
  rtpOut: 0,
  rtcpIn: 0,
  rtcpOut: 0,
  streams: 0,
  clocksKnown: 0,
  encryptedRtcp: 0,
  srtp: false,
});

/** In the place of tcpdump and its thread: writes down what it is asked, and says what a test tells it to say. */
export class FakeEngine implements Engine {
  readonly followed: FollowedLeg[] = [];
  readonly released: { readonly mediaLegId: string; readonly endedAt: number }[] = [];
  readonly pushed: { readonly mediaLegId: string; readonly compounds: readonly PushedRtcp[] }[] = [];
  readonly networks: (readonly string[])[] = [];
  say: (message: FromMeter) => void = () => undefined;
  /** Asked at each release, before it resolves. */
  lastWords: (mediaLegId: string) => Promise<void> = async () => undefined;
  sight: Omit<EngineSight, 'legs'> & { legs: readonly LegSight[] } = {
    packets: 0,
    rtpPackets: 0,
    rtcpPackets: 0,
    dropped: 0,
    unclaimed: 0,
    legs: [],
    media: { state: 'live', tool: 'tcpdump', filter: 'udp port 40000', captured: 0, dropped: 0, lost: 0, restarts: 0 },
  };
  answers = true;
  runs = false;

  /** To be given as what builds the engine. */
  readonly build = (on: (message: FromMeter) => void): Engine => {
    this.say = on;
    return this;
  };

  start(): void {
    this.runs = true;
  }

  follow(leg: FollowedLeg): void {
    this.followed.push(leg);
  }

  async release(mediaLegId: string, endedAt: number): Promise<void> {
    this.released.push({ mediaLegId, endedAt });
    await this.lastWords(mediaLegId);
  }

  rtcp(mediaLegId: string, compounds: readonly PushedRtcp[]): void {
    this.pushed.push({ mediaLegId, compounds });
  }

  devices(networks: readonly string[]): void {
    this.networks.push(networks);
  }

  async look(): Promise<EngineSight> {
    if (!this.answers) throw new Error('no answer');
    return this.sight;
  }

  async stop(): Promise<void> {
    this.runs = false;
  }
}
