import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeSqliteDialect } from '../../src/store/dialect.ts';

type Songs = { songs: { key: number; title: string | null; sound: Uint8Array | null } };

describe('kysely on node:sqlite', () => {
  let database: DatabaseSync;
  let db: Kysely<Songs>;
  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    database.exec('create table songs (key integer primary key, title text, sound blob)');
    db = new Kysely<Songs>({ dialect: nodeSqliteDialect(database) });
  });
  afterEach(() => db.destroy());

  const all = () => db.selectFrom('songs').selectAll().orderBy('key').execute();

  it('writes and reads values of each kind', async () => {
    const song = { key: 1, title: null, sound: new Uint8Array([1, 2]) };
    const { numInsertedOrUpdatedRows } = await db.insertInto('songs').values(song).executeTakeFirstOrThrow();
    expect(numInsertedOrUpdatedRows).toBe(1n);
    expect(await all()).toEqual([song]);
  });

  it('returns rows that a statement returns', async () => {
    const insert = db.insertInto('songs').values({ key: 7, title: 'a', sound: null });
    expect(await insert.returning('key').execute()).toEqual([{ key: 7 }]);
  });

  it('streams', async () => {
    for (const key of [1, 2]) await db.insertInto('songs').values({ key, title: 'a', sound: null }).execute();
    const keys: number[] = [];
    for await (const { key } of db.selectFrom('songs').selectAll().orderBy('key').stream()) keys.push(key);
    expect(keys).toEqual([1, 2]);
  });

  it('takes back what a failed transaction wrote', async () => {
    const song = { key: 1, title: 'a', sound: null };
    const twice = db.transaction().execute(async (transaction) => {
      await transaction.insertInto('songs').values(song).execute();
      await transaction.insertInto('songs').values(song).execute();
    });
    await expect(twice).rejects.toThrow('UNIQUE');
    expect(await all()).toEqual([]);
  });

  it('tells why a transaction failed that SQLite had ended by itself', async () => {
    const failing = db.transaction().execute(async () => {
      database.exec('rollback');
      throw new Error('the disk is full');
    });
    await expect(failing).rejects.toThrow('the disk is full');
    expect(await all()).toEqual([]);
  });

  it('lets transactions that begin at once follow each other', async () => {
    const count = async (key: number): Promise<number> =>
      db.transaction().execute(async (transaction) => {
        const before = await transaction.selectFrom('songs').selectAll().execute();
        await transaction.insertInto('songs').values({ key, title: null, sound: null }).execute();
        return before.length;
      });
    expect(await Promise.all([1, 2, 3].map(count))).toEqual([0, 1, 2]);
  });
});
