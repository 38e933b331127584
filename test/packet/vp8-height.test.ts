import { describe, expect, it } from 'vitest';
import { vp8Height } from '../../src/packet/vp8-height.ts';
import { heightOf, vp8Frame } from './picture-payloads.ts';

const read = (payload: readonly number[]): number => heightOf(vp8Height, payload);

describe('vp8Height', () => {
  it.each([
    ['the short descriptor', [0x10]],
    ['a frame that is not referred to', [0x30]],
    ['an extension of nothing', [0x90, 0x00]],
    ['a short picture number', [0x90, 0x80, 0x7f]],
    ['a long picture number', [0x90, 0x80, 0x80, 0x01]],
    ['an index of the base layer', [0x90, 0x40, 0x05]],
    ['a layer', [0x90, 0x20, 0x40]],
    ['a key index', [0x90, 0x10, 0x03]],
    ['layer and key index in one octet', [0x90, 0x30, 0x43]],
    ['everything', [0x90, 0xf0, 0xcc, 0x21, 0xdc, 0x23]],
  ])('reads a key frame behind %s', (_, descriptor) => {
    expect(read(vp8Frame(362, descriptor))).toBe(362);
  });

  it('knows the scale as none of the height', () => {
    expect([0, 1, 2, 3].map((scale) => read(vp8Frame(1080, [0x10], scale)))).toEqual([1080, 1080, 1080, 1080]);
  });

  it.each([
    ['no payload', []],
    ['a later packet of the frame', vp8Frame(360, [0x00])],
    ['another partition', vp8Frame(360, [0x11])],
    ['a descriptor with its reserved bit', vp8Frame(360, [0x14 | 0x40])],
    ['a frame that is no key frame', vp8Frame(360).with(1, 0x31)],
    ['a frame without the start code', vp8Frame(360).with(5, 0x02)],
    ['a picture of no height', vp8Frame(0)],
    ['less than any picture', vp8Frame(15)],
    ['a frame that was cut', vp8Frame(360).slice(0, 10)],
    ['a descriptor that was cut', [0x90, 0xf0, 0xcc, 0x21, 0xdc, 0x23, 0x30, 0x0c, 0x00, 0x9d, 0x01]],
  ])('finds none in %s', (_, payload) => {
    expect(read(payload)).toBe(0);
  });
});
