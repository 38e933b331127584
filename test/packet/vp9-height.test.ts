import { describe, expect, it } from 'vitest';
import { vp9Height } from '../../src/packet/vp9-height.ts';
import { heightOf, vp9Frame, vp9Structure } from './picture-payloads.ts';

const read = (payload: readonly number[]): number => heightOf(vp9Height, payload);
const KEY = vp9Frame(362);

describe('vp9Height', () => {
  it.each([
    ['no picture number', [0x08]],
    ['a short picture number', [0x88, 0x7f]],
    ['a long picture number', [0x88, 0x80, 0x01]],
    ['flexible mode', [0x98, 0x05]],
    ['the end of the frame', [0x0c]],
  ])('reads a key frame behind %s', (_, descriptor) => {
    expect(read([...descriptor, ...KEY])).toBe(362);
  });

  it.each([0, 1, 2, 3])('reads a key frame of profile %i', (profile) => {
    expect(read([0x08, ...vp9Frame(1080, { profile })])).toBe(1080);
  });

  it('knows RGB only in the profiles that have it', () => {
    const heights = [0, 1, 2, 3].map((profile) => read([0x08, ...vp9Frame(720, { profile, rgb: true })]));
    expect(heights).toEqual([0, 720, 0, 720]);
  });

  it.each([
    ['no more', [0x0a]],
    ['a picture number', [0x8a, 0x80, 0x01]],
    ['a layer and the index of its base', [0xaa, 0x01, 0x00, 0x05]],
    ['a layer in flexible mode', [0xba, 0x01, 0x00]],
    ['a picture between key frames', [0x4a]],
    ['one reference', [0x5a, 0x02]],
    ['three references', [0x5a, 0x03, 0x05, 0x07]],
  ])('reads a scalability structure behind %s', (_, descriptor) => {
    expect(read([...descriptor, ...vp9Structure(3, [180, 360, 720]), 1, 2, 3])).toBe(720);
    expect(read([...descriptor, ...vp9Structure(1, [540])])).toBe(540);
  });

  it('takes the highest layer, wherever it stands', () => {
    expect(read([0x0a, ...vp9Structure(2, [1080, 270])])).toBe(1080);
  });

  it.each([
    ['no payload', []],
    ['a descriptor alone', [0x08]],
    ['a frame that depends on others', [0x48, ...KEY]],
    ['a later packet of the frame', [0x00, ...KEY]],
    ['a frame of one of several layers', [0x28, 0x01, 0x05, ...KEY]],
    ['a structure without sizes', [0x0a, ...vp9Structure(2), ...KEY]],
    ['a structure that was cut', [0x0a, ...vp9Structure(3, [180, 360, 720]).slice(0, -1)]],
    ['a structure of no height', [0x0a, ...vp9Structure(2, [0, 0])]],
    ['a frame without its marker', [0x08, ...KEY.with(0, 0x02)]],
    ['a frame that is shown again', [0x08, ...vp9Frame(362, { shown: true })]],
    ['a frame that is no key frame', [0x08, ...KEY.with(0, (KEY[0] ?? 0) | 0x04)]],
    ['a frame without the sync code', [0x08, ...KEY.with(2, 0x84)]],
    ['less than any picture', [0x08, ...vp9Frame(15)]],
    ['more than any picture', [0x08, ...vp9Frame(16_385)]],
    ['a frame that was cut', [0x08, ...KEY.slice(0, 8)]],
  ])('finds none in %s', (_, payload) => {
    expect(read(payload)).toBe(0);
  });
});
