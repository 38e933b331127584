import { LiveLegs } from '../../src/leg/legs.ts';
import { qualityReport } from '../../src/report/quality-report.ts';
import { GetStatsSource } from '../../src/source/getstats/getstats-source.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';

export const begin = 1_800_000_000;
export const id = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
export const identity = {
  callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
  participantId: 'ea078406-b5d4-4d3c-b85e-90103dcec7f6',
};
export const audio = { media: 'audio', channelIndex: 1 } as const;
export const video = { media: 'video', channelIndex: 1 } as const;

/** One inbound stream as a slim push tells it. */
export type Told = {
  readonly id?: string;
  readonly kind?: string;
  readonly ssrc?: number;
  readonly mid?: string;
  readonly packets: number;
};

/** Legs with a real store in memory and the real getstats source, under a clock that a test sets. */
export async function measuredLegs(change: (store: Store) => void = () => undefined) {
  let now = begin;
  const store = sqliteStore({ path: ':memory:', owner: 'here', now: () => now });
  await store.open();
  change(store);
  let source: GetStatsSource | undefined;
  const legs = new LiveLegs({
    store,
    clock: { now: () => now },
    sources: (sinkOf) => {
      source = new GetStatsSource(sinkOf('getstats'), { slotSeconds: 5, samplingInterval: 5, kind: 'getstats' });
      return [source];
    },
    context: () => ({ owner: 'here', devices: [], defaultTenantId: '00000000-0000-0000-0000-000000000001' }),
    reportOf: (leg, channels) => {
      const body = qualityReport(leg, channels, { addresses: 'full', pacedJitter: 'send' });
      return body && JSON.stringify(body);
    },
    draftOf: () => undefined,
    slotSeconds: 5,
    idleSeconds: 7200,
    uncontrolledIdleSeconds: 300,
    onQueued: () => undefined,
    log: { info: () => undefined, warn: () => undefined },
  });
  const push = (mediaLegId: string, at: number, streams: readonly Told[]) => {
    const timestamp = at * 1000;
    const stats = streams.map(({ packets, ...told }) => {
      const counters = { packetsReceived: packets, packetsLost: 0, jitter: 0.01 };
      return { id: 'a', kind: 'audio', ssrc: 1, ...told, type: 'inbound-rtp', timestamp, ...counters };
    });
    return source?.push(mediaLegId, { timestamp, stats }, now);
  };
  const at = (seconds: number): void => {
    now = begin + seconds;
  };
  /** Audio of 50 packets/s, pushed and ticked each five seconds. */
  const call = async (from: number, to: number): Promise<void> => {
    for (let t = from + 5; t <= to; t += 5) {
      at(t);
      push(id, begin + t, [{ packets: 50 * t }]);
      await legs.tick();
    }
  };
  const channel = async (index = 0) => (await legs.view(id)).channels[index];
  return { legs, store, push, at, call, channel };
}
