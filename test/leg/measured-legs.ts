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

export type Measuring = Awaited<ReturnType<typeof measuredLegs>>;

/** By how much the agent's clock and the gateway's have been set. Seconds. */
export type SetBy = { readonly set: number; readonly gateway: number };

/** Legs with a real store in memory and the real getstats source, under a clock that a test sets. */
export async function measuredLegs(change: (store: Store) => void = () => undefined) {
  let now = begin;
  const store = sqliteStore({ path: ':memory:', owner: 'here', now: () => now });
  await store.open();
  change(store);
  return measuring(
    store,
    () => now,
    (at) => {
      now = at;
    },
  );
}

function measuring(store: Store, clock: () => number, setClock: (at: number) => void) {
  let source: GetStatsSource | undefined;
  const legs = new LiveLegs({
    store,
    clock: { now: clock },
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
    return source?.push(mediaLegId, { timestamp, stats }, clock());
  };
  const at = (seconds: number): void => {
    setClock(begin + seconds);
  };
  /** Audio of 50 packets/s, pushed and ticked each five seconds. */
  const call = async (from: number, to: number): Promise<void> => {
    for (let t = from + 5; t <= to; t += 5) {
      at(t);
      push(id, begin + t, [{ packets: 50 * t }]);
      await legs.tick();
    }
  };
  /** The same with one packet of 50 lost, `t` being true time, while clocks are set as told. */
  const talk = async (from: number, to: number, { set, gateway }: SetBy): Promise<void> => {
    for (let t = from + 5; t <= to; t += 5) {
      at(t + set);
      const timestamp = (begin + t + gateway) * 1000;
      const counters = { packetsReceived: 49 * t, packetsLost: t, jitter: 0.01 };
      const stats = [{ id: 'a', kind: 'audio', ssrc: 1, type: 'inbound-rtp', timestamp, ...counters }];
      source?.push(id, { timestamp, stats }, clock());
      await legs.tick();
    }
  };
  /** The agent is killed, and begins again on the same store. */
  const killed = async () => {
    const next = measuring(store, clock, setClock);
    await next.legs.recover();
    return next;
  };
  const channel = async (index = 0) => (await legs.view(id)).channels[index];
  return { legs, store, push, at, call, talk, killed, channel };
}
