import type { Picture, Sound } from './webrtc.ts';

const SAMPLE_RATE = 48_000;
const FRAME_SAMPLES = SAMPLE_RATE / 100;
const GREY = 128;

/** A camera's picture: a textured background that drifts and a bright block that moves across it. */
export function cameraPicture(frame: number, width: number, height: number): Picture {
  const data = new Uint8Array((width * height * 3) / 2).fill(GREY);
  const blockX = (frame * 5) % width;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const inBlock = (x - blockX + width) % width < 48 && y > height / 4 && y < height / 2;
      data[y * width + x] = inBlock ? 220 : (((x + frame * 2) ^ (y + frame)) & 63) + 64;
    }
  }
  return { width, height, data };
}

/** A shared screen: lines of dark marks on white that scroll by two lines of pixels with every picture. */
export function screenPicture(frame: number, width: number, height: number): Picture {
  const data = new Uint8Array((width * height * 3) / 2).fill(GREY);
  for (let y = 0; y < height; y += 1) {
    const line = y + frame * 2;
    const word = Math.imul((line >> 4) + 1, 0x9e3779b1);
    for (let x = 0; x < width; x += 1) {
      const inMark = (line & 15) < 9 && ((word >>> ((x >> 3) & 31)) & 1) === 1;
      data[y * width + x] = inMark ? 30 : 235;
    }
  }
  return { width, height, data };
}

/** 10 ms of a tone whose pitch and volume wander, so that it is never silence nor one steady line. */
export function tone(frame: number): Sound {
  const samples = new Int16Array(FRAME_SAMPLES);
  for (let index = 0; index < FRAME_SAMPLES; index += 1) {
    const seconds = (frame * FRAME_SAMPLES + index) / SAMPLE_RATE;
    const volume = 5000 + 3000 * Math.sin(2 * Math.PI * 0.7 * seconds);
    samples[index] = volume * Math.sin(2 * Math.PI * 330 * seconds + 40 * Math.sin(2 * Math.PI * 0.3 * seconds));
  }
  return { samples, sampleRate: SAMPLE_RATE };
}
