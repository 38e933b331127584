import { createRequire } from 'node:module';

/** An offer or answer (RFC 8829). */
export type Description = { readonly type: 'offer' | 'answer' | 'rollback'; readonly sdp: string };

/** The part of RTCPeerConnection that a receiver needs. */
export type PeerConnection = {
  readonly connectionState: string;
  readonly iceGatheringState: string;
  readonly localDescription: Description | null;
  setRemoteDescription(description: Description): Promise<void>;
  createAnswer(): Promise<Description>;
  setLocalDescription(description: Description): Promise<void>;
  getStats(): Promise<ReadonlyMap<string, unknown>>;
  addEventListener(event: 'icegatheringstatechange', listener: () => void): void;
  close(): void;
};

type Library = { readonly RTCPeerConnection: new (options: { readonly bundlePolicy: 'max-bundle' }) => PeerConnection };

// Its own declarations lean on the DOM library, which a Node program does not load.
const library: Library = createRequire(import.meta.url)('@roamhq/wrtc');

/** Native code: only ever loaded in a child process that ends with `process.exit`, since it crashes at a natural end. */
export const { RTCPeerConnection } = library;
