import { expect, test } from 'vitest';
import { cameraPicture, screenPicture, tone } from '../../src/demo/pictures.ts';

test.each([cameraPicture, screenPicture])('%o is I420 and changes with every frame', (picture) => {
  const pictures = [0, 1, 2, 100].map((frame) => picture(frame, 32, 16));
  for (const { width, height, data } of pictures)
    expect([width, height, data.length]).toEqual([32, 16, (32 * 16 * 3) / 2]);
  const distinct = new Set(pictures.map(({ data }) => Buffer.from(data).toString('base64')));
  expect(distinct.size).toBe(4);
});

test('the tone is 10 ms long, never silent, never clipped, and goes on where it stopped', () => {
  const [first, second] = [tone(500), tone(501)];
  expect(first.samples).toHaveLength(first.sampleRate / 100);
  for (const { samples } of [first, second]) {
    const loudest = Math.max(...samples.map(Math.abs));
    expect(loudest).toBeGreaterThan(500);
    expect(loudest).toBeLessThan(32_767);
  }
  const step = Math.abs((second.samples[0] ?? 0) - (first.samples.at(-1) ?? 0));
  const within = Math.max(...first.samples.slice(1).map((value, at) => Math.abs(value - (first.samples[at] ?? 0))));
  expect(step).toBeLessThan(within * 2);
});
