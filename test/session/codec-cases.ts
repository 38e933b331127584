import type { Media } from '../../src/model/channel.ts';

/** Codec, clock rate in Hz, and what that says of the stream. */
export const codecCases: readonly (readonly [string | undefined, number | undefined, Media | undefined])[] = [
  ['PCMU', 8000, 'audio'],
  ['opus', 48_000, 'audio'],
  [undefined, 16_000, 'audio'],
  ['H264', 90_000, 'video'],
  [undefined, 90_000, 'video'],
  ['MPA', 90_000, 'audio'],
  ['MP2T', 90_000, undefined],
  ['H224', 4800, undefined],
  ['telephone-event', 8000, undefined],
  ['CN', 8000, undefined],
  ['rtx', 90_000, undefined],
  ['opus', undefined, undefined],
];
