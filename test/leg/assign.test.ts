import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignChannels } from '../../src/leg/assign.ts';
import type { ChannelId } from '../../src/model/channel.ts';
import type { Stream } from '../../src/model/interval.ts';
import type { Channel, Leg, LegControl } from '../../src/model/leg.ts';
import { BROWSER, session } from '../session/descriptions.ts';

const mediaLegId = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';

const stream = (streamId: string, more: Partial<Stream> = {}): Stream => ({
  streamId,
  mediaLegId,
  source: 'getstats',
  direction: 'inbound',
  ...more,
});

const leg = (control: LegControl = {}, channels: readonly Channel[] = []): Pick<Leg, 'control' | 'channels'> => ({
  control,
  channels,
});

const channel = (media: ChannelId['media'], channelIndex: number, more: Partial<Channel> = {}): Channel => ({
  media,
  channelIndex,
  told: 'control',
  spells: [],
  ...more,
});

const show = ({ media, channelIndex }: ChannelId): string => `${media}/${channelIndex}`;

/** `{ streamId: 'video/1' }`. */
const places = (of: Pick<Leg, 'control' | 'channels'>, streams: readonly Stream[]): Record<string, string> =>
  Object.fromEntries([...assignChannels(of, streams).assignment].map(([streamId, id]) => [streamId, show(id)]));

const listed = (of: Pick<Leg, 'control' | 'channels'>, streams: readonly Stream[]): readonly string[] =>
  assignChannels(of, streams).channels.map((one) => `${show(one)} ${one.told}`);

const sound = stream('sound', { kind: 'audio' });
const picture = stream('picture', { kind: 'video' });

describe('in this order', () => {
  const TWO_VIDEOS = session(
    'm=audio 5000 RTP/AVP 0',
    'a=mid:s',
    'm=video 5002 RTP/AVP 34',
    'a=mid:a',
    'a=ssrc:11 cname:x',
    'm=video 5004 RTP/AVP 34',
    'a=mid:b',
    'a=ssrc:12 cname:x',
    'm=video 5006 RTP/AVP 34',
    'a=mid:c',
    'a=content:slides',
  );
  const sdp = { remote: TWO_VIDEOS };

  test.each<[string, Partial<Stream>, LegControl, string]>([
    [
      'the source’s own word',
      { channel: { media: 'video', channelIndex: 7 }, ssrc: 5 },
      { channels: [{ media: 'video', channelIndex: 1, ssrcs: [5] }] },
      'video/7',
    ],
    [
      'SSRCs of control before mids of control',
      { ssrc: 5, mid: 'a' },
      {
        channels: [
          { media: 'video', channelIndex: 1, mid: 'a' },
          { media: 'video', channelIndex: 2, ssrcs: [4, 5] },
        ],
      },
      'video/2',
    ],
    [
      'mids of control before SDP',
      { mid: 'a' },
      { channels: [{ media: 'video', channelIndex: 3, mid: 'a' }], sdp },
      'video/3',
    ],
    ['mids of the SDP', { mid: 'b' }, { sdp }, 'video/2'],
    ['SSRCs of the SDP', { ssrc: 12 }, { sdp }, 'video/2'],
    ['roles of the SDP before kind', { mid: 'c', kind: 'video' }, { sdp }, 'screenSharing/1'],
    ['the first signalled of the kind', { kind: 'video' }, { sdp }, 'video/1'],
    ['screen share by content type', { kind: 'video', contentType: 'screenshare' }, {}, 'screenSharing/1'],
    ['kind alone', { kind: 'video' }, {}, 'video/1'],
  ])('%s', (_, more, control, want) => {
    expect(places(leg(control), [stream('it', more)])).toEqual({ it: want });
  });

  test('a stream of which nothing is known belongs to no channel', () => {
    expect(assignChannels(leg(), [stream('it')])).toEqual({ assignment: new Map(), channels: [] });
  });

  test('a description that cannot be read is as good as none', () => {
    expect(places(leg({ sdp: { local: 'nonsense' } }), [picture])).toEqual({ picture: 'video/1' });
  });
});

describe('a channel that control tells by its mid', () => {
  const sdp = {
    remote: session(
      'm=video 5002 RTP/AVP 34',
      'a=mid:cam',
      'a=ssrc:11 cname:x',
      'm=video 5002 RTP/AVP 34',
      'a=mid:slides',
      'a=ssrc:12 cname:x',
    ),
  };
  const told: LegControl = {
    sdp,
    channels: [
      { media: 'video', channelIndex: 1, mid: 'cam' },
      { media: 'screenSharing', channelIndex: 1, mid: 'slides' },
    ],
  };

  test('has the role that control says, also for streams that only the description knows', () => {
    const of = leg(told, [channel('video', 1, { mid: 'cam' }), channel('screenSharing', 1, { mid: 'slides' })]);
    const streams = [stream('a', { ssrc: 11, source: 'capture' }), stream('b', { ssrc: 12, source: 'capture' })];
    expect(places(of, streams)).toEqual({ a: 'video/1', b: 'screenSharing/1' });
    expect(listed(of, streams)).toEqual(['video/1 control', 'screenSharing/1 control']);
  });
});

describe('by kind', () => {
  const withMid = (streamId: string, mid: string, more: Partial<Stream> = {}): Stream =>
    stream(streamId, { kind: 'video', mid, ...more });

  test('the order of mids is the order of channels, each in both directions', () => {
    const streams = [
      withMid('ten', '10'),
      withMid('two out', '2', { direction: 'outbound' }),
      withMid('two', '2'),
      withMid('sound', '0', { kind: 'audio' }),
    ];
    expect(places(leg(), streams)).toEqual({ sound: 'audio/1', two: 'video/1', 'two out': 'video/1', ten: 'video/2' });
  });

  test('a mid whose one stream is a screen share is one in both directions', () => {
    const streams = [
      withMid('out', '2', { direction: 'outbound' }),
      withMid('in', '2', { contentType: 'screenshare' }),
      withMid('camera', '1'),
    ];
    expect(places(leg(), streams)).toEqual({ out: 'screenSharing/1', in: 'screenSharing/1', camera: 'video/1' });
  });

  test('without mids all streams of a kind are one channel', () => {
    expect(places(leg(), [picture, stream('other', { kind: 'video', ssrc: 9 }), sound])).toEqual({
      picture: 'video/1',
      other: 'video/1',
      sound: 'audio/1',
    });
  });

  test('the first mid takes the signalled channel that has none', () => {
    const of = leg({}, [channel('video', 1, { mid: 'a' }), channel('video', 2)]);
    expect(places(of, [withMid('x', 'x'), withMid('y', 'y'), withMid('a', 'a')])).toEqual({
      a: 'video/1',
      x: 'video/2',
      y: 'video/3',
    });
  });

  test('a video that finds all signalled videos taken is the signalled screen share', () => {
    const list = [channel('audio', 1), channel('video', 1), channel('screenSharing', 1)];
    const streams = [withMid('camera', '1'), withMid('screen', '2'), withMid('more', '3')];
    expect(places(leg({}, list), streams)).toEqual({ camera: 'video/1', screen: 'screenSharing/1', more: 'video/2' });
    const saying = [
      withMid('screen', '1', { contentType: 'screenshare' }),
      withMid('camera', '2'),
      withMid('more', '3'),
    ];
    expect(places(leg({}, list), saying)).toEqual({ screen: 'screenSharing/1', camera: 'video/1', more: 'video/2' });
  });

  test('a mid that a listed SSRC taught holds for streams that are not listed', () => {
    const control: LegControl = {
      channels: [
        { media: 'video', channelIndex: 1 },
        { media: 'video', channelIndex: 2, ssrcs: [5] },
      ],
    };
    const of = leg(control, [channel('video', 1), channel('video', 2, { ssrcs: [5] })]);
    expect(places(of, [withMid('listed', 'z', { ssrc: 5 }), withMid('new SSRC', 'z', { ssrc: 6 })])).toEqual({
      listed: 'video/2',
      'new SSRC': 'video/2',
    });
  });
});

describe('streams that repair others', () => {
  test.each(['video/rtx', 'rtx', 'flexfec-03', 'video/ulpfec'])(
    '%s belongs to no channel, whatever is said',
    (codec) => {
      const control: LegControl = { channels: [{ media: 'video', channelIndex: 1, ssrcs: [5] }] };
      const of = leg(control, [channel('video', 1, { ssrcs: [5] })]);
      expect(places(of, [stream('it', { codec, ssrc: 5, kind: 'video' }), picture])).toEqual({ picture: 'video/1' });
    },
  );

  test('nor does an SSRC that the description groups with the one it repairs', () => {
    const streams = [2001, 2002, 3001, 3003].map((ssrc) => stream(String(ssrc), { ssrc, kind: 'video', mid: '1' }));
    expect(places(leg({ sdp: { remote: BROWSER } }), streams)).toEqual({ 2001: 'video/1', 2002: 'video/1' });
  });

  test('RED is media', () => {
    expect(places(leg(), [stream('it', { codec: 'video/red', kind: 'video' })])).toEqual({ it: 'video/1' });
  });
});

describe('the channels', () => {
  test('are those of the leg and those that were found, by media and index', () => {
    const of = leg({}, [channel('video', 2)]);
    expect(listed(of, [sound, stream('s', { kind: 'video', contentType: 'screenshare' })])).toEqual([
      'audio/1 media',
      'video/2 control',
      'screenSharing/1 media',
    ]);
  });

  test('of a description are there without streams; a screen share is told by its packets', () => {
    const text = session(
      'm=audio 5000 RTP/AVP 0',
      'm=video 5002 RTP/AVP 34',
      'a=content:slides',
      'm=video 0 RTP/AVP 34',
    );
    expect(listed(leg({ sdp: { remote: text } }), [])).toEqual(['audio/1 sdp', 'screenSharing/1 media']);
  });

  test('keep what the leg knew of them, and learn mid and m-line', () => {
    const spells = [{ from: 1, direction: 'sendrecv' as const }];
    const of = leg({ sdp: { remote: session('m=audio 5000 RTP/AVP 0', 'a=mid:s') } }, [
      channel('audio', 1, { spells, ssrcs: [1] }),
    ]);
    expect(assignChannels(of, []).channels).toEqual([channel('audio', 1, { spells, ssrcs: [1], mid: 's', mLine: 0 })]);
  });

  test('that were guessed go when a late description knows better, and their time goes along', () => {
    const spells = [{ from: 1, direction: 'sendrecv' as const }];
    const guessed = [
      channel('video', 1, { told: 'media', mid: '1', spells }),
      channel('video', 2, { told: 'media', mid: '2', spells }),
    ];
    const remote = session(
      'm=video 5002 RTP/AVP 34',
      'a=mid:1',
      'm=video 5004 RTP/AVP 34',
      'a=mid:2',
      'a=content:slides',
    );
    const streams = [stream('camera', { kind: 'video', mid: '1' }), stream('slides', { kind: 'video', mid: '2' })];
    const of = leg({ sdp: { remote } }, guessed);
    expect(places(of, streams)).toEqual({ camera: 'video/1', slides: 'screenSharing/1' });
    expect(assignChannels(of, streams).channels).toEqual([
      channel('video', 1, { told: 'media', mid: '1', mLine: 0, spells }),
      channel('screenSharing', 1, { told: 'media', mid: '2', mLine: 1, spells }),
    ]);
  });

  test('that were guessed stay while no stream is at hand', () => {
    const guessed = [channel('video', 1, { told: 'media' })];
    expect(assignChannels(leg({}, guessed), []).channels).toEqual(guessed);
  });
});

describe('whatever streams come', () => {
  const mid = fc.constantFrom('0', '1', '2', '10', 'a');
  const drawn = fc.record(
    {
      kind: fc.constantFrom('audio' as const, 'video' as const),
      contentType: fc.constant('screenshare' as const),
      mid,
      ssrc: fc.nat(12),
      codec: fc.constantFrom('video/VP8', 'video/rtx'),
      direction: fc.constantFrom('inbound' as const, 'outbound' as const),
    },
    { requiredKeys: ['kind', 'direction'] },
  );
  const streams = fc
    .array(drawn, { maxLength: 12 })
    .map((list) => list.map((more, index) => stream(`s${index}`, more)));
  const signalled = fc
    .uniqueArray(
      fc.record(
        { index: fc.integer({ min: 1, max: 3 }), mid, ssrcs: fc.array(fc.nat(12), { maxLength: 3 }) },
        { requiredKeys: ['index'] },
      ),
      {
        selector: ({ index }) => index,
        maxLength: 3,
      },
    )
    .map((list) =>
      list.map(({ index, ...more }) => ({
        media: index === 3 ? ('screenSharing' as const) : ('video' as const),
        channelIndex: index,
        ...more,
      })),
    );
  const remote = fc.constantFrom(
    undefined,
    BROWSER,
    session('m=audio 1 RTP/AVP 0', 'm=video 2 RTP/AVP 34', 'm=video 3 RTP/AVP 34', 'a=content:slides'),
  );
  const legs = fc
    .record({ signalled, remote, listed: fc.boolean() })
    .map(({ signalled: channels, remote: text, listed: told }) =>
      leg(
        { ...(told ? { channels } : {}), ...(text === undefined ? {} : { sdp: { remote: text } }) },
        told ? channels.map((one) => ({ ...one, told: 'control' as const, spells: [] })) : [],
      ),
    );

  test('their order does not matter', () => {
    fc.assert(
      fc.property(
        legs,
        streams.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        (of, [list, shuffled]) => {
          const { assignment, channels } = assignChannels(of, list);
          const other = assignChannels(of, shuffled);
          expect(other.channels).toEqual(channels);
          expect(Object.fromEntries(other.assignment)).toEqual(Object.fromEntries(assignment));
        },
      ),
    );
  });

  test('later ones move no earlier one, and once more changes nothing', () => {
    fc.assert(
      fc.property(legs, streams, fc.nat(12), (of, list, count) => {
        const first = assignChannels(of, list.slice(0, count));
        const all = assignChannels({ ...of, channels: first.channels }, list);
        for (const [streamId, id] of first.assignment) expect(all.assignment.get(streamId)).toEqual(id);
        for (const { media, channelIndex } of first.channels) {
          expect(all.channels.map(show)).toContain(show({ media, channelIndex }));
        }
        expect(assignChannels({ ...of, channels: all.channels }, list)).toEqual(all);
      }),
      { numRuns: 300 },
    );
  });

  test('every channel that is used is listed, once', () => {
    fc.assert(
      fc.property(legs, streams, (of, list) => {
        const { assignment, channels } = assignChannels(of, list);
        const keys = channels.map(show);
        expect(new Set(keys).size).toBe(keys.length);
        for (const id of assignment.values()) expect(keys).toContain(show(id));
      }),
    );
  });
});
