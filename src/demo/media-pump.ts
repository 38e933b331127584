import { cameraPicture, screenPicture, tone } from './pictures.ts';
import type { Picture, Sound } from './webrtc.ts';

/** Where what one peer sends is put. */
export type Sources = {
  readonly audio: { onData(sound: Sound): void };
  readonly camera: { onFrame(picture: Picture): void };
  readonly screen: { onFrame(picture: Picture): void };
};

const CAMERA = { width: 320, height: 240, framesPerSecond: 20 };
const SCREEN = { width: 480, height: 270, framesPerSecond: 12 };
const SOUNDS_PER_SECOND = 100;

/** Feeds all peers with sound and moving pictures until the returned function is called. */
export function pumpMedia(peers: readonly Sources[]): () => void {
  const stops = [
    steadily(SOUNDS_PER_SECOND, (frame) => {
      for (const { audio } of peers) audio.onData(tone(frame));
    }),
    steadily(CAMERA.framesPerSecond, (frame) => {
      const picture = cameraPicture(frame, CAMERA.width, CAMERA.height);
      for (const { camera } of peers) camera.onFrame(picture);
    }),
    steadily(SCREEN.framesPerSecond, (frame) => {
      const picture = screenPicture(frame, SCREEN.width, SCREEN.height);
      for (const { screen } of peers) screen.onFrame(picture);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Calls at a rate that holds on average: what a late timer missed is made up for at once. */
function steadily(perSecond: number, step: (count: number) => void): () => void {
  const startedAt = performance.now();
  let count = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) * perSecond) / 1000;
    for (; count < due; count += 1) step(count);
  }, 1000 / perSecond);
  return () => clearInterval(timer);
}
