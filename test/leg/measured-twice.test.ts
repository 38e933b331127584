import { describe, expect, it } from 'vitest';
import { assignChannels } from '../../src/leg/assign.ts';
import type { Direction, SourceKind } from '../../src/model/channel.ts';
import type { Stream } from '../../src/model/interval.ts';

const stream = (source: SourceKind, direction: Direction, ssrc: number): Stream => ({
  streamId: `${source}/${direction}/${ssrc}`,
  mediaLegId: 'leg',
  source,
  direction,
  kind: 'audio',
  ssrc,
});

describe('a medium that two sources measure', () => {
  it('counts once, by the source nearer to the wire, in each direction for itself', () => {
    const streams = [
      stream('getstats', 'inbound', 1),
      stream('webrtc', 'inbound', 7),
      stream('getstats', 'outbound', 2),
    ];
    const { assignment } = assignChannels({ control: {}, channels: [] }, streams);
    expect([...assignment.keys()].toSorted()).toEqual(['getstats/outbound/2', 'webrtc/inbound/7']);
  });

  it('of several SSRCs of one source counts whole', () => {
    const streams = [stream('getstats', 'inbound', 1), stream('getstats', 'inbound', 2)];
    expect(assignChannels({ control: {}, channels: [] }, streams).assignment.size).toBe(2);
  });
});
