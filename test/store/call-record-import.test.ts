import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallRecord } from '../../src/model/call-record.ts';
import * as callRecords from '../../src/store/call-records.ts';
import type { Engine } from '../../src/store/engine.ts';
import { postgresEngine } from '../../src/store/postgres-engine.ts';
import { sqliteEngine } from '../../src/store/sqlite-engine.ts';
import type { StoredRecord } from '../../src/store/store.ts';
import { newFolder } from './bench-sqlite.ts';
import { guidOf, tenant } from './leg-of.ts';
import { skipped, suffix } from './postgres-server.ts';
import { serverOfTests } from './server-of-tests.ts';

type Row = Parameters<typeof callRecords.importCallRecords>[1][number];

const callChainId = guidOf('a call');
const recordOf = (version: number): CallRecord => ({ id: callChainId, version, sessions: [] });

/** What an agent has of the call: whose leg ended at 1000, and who asks for its record at 1900. */
const rowOf = (more: Partial<Row> = {}): Row => ({
  call_chain_id: callChainId,
  tenant_id: tenant,
  ended_at: 1000,
  state: 'waiting',
  due_at: 1900,
  attempts: 0,
  fence: 3,
  lease_owner: null,
  lease_until: null,
  read_at: null,
  version: null,
  body: null,
  masked: 0,
  ...more,
});

const readOf = (version: number, more: Partial<Row> = {}): Row =>
  rowOf({
    state: 'read',
    due_at: null,
    read_at: 2000,
    version,
    body: JSON.stringify(recordOf(version)),
    ...more,
  });

type Case = readonly [name: string, first: Row, second: Row, want: Partial<StoredRecord>];

const cases: readonly Case[] = [
  [
    'what the other agent read, and this one still waits for',
    rowOf(),
    readOf(2),
    { state: 'read', readAt: 2000, dueAt: 1900, record: recordOf(2) },
  ],
  [
    'the newer version of an earlier leg',
    readOf(1, { ended_at: 5000, due_at: 5900 }),
    readOf(3),
    { state: 'read', dueAt: 5900, record: recordOf(3) },
  ],
  [
    'the newer version of a later leg',
    readOf(1),
    readOf(3, { ended_at: 5000 }),
    { state: 'read', record: recordOf(3) },
  ],
  [
    'no older version, though of a later leg',
    readOf(3),
    readOf(1, { ended_at: 5000, due_at: 5900 }),
    { state: 'read', dueAt: 5900, record: recordOf(3) },
  ],
  ['no older version of an earlier leg', readOf(3, { ended_at: 5000 }), readOf(1), { record: recordOf(3) }],
  [
    'what was read, though the later leg waits',
    readOf(1),
    rowOf({ ended_at: 5000, due_at: 5900 }),
    { state: 'read', dueAt: 5900, record: recordOf(1) },
  ],
  [
    'that Graph had none for the later leg',
    rowOf(),
    rowOf({ ended_at: 5000, state: 'missing', due_at: null }),
    { state: 'missing' },
  ],
];

function describeImport(make: () => Engine): void {
  let engine: Engine;
  beforeEach(async () => {
    engine = make();
    await engine.open();
  });
  afterEach(() => engine.close());

  const take = (...rows: readonly Row[]): Promise<void> => engine.run((db) => callRecords.importCallRecords(db, rows));
  const found = (): Promise<StoredRecord | undefined> =>
    engine.run((db) => callRecords.findCallRecord(db, callChainId));

  it.each(cases)('takes %s', async (_, first, second, want) => {
    await take(first);
    await take(second);
    const stored = await found();
    expect(stored).toMatchObject(want);
    if (want.dueAt === undefined && want.state !== undefined) expect(stored).not.toHaveProperty('dueAt');
  });

  it('leaves a reading under way to its reader, who settles a version no older than what came meanwhile', async () => {
    await take(rowOf());
    const ask = { owner: 'agent-1', now: 1900, limit: 1, leaseSeconds: 60, heldTenants: [] };
    const [task] = await engine.run((db) => callRecords.claimCallRecords(db, ask, 1900));
    await take(readOf(2));
    const settle = (version: number) =>
      engine.run((db) =>
        callRecords.settleCallRecord(db, callChainId, task?.fence ?? 0, {
          at: 2100,
          state: 'read',
          attempts: 0,
          record: recordOf(version),
        }),
      );
    expect(await settle(1)).toBe(true);
    expect(await found()).toMatchObject({ state: 'read', record: recordOf(2) });
  });

  it('takes a reading under way from its reader for a later leg', async () => {
    await take(rowOf());
    const ask = { owner: 'agent-1', now: 5900, limit: 1, leaseSeconds: 60, heldTenants: [] };
    const claim = () => engine.run((db) => callRecords.claimCallRecords(db, ask, 5900));
    const [task] = await claim();
    await take(rowOf({ ended_at: 5000, due_at: 5900, attempts: 4, lease_owner: 'agent-2', lease_until: 9000 }));
    const [later] = await claim();
    expect(later).toMatchObject({ endedAt: 5000, attempts: 0, fence: (task?.fence ?? 0) + 2 });
  });

  it('takes all versions that agents bring at the same time, in whatever order they come', async () => {
    const others = ['b', 'c', 'd'].map((name) => guidOf(name));
    const batch = (version: number): readonly Row[] =>
      [callChainId, ...others].map((id) => readOf(version, { call_chain_id: id, ended_at: 1000 + (version % 3) }));
    const versions = [4, 7, 1, 6, 2, 5, 3];
    await Promise.all(
      versions.map((version) => take(...(version % 2 === 0 ? batch(version) : batch(version).toReversed()))),
    );
    expect(await found()).toMatchObject({ state: 'read', record: recordOf(7) });
  });
}

describe('call records that one store takes over from another', () => {
  describe('in SQLite', () => {
    const folder = newFolder();
    let file = 0;
    describeImport(() => {
      file += 1;
      return sqliteEngine(join(folder, `${file}.db`));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
  });

  describe.skipIf(skipped)(`in PostgreSQL${suffix}`, () => {
    const server = serverOfTests();
    describeImport(() => postgresEngine({ url: server.database() }));
  });
});
