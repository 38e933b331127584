import { describe, expect, it } from 'vitest';
import { redPrimaryPayloadType } from '../../src/packet/red.ts';
import { concat, hex, u8, viewOf } from './wire.ts';

describe('redPrimaryPayloadType', () => {
  it.each([
    ['the primary alone', hex('60 0102'), 3, 96],
    ['one redundant block', hex('e0 000002 6f 0102 03'), 8, 111],
    ['two redundant blocks', hex('e0 000001 e0 000001 6f 01 02 03'), 12, 111],
    ['redundant blocks longer than the payload', hex('e0 0003ff 6f 01'), 6, -1],
    ['headers without a primary', hex('e0 000001'), 4, -1],
    ['a header that the capture cut', hex('e0 00'), 200, -1],
    ['nothing', u8(), 0, -1],
  ])('of %s', (_name, payload, length, type) => {
    const chunk = concat(payload, u8(1, 2, 3, 4));
    expect(redPrimaryPayloadType(viewOf(chunk), 0, payload.length, length)).toBe(type);
  });
});
