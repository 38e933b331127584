import { describe, expect, test } from 'vitest';
import { carriesMedia, isRepairCodec, payloadTypesOf } from '../../src/session/payload-types.ts';

describe('payloadTypesOf', () => {
  const formats = (
    numbers: readonly number[],
    maps: readonly [number, readonly [string, number]][] = [],
    parameters: readonly [number, string][] = [],
  ) => payloadTypesOf({ numbers, maps: new Map(maps), parameters: new Map(parameters) });

  test.each([
    [0, 'PCMU', 8000],
    [8, 'PCMA', 8000],
    [9, 'G722', 8000],
    [18, 'G729', 8000],
    [31, 'H261', 90_000],
    [34, 'H263', 90_000],
  ])('knows static payload type %i as %s/%i', (payloadType, codec, clockRate) => {
    expect(formats([payloadType])).toEqual([{ payloadType, codec, clockRate }]);
  });

  test('believes rtpmap before the table, and leaves out what nobody explains', () => {
    expect(
      formats(
        [0, 96, 97],
        [
          [0, ['opus', 48_000]],
          [97, ['VP8', 90_000]],
        ],
      ),
    ).toEqual([
      { payloadType: 0, codec: 'opus', clockRate: 48_000 },
      { payloadType: 97, codec: 'VP8', clockRate: 90_000 },
    ]);
  });

  test.each([
    ['apt=96', 96],
    ['apt=96;rtx-time=3000', 96],
    ['rtx-time=3000; apt=100', 100],
    ['adapt=96', undefined],
    ['apt=9600', undefined],
    ['', undefined],
  ])('fmtp %j repairs %s', (parameters, want) => {
    expect(formats([97], [[97, ['rtx', 90_000]]], [[97, parameters]])[0]?.associatedPayloadType).toBe(want);
  });
});

test.each([
  ['rtx', true],
  ['video/rtx', true],
  ['RTX/90000', true],
  ['ulpfec', true],
  ['video/flexfec-03', true],
  ['flexfec', true],
  ['1d-interleaved-parityfec', true],
  ['red', false],
  ['video/VP8', false],
  ['H264', false],
  ['opus', false],
  ['', false],
])('%s repairs others: %s', (codec, want) => {
  expect(isRepairCodec(codec)).toBe(want);
});

test.each<[readonly string[], boolean]>([
  [[], true],
  [['opus'], true],
  [['telephone-event', 'CN'], false],
  [['rtx', 'VP8'], true],
  [['H224'], false],
  [['t140'], false],
  [['rtx'], false],
])('%j carries media: %s', (codecs, want) => {
  expect(carriesMedia(codecs.map((codec, index) => ({ payloadType: 96 + index, codec, clockRate: 90_000 })))).toBe(
    want,
  );
});
