import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CallRecordParts, CallRecordReader } from '../../src/delivery/call-record-reader.ts';
import { type Fault, GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { graphClient } from '../../src/graph/graph-client.ts';
import { noTokens } from '../../src/graph/no-tokens.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store, StoredRecord } from '../../src/store/store.ts';
import { until } from '../daemon/slim-gateway.ts';
import { rawRecord } from '../graph/raw-call-record.ts';
import { endedOf, guidOf, legOf } from '../store/leg-of.ts';

const END = 1_800_000_000;
const MINUTE = 60;
const DAY = 86_400;

let now = END;
let store: Store;
let graph: GraphStandIn;
let reader: CallRecordReader;
let fault: Fault | undefined;
let versions: Map<string, number>;
let settled: string[];
let said: { fields: object; message: string }[];

beforeEach(async () => {
  now = END;
  fault = undefined;
  versions = new Map();
  settled = [];
  said = [];
  store = sqliteStore({ path: ':memory:', owner: 'here', now: () => now });
  await store.open();
  graph = await GraphStandIn.open({
    callRecord: (id) => {
      const version = versions.get(id);
      return version === undefined ? undefined : rawRecord(id, 2, { version });
    },
    fault: () => fault,
  });
  reader = newReader();
  reader.start();
});
afterEach(async () => {
  await reader.stop();
  await graph.close();
  await store.close();
});

function newReader(more: Partial<CallRecordParts> = {}): CallRecordReader {
  const clock = { now: () => now };
  const client = graphClient({ baseUrl: graph.url, apiVersion: 'v1.0', userAgent: 'a/1', tokens: noTokens, clock });
  const say = (fields: object, message: string) => void said.push({ fields, message });
  return new CallRecordReader(
    {
      store,
      graph: client,
      clock,
      random: () => 0,
      logger: { info: say, warn: say },
      keep: async (record) => ({ ...record, sessions: record.sessions.slice(0, 1) }),
      onSettled: async (callChainId) => void settled.push(callChainId),
      ...more,
    },
    { owner: 'here', delay: 15 * MINUTE },
  );
}

async function owe(name: string, tenant = guidOf('tenant')): Promise<string> {
  const callChainId = guidOf(name);
  const leg = endedOf(legOf(name, { control: { callChainId } }));
  const callRecord = { callChainId, tenantId: tenant, endedAt: END, dueAt: END + 15 * MINUTE };
  await store.endLeg(leg, { callRecord });
  return callChainId;
}

/** Sets the clock, and waits until the record of the call was dealt with then. */
async function at(seconds: number, callChainId: string): Promise<StoredRecord> {
  now = END + seconds;
  reader.wake();
  return until(async () => {
    const stored = await store.callRecord(callChainId);
    return stored?.readAt === now ? stored : undefined;
  }, 5);
}

const told = (stored: StoredRecord) => [
  stored.state,
  stored.dueAt && (stored.dueAt - END) / MINUTE,
  stored.record?.version,
];

describe('the reader of call records', () => {
  it('asks when it is time, waits after a 404, keeps what may be kept, and reads again for a higher version', async () => {
    const call = await owe('a');
    reader.wake();
    expect(told(await at(15 * MINUTE, call))).toEqual(['waiting', 30, undefined]);
    expect(settled).toEqual([]);
    versions.set(call, 4);
    const first = await at(30 * MINUTE, call);
    expect(told(first)).toEqual(['read', 180, 4]);
    expect(first.record?.sessions).toHaveLength(1);
    versions.set(call, 6);
    expect(told(await at(180 * MINUTE, call))).toEqual(['read', 1440, 6]);
    versions.set(call, 5);
    expect(told(await at(DAY, call))).toEqual(['read', undefined, 6]);
    expect(settled).toEqual([call, call, call]);
    expect(graph.requests).toHaveLength(4);
    expect(reader.counters).toEqual({ attempts: 4, read: 3, missing: 1, forbidden: 0, kept: 0 });
  });

  it('says that a record is missing after 150 minutes', async () => {
    const call = await owe('a');
    for (const minutes of [15, 30, 60, 90, 120]) await at(minutes * MINUTE, call);
    expect(told(await at(150 * MINUTE, call))).toEqual(['missing', 180, undefined]);
    expect(settled).toEqual([call]);
  });

  it('finds the record of a call that went on for hours after the room had left it', async () => {
    const call = await owe('a');
    for (const minutes of [15, 30, 60, 90, 120, 150, 180]) await at(minutes * MINUTE, call);
    versions.set(call, 1);
    expect(told(await at(1440 * MINUTE, call))).toEqual(['read', undefined, 1]);
    expect(await store.nextCallRecordAt()).toBeUndefined();
  });

  it('goes on after a restart where it was', async () => {
    const call = await owe('a');
    await at(15 * MINUTE, call);
    await reader.stop();
    reader = newReader();
    reader.start();
    versions.set(call, 1);
    now = END + 29 * MINUTE;
    reader.wake();
    expect(told(await at(30 * MINUTE, call))).toEqual(['read', 180, 1]);
    expect(graph.requests).toHaveLength(2);
  });

  it('asks a tenant that does not let it once a day, and says so of all its calls at once', async () => {
    const [a, b] = [await owe('a'), await owe('b')];
    const c = await owe('c', guidOf('other tenant'));
    fault = { status: 403, code: 'Forbidden' };
    now = END;
    versions.set(c, 1);
    // One after the other: both would ask if they were asked for at the same time.
    const stored = await at(15 * MINUTE, a).then(async () => [await at(15 * MINUTE, b), await at(15 * MINUTE, c)]);
    expect(stored.map(({ state }) => state)).toEqual(['unreadable', 'unreadable']);
    const asked = graph.requests.length;
    const d = await owe('d');
    expect(told(await at(16 * MINUTE, d))).toEqual(['unreadable', 16 + DAY / MINUTE, undefined]);
    expect(graph.requests).toHaveLength(asked);
    fault = undefined;
    versions.set(a, 1).set(b, 1);
    expect((await at(DAY + 15 * MINUTE, a)).state).toBe('read');
    expect(settled).toContain(d);
  });

  it('does not wait for a day after the clock was set back by one, nor leave a tenant alone for it', async () => {
    const call = await owe('a');
    fault = { status: 403, code: 'Forbidden' };
    expect(told(await at(15 * MINUTE, call))).toEqual(['unreadable', 15 + DAY / MINUTE, undefined]);
    fault = undefined;
    versions.set(call, 1);
    expect(told(await at(-DAY, call))).toEqual(['read', -DAY / MINUTE + 180, 1]);
    expect(said).toContainEqual({
      fields: { op: 'call-records', records: 1 },
      message: 'the clock was set back: they are due now',
    });
  });

  it('asks at once what somebody asked for again, also of a tenant that did not let it', async () => {
    const call = await owe('a');
    fault = { status: 403, code: 'Forbidden' };
    await at(15 * MINUTE, call);
    fault = undefined;
    versions.set(call, 1);
    const tenantId = guidOf('tenant');
    await store.askCallRecord?.({ callChainId: call, tenantId, endedAt: END, dueAt: END + 20 * MINUTE });
    reader.forgive(tenantId);
    expect(told(await at(20 * MINUTE, call))).toEqual(['read', 180, 1]);
  });

  it('leaves a throttled tenant alone for as long as Graph says, and the others not', async () => {
    const a = await owe('a');
    fault = { status: 429, retryAfter: '600' };
    expect(told(await at(15 * MINUTE, a))).toEqual(['waiting', 25, undefined]);
    fault = undefined;
    const b = await owe('b');
    const c = await owe('c', guidOf('other tenant'));
    versions.set(b, 1).set(c, 1);
    expect((await at(16 * MINUTE, c)).state).toBe('read');
    expect((await store.callRecord(b))?.readAt).toBeUndefined();
    expect((await at(26 * MINUTE, b)).state).toBe('read');
  });

  it('tells of a link that it did not follow, and never of the record itself', async () => {
    const call = await owe('a');
    await reader.stop();
    const record = { id: call, version: 1, sessions: [] };
    const stray = { kind: 'found', record, trace: { status: 200 }, stray: 'https://evil.example' } as const;
    reader = newReader({ graph: { callRecord: async () => stray } });
    reader.start();
    await at(15 * MINUTE, call);
    await until(() => settled.length > 0 || undefined);
    expect(said.map(({ message }) => message)).toEqual([
      'call record asked for',
      'a link to further sessions was not followed',
    ]);
    expect(JSON.stringify(said)).not.toContain('sessions":');
  });

  it('leaves what it was asking for when it stops, for the next start', async () => {
    const call = await owe('a');
    fault = 'hang';
    now = END + 15 * MINUTE;
    reader.wake();
    await until(() => graph.requests.length > 0 || undefined);
    await reader.stop();
    expect(await store.callRecord(call)).toMatchObject({ state: 'waiting', dueAt: END + 15 * MINUTE });
    expect(await store.callRecord(call)).not.toHaveProperty('readAt');
  });
});
