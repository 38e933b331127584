/** A WHIP client of libwebrtc that sends sound and pictures. Run as a child process: it crashes at a natural end. */
import { pumpMedia } from '../../../src/demo/media-pump.ts';
import { type PeerConnection, RTCAudioSource, RTCPeerConnection, RTCVideoSource } from '../../../src/demo/webrtc.ts';

/** What the sender counts of its two streams. */
export type Sent = { readonly audioPackets: number; readonly videoPackets: number; readonly videoFrames: number };
export type Order =
  | { readonly do: 'offer'; readonly direction: 'sendonly' | 'recvonly' }
  | { readonly do: 'accept'; readonly answer: string }
  | { readonly do: 'pause' | 'sent' };

const connection: PeerConnection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
const sources = {
  audio: new RTCAudioSource(),
  camera: new RTCVideoSource({ isScreencast: false }),
  screen: new RTCVideoSource({ isScreencast: true }),
};
let pause = (): void => undefined;

async function offer(direction: string): Promise<string> {
  connection.addTransceiver(sources.audio.createTrack(), { direction });
  connection.addTransceiver(sources.camera.createTrack(), { direction });
  await connection.setLocalDescription(await connection.createOffer());
  while (connection.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 5));
  return connection.localDescription?.sdp ?? '';
}

async function accept(answer: string): Promise<void> {
  await connection.setRemoteDescription({ type: 'answer', sdp: answer });
  while (connection.connectionState !== 'connected') await new Promise((resolve) => setTimeout(resolve, 5));
  pause = pumpMedia([sources]);
}

async function sent(): Promise<Sent> {
  const count = { audioPackets: 0, videoPackets: 0, videoFrames: 0 };
  (await connection.getStats()).forEach((entry) => {
    const {
      type,
      kind,
      packetsSent = 0,
      framesSent = 0,
    } = entry as Partial<Record<'type' | 'kind', string>> & Partial<Record<'packetsSent' | 'framesSent', number>>; // W3C webrtc-stats
    if (type !== 'outbound-rtp') return;
    count[kind === 'audio' ? 'audioPackets' : 'videoPackets'] += packetsSent;
    count.videoFrames += framesSent;
  });
  return count;
}

process.on('disconnect', () => process.exit(0));
process.on('message', async (order: Order) => {
  if (order.do === 'offer') process.send?.(await offer(order.direction));
  if (order.do === 'accept') process.send?.((await accept(order.answer)) ?? null);
  if (order.do === 'pause') process.send?.(pause() ?? null);
  if (order.do === 'sent') process.send?.(await sent());
});
