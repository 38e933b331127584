import { createRequire } from 'node:module';

/** A picture in I420: one plane of luminance, two of colour at half the width and height. */
export type Picture = { readonly width: number; readonly height: number; readonly data: Uint8Array };

/** 10 ms of sound: 16-bit samples, one channel. */
export type Sound = { readonly samples: Int16Array; readonly sampleRate: number };

/** An offer or answer (RFC 8829). */
export type Description = { readonly type: string; readonly sdp: string };

export type Track = { readonly kind: string; stop(): void };
export type VideoSource = { createTrack(): Track; onFrame(picture: Picture): void };
export type AudioSource = { createTrack(): Track; onData(sound: Sound): void };
export type Transceiver = { readonly mid: string | null; direction: string; readonly sender: Sender };
export type Sender = { replaceTrack(track: Track): Promise<void> };

/** The part of RTCPeerConnection that the demo uses. */
export type PeerConnection = {
  readonly connectionState: string;
  readonly iceGatheringState: string;
  readonly localDescription: Description | null;
  readonly remoteDescription: Description | null;
  addTransceiver(track: Track, init: { readonly direction: string }): Transceiver;
  getTransceivers(): readonly Transceiver[];
  createOffer(): Promise<Description>;
  createAnswer(): Promise<Description>;
  setLocalDescription(description: Description): Promise<void>;
  setRemoteDescription(description: Description): Promise<void>;
  getStats(): Promise<{ forEach(visit: (entry: unknown) => void): void }>;
  addEventListener(event: string, listener: () => void): void;
  close(): void;
};

type Library = {
  readonly RTCPeerConnection: new (configuration: { readonly bundlePolicy: 'max-bundle' }) => PeerConnection;
  readonly nonstandard: {
    readonly RTCAudioSource: new () => AudioSource;
    readonly RTCVideoSource: new (init: { readonly isScreencast: boolean }) => VideoSource;
  };
};

// Its own declarations lean on the DOM library, which a Node program does not load.
const library: Library = createRequire(import.meta.url)('@roamhq/wrtc');

export const { RTCPeerConnection } = library;
export const { RTCAudioSource, RTCVideoSource } = library.nonstandard;
