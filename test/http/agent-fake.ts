import { pino } from 'pino';
import type { Agent, RtcpCompound } from '../../src/http/http.ts';
import { buildServer, type Scope } from '../../src/http/server.ts';
import type { LegPatch } from '../../src/leg/leg.ts';
import { OtherlegError } from '../../src/model/error.ts';
import type { Leg } from '../../src/model/leg.ts';

export const legId = 'BD9EE398-4B9D-42C7-8B8D-4E8EFAD9435F';
export const knownId = legId.toLowerCase();

export const someLeg: Leg = {
  mediaLegId: knownId,
  revision: 1,
  owner: 'here',
  state: 'live',
  control: { callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce' },
  tenantId: '00000000-0000-0000-0000-000000000001',
  device: { name: 'Cisco SX80', description: 'Bldg 30/21', linkSpeed: 12_500_000 },
  channels: [],
  earlierIdentifiers: [],
  startedAt: 1_700_000_000.25,
  delivery: { state: 'none' },
};

export const knownAlias = 'a84b4c76e66710@pc33.example.com';

export type Asked = {
  patches: LegPatch[];
  named: { alias: string; patch: LegPatch }[];
  reconciled: { gateway: string; live: readonly string[] }[];
  ends: object[];
  pushed: unknown[];
  rtcp: RtcpCompound[];
  queries: object[];
};

/** An agent that knows one leg and writes down what it was asked. */
export function fakeAgent(changes: Partial<Agent> = {}): { agent: Agent; asked: Asked } {
  const asked: Asked = { patches: [], named: [], reconciled: [], ends: [], pushed: [], rtcp: [], queries: [] };
  const known = (mediaLegId: string): Leg => {
    if (mediaLegId !== knownId) throw new OtherlegError('LEG_UNKNOWN', `no leg ${mediaLegId}`);
    return someLeg;
  };
  const agent: Agent = {
    version: '1.2.3',
    slotSeconds: 5,
    privacy: { addresses: 'full' },
    legs: {
      put: async (mediaLegId, patch) => {
        asked.patches.push(patch);
        return { leg: { ...someLeg, mediaLegId }, created: mediaLegId !== knownId };
      },
      end: async (mediaLegId, ask) => {
        known(mediaLegId);
        asked.ends.push(ask);
        return { mediaLegId, body: '{"quality":{"deviceName":"x"}}', delivery: { state: 'queued', at: 1_700_000_060 } };
      },
      view: async (mediaLegId) => ({
        leg: known(mediaLegId),
        channels: [],
        series: { mediaLegId, streams: [], intervals: [], presence: [] },
        assignment: new Map(),
      }),
      live: async (mediaLegId) => known(mediaLegId),
      committed: async () => undefined,
      named: async (alias) => {
        if (alias !== knownAlias) throw new OtherlegError('LEG_UNKNOWN', `no leg ${alias}`);
        return knownId;
      },
      putNamed: async (alias, patch) => {
        asked.named.push({ alias, patch });
        return { leg: someLeg, created: alias !== knownAlias };
      },
      reconcile: async (gateway, live) => {
        asked.reconciled.push({ gateway, live });
        return { ended: [knownId], unknown: live };
      },
    },
    list: async (query) => {
      asked.queries.push(query);
      return { items: [someLeg], next: 'n1' };
    },
    call: async () => undefined,
    bodyOf: async (mediaLegId) => (known(mediaLegId) ? undefined : undefined),
    pushStats: async (mediaLegId, body) => {
      known(mediaLegId);
      asked.pushed.push(body);
      return { entries: 1, ignored: 0 };
    },
    pushRtcp: async (mediaLegId, compounds) => {
      known(mediaLegId);
      asked.rtcp.push(...compounds);
      return { compounds: compounds.length, packets: 2 };
    },
    sources: async () => [{ kind: 'capture', state: 'off' }],
    outbox: {
      reports: async () => ({ items: [] }),
      report: async (mediaLegId) =>
        mediaLegId === knownId
          ? { mediaLegId, tenantId: 't', callChainId: 'c', body: '{"quality":{"deviceName":"x"}}', createdAt: 1 }
          : undefined,
      state: async (mediaLegId) =>
        mediaLegId === knownId ? { state: 'refused', reason: '7505', attempts: 2, at: 3 } : undefined,
      attempts: async () => [{ kind: 'keep', at: 1, dueAt: 2, trace: { status: 503 } }],
      retry: async (mediaLegId) => (mediaLegId === knownId ? {} : undefined),
      drop: async (mediaLegId) => mediaLegId === knownId,
    },
    health: { started: () => true, unready: async () => undefined, detail: () => ({}) },
    ...changes,
  };
  return { agent, asked };
}

/** A server over it, not listening. */
export async function serverOf(changes: Partial<Agent> = {}, scope: Scope = 'all') {
  const { agent, asked } = fakeAgent(changes);
  return { app: await buildServer(agent, pino({ level: 'silent' }), scope), asked, agent };
}
