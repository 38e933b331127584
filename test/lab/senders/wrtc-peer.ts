import { setTimeout as sleep } from 'node:timers/promises';
import { pumpMedia } from '../../../src/demo/media-pump.ts';
import { type PeerConnection, RTCAudioSource, RTCPeerConnection, RTCVideoSource } from '../../../src/demo/webrtc.ts';
import type { FromPeer, ToPeer } from './wrtc.ts';

// A process of its own, which always ends by process.exit: @roamhq/wrtc crashes when Node ends naturally.

const connection: PeerConnection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
const sources = {
  audio: new RTCAudioSource(),
  camera: new RTCVideoSource({ isScreencast: false }),
  screen: new RTCVideoSource({ isScreencast: true }),
};
const tracks = [sources.audio, sources.camera, sources.screen].map((source) => source.createTrack());

const tell = (message: FromPeer): unknown => process.send?.(message);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(10);
}

/** The local description once it holds all candidates. */
async function describe(): Promise<void> {
  await until(() => connection.iceGatheringState === 'complete');
  tell({ kind: 'described', sdp: connection.localDescription?.sdp ?? '' });
}

async function offer(): Promise<void> {
  for (const track of tracks) connection.addTransceiver(track, { direction: 'sendrecv' });
  await connection.setLocalDescription(await connection.createOffer());
  await describe();
}

/** Sends through the transceivers that the offer brought. */
async function answer(sdp: string): Promise<void> {
  await connection.setRemoteDescription({ type: 'offer', sdp });
  for (const [index, transceiver] of connection.getTransceivers().entries()) {
    const track = tracks[index];
    if (track === undefined) continue;
    transceiver.direction = 'sendrecv';
    await transceiver.sender.replaceTrack(track);
  }
  await connection.setLocalDescription(await connection.createAnswer());
  await describe();
}

let stop = (): void => {};

async function play(): Promise<void> {
  stop = pumpMedia([sources]);
  await until(() => connection.connectionState === 'connected');
  tell({ kind: 'connected' });
}

async function obey(order: ToPeer): Promise<void> {
  if (order.kind === 'offer') await offer();
  if (order.kind === 'answer') await answer(order.sdp);
  if (order.kind === 'accept') await connection.setRemoteDescription({ type: 'answer', sdp: order.sdp });
  if (order.kind === 'play') await play();
  if (order.kind === 'stop') stop();
  if (order.kind === 'exit') process.exit(0);
}

function fail(error: unknown): never {
  tell({ kind: 'trouble', reason: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}

process.on('uncaughtException', fail);
process.on('disconnect', () => process.exit(0));
process.on('message', (order: ToPeer) => {
  obey(order).catch(fail);
});
