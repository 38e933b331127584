import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { nodeSqliteDialect } from '../../src/store/dialect.ts';
import { GroupCommit } from '../../src/store/group-commit.ts';
import type { Db, Tables } from '../../src/store/schema.ts';

let file: DatabaseSync;
let db: Db;
let commits: GroupCommit;
let texts: string[];

beforeEach(() => {
  file = new DatabaseSync(':memory:');
  file.exec('create table told (n integer primary key)');
  texts = [];
  const log = (event: { query: { sql: string } }): void => void texts.push(event.query.sql);
  db = new Kysely<Tables>({ dialect: nodeSqliteDialect(file), log });
  commits = new GroupCommit(db);
});

const tell = (n: number) => (within: Db) => sql`insert into told values (${n})`.execute(within).then(() => n);
const told = () =>
  file
    .prepare('select n from told order by n')
    .all()
    .map(({ n }) => n);

describe('a group commit', () => {
  it('commits work that came together once, and answers each', async () => {
    expect(await Promise.all([1, 2, 3].map((n) => commits.run(tell(n))))).toEqual([1, 2, 3]);
    expect(told()).toEqual([1, 2, 3]);
    expect(texts.filter((text) => text === 'savepoint job')).toHaveLength(3);
  });

  it('undoes only what fails', async () => {
    const failing = async (within: Db) => {
      await tell(9)(within);
      throw new Error('no');
    };
    const outcomes = await Promise.allSettled([
      commits.run(tell(1)),
      commits.run(failing),
      commits.run(tell(2)),
      commits.run(tell(1)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(told()).toEqual([1, 2]);
  });

  it('answers nobody before the commit, and rejects everybody if it fails', async () => {
    file.exec(
      'pragma foreign_keys = on; create table later (n integer references told (n) deferrable initially deferred)',
    );
    let answered = false;
    const first = commits.run(tell(1)).then(() => {
      answered = true;
    });
    const broken = commits.run(async (within) => {
      expect(answered).toBe(false);
      await sql`insert into later values (77)`.execute(within); // fails when committed
    });
    await expect(broken).rejects.toThrow(/FOREIGN KEY/);
    await expect(first).rejects.toThrow(/FOREIGN KEY/);
    expect(told()).toEqual([]);
    await commits.run(tell(5));
    expect(told()).toEqual([5]);
  });

  it('does first what must not wait behind a rush', async () => {
    const order: number[] = [];
    const rush = Array.from({ length: 300 }, (_, n) => commits.run(tell(n)).then(() => order.push(n)));
    const urgent = commits.run(tell(1_000), true).then(() => order.push(1_000));
    await Promise.all([...rush, urgent]);
    // It is in the first group: 64 share a commit.
    expect(order.indexOf(1_000)).toBeLessThan(64);
    expect(order).toHaveLength(301);
  });

  it('takes what comes while it commits, and says when it is idle', async () => {
    const seen: number[] = [];
    const chain = commits.run(tell(1)).then(async (n) => {
      seen.push(n);
      seen.push(await commits.run(tell(2)));
    });
    await commits.idle();
    await chain;
    expect(seen).toEqual([1, 2]);
    await commits.idle();
  });
});
