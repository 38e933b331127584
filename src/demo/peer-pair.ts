import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelId } from '../model/channel.ts';
import type { NamedStream } from './messages.ts';
import type { Peers, RelayPorts } from './relay.ts';
import { CLOCK_RATE, describedStreams, hostAddress, withOnlyCandidate } from './session-description.ts';
import {
  type AudioSource,
  type PeerConnection,
  RTCAudioSource,
  RTCPeerConnection,
  RTCVideoSource,
  type VideoSource,
} from './webrtc.ts';

const PATIENCE_SECONDS = 15;

/** The demo's media descriptions by their mid, in the order in which `sources` are added. */
export const CHANNELS: Readonly<Record<string, ChannelId>> = {
  0: { media: 'audio', channelIndex: 1 },
  1: { media: 'video', channelIndex: 1 },
  2: { media: 'screenSharing', channelIndex: 1 },
};

/** One end of the call: its connection and what it sends, in the order of its media descriptions. */
export type Peer = {
  readonly connection: PeerConnection;
  readonly sources: { readonly audio: AudioSource; readonly camera: VideoSource; readonly screen: VideoSource };
};

export type PeerPair = {
  readonly gateway: Peer;
  readonly device: Peer;
  readonly peers: Peers;
  readonly streams: readonly NamedStream[];
  /** Gives the gateway the device's answer; from then on the call is up as soon as the relay connects the two. */
  connect(): Promise<void>;
};

/** A gateway that offers three media to a room device, each knowing only the relay's address of the other. */
export async function negotiate(relay: RelayPorts): Promise<PeerPair> {
  const gateway = peer();
  const device = peer();
  for (const track of tracks(gateway)) gateway.connection.addTransceiver(track, { direction: 'sendrecv' });
  await gateway.connection.setLocalDescription(await gateway.connection.createOffer());
  const offer = await gathered(gateway.connection);
  await device.connection.setRemoteDescription({ type: 'offer', sdp: withOnlyCandidate(offer, relay.forDevice) });
  await sendInto(device);
  await device.connection.setLocalDescription(await device.connection.createAnswer());
  const answer = await gathered(device.connection);
  return {
    gateway,
    device,
    peers: { gateway: hostAddress(offer), device: hostAddress(answer) },
    streams: [...named('outbound', offer), ...named('inbound', answer)],
    connect: async () => {
      const sdp = withOnlyCandidate(answer, relay.forGateway);
      await gateway.connection.setRemoteDescription({ type: 'answer', sdp });
    },
  };
}

/** Resolves when media can flow. */
export async function connected({ connection }: Peer): Promise<void> {
  await until(() => connection.connectionState === 'connected', 'the peers did not connect');
}

async function until(holds: () => boolean, otherwise: string): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
  while (!holds()) {
    if (signal.aborted) throw new Error(`${otherwise} within ${PATIENCE_SECONDS} s`);
    await sleep(20);
  }
}

function peer(): Peer {
  return {
    connection: new RTCPeerConnection({ bundlePolicy: 'max-bundle' }),
    sources: {
      audio: new RTCAudioSource(),
      camera: new RTCVideoSource({ isScreencast: false }),
      screen: new RTCVideoSource({ isScreencast: true }),
    },
  };
}

const tracks = ({ sources }: Peer) =>
  [sources.audio, sources.camera, sources.screen].map((source) => source.createTrack());

/** The answering side sends through the transceivers that the offer brought. */
async function sendInto(answering: Peer): Promise<void> {
  const own = tracks(answering);
  for (const [index, transceiver] of answering.connection.getTransceivers().entries()) {
    const track = own[index];
    if (track === undefined) continue;
    transceiver.direction = 'sendrecv';
    await transceiver.sender.replaceTrack(track);
  }
}

/** The local description once it holds all candidates. */
async function gathered(connection: PeerConnection): Promise<string> {
  await until(() => connection.iceGatheringState === 'complete', 'ICE candidates were not gathered');
  return connection.localDescription?.sdp ?? '';
}

function named(direction: NamedStream['direction'], sdp: string): readonly NamedStream[] {
  return describedStreams(sdp).flatMap(({ mid, kind, ssrc }) => {
    const channel = CHANNELS[mid];
    return channel === undefined ? [] : [{ ...channel, direction, ssrc, clockRate: CLOCK_RATE[kind] }];
  });
}
