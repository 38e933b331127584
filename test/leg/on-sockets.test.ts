import { describe, expect, test } from 'vitest';
import { assignChannels } from '../../src/leg/assign.ts';
import { toldChannels } from '../../src/leg/spells.ts';
import type { Stream } from '../../src/model/interval.ts';
import type { Channel, LegControl } from '../../src/model/leg.ts';
import { BROWSER, session } from '../session/descriptions.ts';

const HERE = '10.0.0.1';
const THERE = '192.0.2.10';

/** A captured stream between two ports, seen from the gateway. */
const captured = (streamId: string, port: number, more: Partial<Stream> = {}): Stream => ({
  streamId,
  mediaLegId: 'leg',
  source: 'capture',
  direction: 'inbound',
  local: { address: HERE, port },
  remote: { address: THERE, port: port + 1000 },
  payloadTypes: [97],
  ...more,
});

const places = (control: LegControl, streams: readonly Stream[], channels: readonly Channel[] = []) =>
  Object.fromEntries(
    [...assignChannels({ control, channels }, streams).assignment].map(([id, { media, channelIndex }]) => [
      id,
      `${media}/${channelIndex}`,
    ]),
  );

/** Audio, camera and slides on three sockets of the device. */
const THREE = session(
  'm=audio 5000 RTP/AVP 0',
  'm=video 5002 RTP/AVP 97',
  'a=rtpmap:97 H264/90000',
  'm=video 5004 RTP/AVP 97',
  'a=rtpmap:97 H264/90000',
  'a=content:slides',
  'm=application 5006 RTP/AVP 100',
  'a=rtpmap:100 H224/4800',
);

describe('captured streams join channels', () => {
  test('by the device’s socket', () => {
    const at = (port: number) => ({ remote: { address: THERE, port } });
    const streams = [
      captured('slides', 1, { ...at(5004), kind: 'video' }),
      captured('camera', 2, { ...at(5002), kind: 'video' }),
      captured('sound', 3, { ...at(5000), payloadTypes: [0], kind: 'audio' }),
      captured('back', 1, { ...at(5004), direction: 'outbound' }),
    ];
    expect(places({ sdp: { remote: THREE } }, streams)).toEqual({
      slides: 'screenSharing/1',
      camera: 'video/1',
      sound: 'audio/1',
      back: 'screenSharing/1',
    });
  });

  test('by the gateway’s socket before the device’s, and by its port where its address is never seen', () => {
    const video = { media: 'video' as const };
    const channels: LegControl['channels'] = [
      { ...video, channelIndex: 1, local: { address: HERE, port: 6002 }, remote: { address: THERE, port: 5002 } },
      { ...video, channelIndex: 2, local: { address: HERE, port: 6004 }, remote: { address: THERE, port: 5004 } },
      { ...video, channelIndex: 3, local: { address: '203.0.113.1', port: 6006 } },
    ];
    expect(
      places({ channels }, [
        captured('translated', 6004, { remote: { address: '198.51.100.9', port: 40_000 } }),
        captured('crossed', 6002, { remote: { address: THERE, port: 5004 } }),
        captured('hidden', 6006),
      ]),
    ).toEqual({ translated: 'video/2', crossed: 'video/1', hidden: 'video/3' });
  });

  test('on one socket for all by payload type', () => {
    const types = [...BROWSER.matchAll(/^m=(audio|video) \d+ \S+ (\d+)/gm)].map(([, kind, type]) => [
      kind,
      Number(type),
    ]);
    const [audio, video] = [
      types.find(([kind]) => kind === 'audio')?.[1],
      types.find(([kind]) => kind === 'video')?.[1],
    ];
    const streams = [
      captured('sound', 9000, { payloadTypes: [Number(audio)] }),
      captured('picture', 9000, { payloadTypes: [Number(video)] }),
    ];
    expect(places({ sdp: { remote: BROWSER } }, streams)).toEqual({ sound: 'audio/1', picture: 'video/1' });
  });

  test('to where they were when the description has moved on', () => {
    const told = (port: number) => ({
      media: 'video' as const,
      channelIndex: 2,
      told: 'sdp' as const,
      mLine: 2,
      local: { address: HERE, port },
      on: 'sendrecv' as const,
    });
    const first = { ...told(6002), channelIndex: 1, mLine: 1 };
    const before = toldChannels([], [first, told(6004)], 1);
    const channels = toldChannels(before, [first, told(7004)], 2);
    const streams = [captured('old', 6004, { kind: 'video' }), captured('new', 7004, { kind: 'video' })];
    expect(places({}, streams, channels)).toEqual({ old: 'video/2', new: 'video/2' });
  });

  test('statistics that tell the one socket of a connection are joined as before', () => {
    const { payloadTypes: _, ...stream } = captured('it', 6002, { kind: 'audio', source: 'getstats' });
    const channels: LegControl['channels'] = [
      { media: 'audio', channelIndex: 1 },
      { media: 'video', channelIndex: 1, local: { address: HERE, port: 6002 } },
    ];
    const known: readonly Channel[] = [{ media: 'audio', channelIndex: 1, told: 'control', spells: [] }];
    expect(places({ channels }, [stream], known)).toEqual({ it: 'audio/1' });
  });
});

describe('without any signalling', () => {
  test('a channel is a pair of sockets, and keeps its number when others come', () => {
    const first = captured('a in', 6002, { kind: 'video' });
    const { channels } = assignChannels({ control: {}, channels: [] }, [first]);
    const streams = [
      captured('0 in', 6000, { kind: 'video' }),
      first,
      captured('b out', 6002, { kind: 'video', direction: 'outbound' }),
      captured('c out', 6000, { kind: 'video', direction: 'outbound' }),
    ];
    expect(places({}, streams, channels)).toEqual({
      'a in': 'video/1',
      'b out': 'video/1',
      '0 in': 'video/2',
      'c out': 'video/2',
    });
  });

  test('what comes from elsewhere than it goes to is one channel all the same', () => {
    const streams = [
      captured('in', 6002, { kind: 'audio' }),
      captured('out', 6100, { kind: 'audio', direction: 'outbound' }),
    ];
    expect(places({}, streams)).toEqual({ in: 'audio/1', out: 'audio/1' });
  });
});
