import { describe, expect, it } from 'vitest';
import {
  type ChannelTold,
  closedChannels,
  enabledSeconds,
  inboundExpected,
  isOnHold,
  outboundExpected,
  toldChannels,
} from '../../src/leg/spells.ts';

const audio = (on?: ChannelTold['on']): ChannelTold => ({
  media: 'audio',
  channelIndex: 1,
  told: 'control',
  ...(on && { on }),
});
const screen = (on?: ChannelTold['on']): ChannelTold => ({
  media: 'screenSharing',
  channelIndex: 1,
  told: 'control',
  ...(on && { on }),
});

describe('spells of a channel', () => {
  it('begin when told, end when no longer told, and add up', () => {
    let channels = toldChannels([], [audio('sendrecv'), screen('sendrecv')], 100);
    channels = toldChannels(channels, [audio('sendrecv')], 160);
    channels = toldChannels(channels, [audio('sendrecv'), screen('sendonly')], 200);
    channels = closedChannels(channels, 230);
    expect(channels.map(({ media, spells }) => [media, spells])).toEqual([
      ['audio', [{ from: 100, to: 230, direction: 'sendrecv' }]],
      [
        'screenSharing',
        [
          { from: 100, to: 160, direction: 'sendrecv' },
          { from: 200, to: 230, direction: 'sendonly' },
        ],
      ],
    ]);
    const [, sharing] = channels;
    expect(enabledSeconds(sharing?.spells ?? [], 0, 1000)).toBe(90);
  });

  it('change with the direction, and stop while inactive', () => {
    let channels = toldChannels([], [audio('sendrecv')], 0);
    channels = toldChannels(channels, [audio('sendonly')], 10);
    channels = toldChannels(channels, [audio()], 20);
    channels = toldChannels(channels, [audio('sendrecv')], 50);
    const spells = closedChannels(channels, 60)[0]?.spells ?? [];
    expect(enabledSeconds(spells, 0, 60)).toBe(30);
    expect(enabledSeconds(spells, 0, 60, inboundExpected)).toBe(20);
    expect(enabledSeconds(spells, 0, 60, outboundExpected)).toBe(30);
    expect(enabledSeconds(spells, 5, 15)).toBe(10);
  });

  it('are held while session descriptions leave no channel both ways, where one was so before', () => {
    const of = (media: 'audio' | 'video', on?: ChannelTold['on']): ChannelTold => ({
      ...{ media, channelIndex: 1, told: 'sdp' },
      ...(on && { on }),
    });
    const share: ChannelTold = { media: 'screenSharing', channelIndex: 1, told: 'media', on: 'sendrecv' };
    const up = toldChannels([], [of('audio', 'sendrecv'), of('video', 'sendrecv'), share], 0);
    const last = (channels: ReturnType<typeof toldChannels>) =>
      channels.filter(({ media }) => media !== 'screenSharing').map(({ spells }) => spells.at(-1));
    const held = toldChannels(up, [of('audio', 'recvonly'), of('video', 'sendonly'), share], 10);
    expect(last(held)).toEqual([
      { from: 10, direction: 'recvonly', held: true },
      { from: 10, direction: 'sendonly', held: true },
    ]);
    expect(isOnHold(up)).toBe(false);
    expect(isOnHold(held)).toBe(true);
    expect(isOnHold(toldChannels(up, [of('audio'), of('video')], 10))).toBe(true);
    const spells = held[0]?.spells ?? [];
    expect(enabledSeconds(spells, 0, 20)).toBe(20);
    expect(enabledSeconds(spells, 0, 20, inboundExpected)).toBe(10);
    // Held and taken up again one by one.
    const resumed = toldChannels(held, [of('audio', 'sendrecv'), of('video', 'sendonly'), share], 20);
    expect(last(resumed)).toEqual([
      { from: 20, direction: 'sendrecv' },
      { from: 20, direction: 'sendonly' },
    ]);
    expect(isOnHold(resumed)).toBe(false);
    // A camera that is off, or a channel that never went both ways, is no hold.
    const cameraOff = toldChannels(up, [of('audio', 'sendrecv'), of('video', 'sendonly'), share], 10);
    expect(last(cameraOff)[1]).toEqual({ from: 10, direction: 'sendonly' });
    const oneWay = toldChannels([], [of('audio', 'recvonly')], 0);
    expect(last(toldChannels(oneWay, [of('audio', 'sendonly')], 10))).toEqual([{ from: 10, direction: 'sendonly' }]);
    expect(isOnHold(oneWay)).toBe(false);
    expect(isOnHold([])).toBe(false);
  });

  it('are as before when the same is told again', () => {
    const once = toldChannels([], [audio('sendrecv')], 10);
    expect(toldChannels(once, [audio('sendrecv')], 40)).toEqual(once);
  });

  it('that would have no length are none', () => {
    const channels = toldChannels(toldChannels([], [audio('sendrecv')], 10), [], 10);
    expect(channels[0]?.spells).toEqual([]);
    expect(closedChannels(toldChannels([], [audio('sendrecv')], 10), 5)[0]?.spells).toEqual([]);
  });
});
