import { describe, expect, it } from 'vitest';
import { EventHub } from '../../src/daemon/event-hub.ts';
import { LegNews } from '../../src/daemon/leg-news.ts';
import type { AgentEvent } from '../../src/http/http.ts';
import type { WatchedLeg } from '../../src/leg/leg.ts';
import type { Interval, Stream } from '../../src/model/interval.ts';

const stream = (streamId: string, direction: Stream['direction']): Stream => ({
  streamId,
  mediaLegId: 'leg',
  source: 'getstats',
  direction,
});

const leg: WatchedLeg = {
  streams: new Map([
    ['in', stream('in', 'inbound')],
    ['in 2', stream('in 2', 'inbound')],
    ['out', stream('out', 'outbound')],
    ['nobody', stream('nobody', 'inbound')],
  ]),
  assignment: new Map(['in', 'in 2', 'out'].map((id) => [id, { media: 'audio', channelIndex: 1 } as const])),
};

const slot = (startedAt: number, lost: number, streamId = 'in'): Interval => ({
  streamId,
  startedAt,
  seconds: 5,
  coveredSeconds: 5,
  loss: { origin: 'observed', lost, of: 100, unit: 'packets' },
});

function rig() {
  const hub = new EventHub();
  const news = new LegNews(hub);
  const heard: AgentEvent[] = [];
  const listen = () => hub.subscribe((event) => heard.push(event));
  const measure = (...intervals: readonly Interval[]) =>
    news.measured(leg, { mediaLegId: 'leg', streams: [], intervals });
  return { hub, news, heard, listen, measure };
}

describe('LegNews', () => {
  it('tells each slot once, when a later one shows that it is whole', () => {
    const { news, heard, listen, measure } = rig();
    listen();
    measure(slot(100, 3));
    news.tick();
    expect(heard).toEqual([]);
    measure(slot(100, 4), slot(100, 6, 'in 2'), slot(100, 1, 'out'), slot(100, 99, 'nobody'), slot(105, 0));
    news.tick();
    news.tick();
    expect(heard).toEqual([
      {
        kind: 'measured',
        figures: {
          mediaLegId: 'leg',
          startedAt: 100,
          seconds: 5,
          channels: [{ media: 'audio', channelIndex: 1, inbound: { loss: 5 }, outbound: { loss: 1 } }],
        },
      },
    ]);
  });

  it('keeps nothing while nobody listens, and nothing of what has ended', () => {
    const { news, heard, listen, measure } = rig();
    measure(slot(100, 3), slot(105, 3));
    const stop = listen();
    news.tick();
    expect(heard).toEqual([]);
    measure(slot(110, 3), slot(115, 3));
    news.ended({ mediaLegId: 'leg' } as Parameters<LegNews['ended']>[0]); // only its id counts
    news.tick();
    expect(heard.map(({ kind }) => kind)).toEqual(['ended']);
    stop();
    news.changed({ mediaLegId: 'leg' } as Parameters<LegNews['ended']>[0]); // only its id counts
    expect(heard).toHaveLength(1);
  });

  it('gives up slots that came too late rather than pile them up', () => {
    const { news, heard, listen, measure } = rig();
    listen();
    measure(...Array.from({ length: 50 }, (_, n) => slot(100 + 5 * n, 0)));
    news.tick();
    expect(heard.length).toBeLessThan(5);
  });
});
