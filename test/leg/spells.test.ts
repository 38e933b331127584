import { describe, expect, it } from 'vitest';
import {
  type ChannelTold,
  closedChannels,
  enabledSeconds,
  inboundExpected,
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
