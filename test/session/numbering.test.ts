import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Media } from '../../src/model/channel.ts';
import { type AgreedMedia, agreedMedia } from '../../src/session/agreed-media.ts';
import { type NumberedChannel, numberMedia } from '../../src/session/numbering.ts';
import { parseSdp } from '../../src/session/sdp.ts';
import { GATEWAY, ROOM } from './descriptions.ts';

const medium = (media: Media, mLine: number, more: Partial<AgreedMedia> = {}): AgreedMedia => ({
  media,
  mLine,
  direction: 'sendrecv',
  enabled: true,
  rtcp: {},
  payloadTypes: { inbound: [], outbound: [] },
  ssrcs: [],
  repairSsrcs: [],
  ...more,
});

/** `video/2@3` is the second video channel, at m-line 3. */
const numbers = (earlier: readonly NumberedChannel[], agreed: readonly AgreedMedia[]): readonly string[] =>
  numberMedia(earlier, agreed).map(({ media, channelIndex, mLine }) => `${media}/${channelIndex}@${mLine}`);

const off = { enabled: false };

describe('first numbers', () => {
  test.each<[string, readonly AgreedMedia[], readonly string[]]>([
    [
      'count per media, by m-line',
      [medium('audio', 0), medium('video', 1), medium('screenSharing', 2), medium('video', 3)],
      ['audio/1@0', 'video/1@1', 'screenSharing/1@2', 'video/2@3'],
    ],
    ['have no hole where an m-line was rejected', [medium('video', 0, off), medium('video', 1)], ['video/1@1']],
    ['are none without media', [], []],
  ])('%s', (_, agreed, want) => {
    expect(numbers([], agreed)).toEqual(want);
  });

  test('of a room device', () => {
    const agreed = agreedMedia({ local: parseSdp(GATEWAY), remote: parseSdp(ROOM) });
    expect(numbers([], agreed)).toEqual(['audio/1@0', 'video/1@1', 'screenSharing/1@3']);
  });
});

describe('a new description', () => {
  const video = (
    channelIndex: number,
    more: Omit<NumberedChannel, 'media' | 'channelIndex'> = {},
  ): NumberedChannel => ({
    media: 'video',
    channelIndex,
    ...more,
  });

  test.each<[string, readonly NumberedChannel[], readonly AgreedMedia[], readonly string[]]>([
    [
      'keeps the number of an m-line',
      [video(1, { mLine: 1 }), video(2, { mLine: 2 })],
      [medium('video', 2), medium('video', 1)],
      ['video/2@2', 'video/1@1'],
    ],
    ['keeps it while the m-line is rejected', [video(1, { mLine: 1 })], [medium('video', 1, off)], ['video/1@1']],
    [
      'keeps the number of a mid that moved',
      [video(1, { mLine: 1, mid: 'a' }), video(2, { mLine: 2, mid: 'b' })],
      [medium('video', 1, { mid: 'b' }), medium('video', 2, { mid: 'a' })],
      ['video/2@1', 'video/1@2'],
    ],
    [
      'gives a recycled m-line a new number',
      [video(1, { mLine: 1, mid: 'a' })],
      [medium('video', 1, { mid: 'c' })],
      ['video/2@1'],
    ],
    [
      'gives an m-line that changed its medium a number there',
      [video(1, { mLine: 1 })],
      [medium('screenSharing', 1)],
      ['screenSharing/1@1'],
    ],
    [
      'never uses a number again',
      [video(1, { mLine: 1 }), video(3, { mLine: 3 })],
      [medium('video', 1), medium('video', 4)],
      ['video/1@1', 'video/4@4'],
    ],
    [
      'learns the mid of an m-line that had none',
      [video(1, { mLine: 1 })],
      [medium('video', 1, { mid: 'a' })],
      ['video/1@1'],
    ],
    [
      'takes channels that were told by hand, in order',
      [video(2), video(1)],
      [medium('video', 5), medium('video', 6), medium('video', 7)],
      ['video/1@5', 'video/2@6', 'video/3@7'],
    ],
    [
      'leaves a channel told by hand free while it is rejected',
      [video(1)],
      [medium('video', 5, off), medium('video', 6)],
      ['video/1@6'],
    ],
  ])('%s', (_, earlier, agreed, want) => {
    expect(numbers(earlier, agreed)).toEqual(want);
  });
});

describe('over a leg’s life', () => {
  const media = fc.constantFrom<Media>('audio', 'video', 'screenSharing');
  const line = fc.record({ media, enabled: fc.boolean(), mid: fc.constantFrom('a', 'b', 'c', undefined) });
  const description = fc
    .uniqueArray(line, { maxLength: 6, selector: ({ mid }) => mid ?? {} })
    .map((lines) =>
      lines.map(({ mid, ...rest }, mLine) =>
        medium(rest.media, mLine, { ...rest, ...(mid === undefined ? {} : { mid }) }),
      ),
    );

  test('numbers have no holes, are unique, and a channel once known keeps its own', () => {
    fc.assert(
      fc.property(fc.array(description, { maxLength: 5 }), (descriptions) => {
        const channels = new Map<string, NumberedChannel>();
        for (const agreed of descriptions) {
          const numbered = numberMedia([...channels.values()], agreed);
          expect(new Set(numbered.map(({ media: kind, channelIndex }) => `${kind}/${channelIndex}`)).size).toBe(
            numbered.length,
          );
          for (const { enabled } of agreed.filter((one) => numbered.every(({ mLine }) => mLine !== one.mLine)))
            expect(enabled).toBe(false);
          for (const { media: kind, channelIndex, mLine, mid } of numbered) {
            const before = channels.get(`${kind}/${channelIndex}`);
            if (before?.mid !== undefined && mid !== undefined) expect(mid).toBe(before.mid);
            const known = mid ?? before?.mid;
            channels.set(`${kind}/${channelIndex}`, {
              media: kind,
              channelIndex,
              mLine,
              ...(known === undefined ? {} : { mid: known }),
            });
          }
          expect(numberMedia([...channels.values()], agreed)).toEqual(numbered);
        }
        for (const kind of ['audio', 'video', 'screenSharing'] as const) {
          const given = [...channels.values()]
            .filter((channel) => channel.media === kind)
            .map(({ channelIndex }) => channelIndex);
          expect(given.toSorted((a, b) => a - b)).toEqual(given.map((_, index) => index + 1));
        }
      }),
    );
  });
});
