import { inspect } from 'node:util';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/store/engine.ts';
import { postgresEngine, statementPatience } from '../../src/store/postgres-engine.ts';
import { skipped, suffix } from './postgres-server.ts';
import { serverOfTests } from './server-of-tests.ts';

describe.skipIf(skipped)(`a PostgreSQL database${suffix}`, () => {
  const server = serverOfTests();
  let url: string;
  const opened: Engine[] = [];
  beforeEach(() => {
    url = server.database();
  });
  afterEach(async () => {
    for (const engine of opened.splice(0)) await engine.close();
  });

  const at = (where = url, password?: () => string): Engine => {
    const engine = postgresEngine({ url: where, ...(password && { password }) });
    opened.push(engine);
    return engine;
  };
  const run = (statement: string): string => server.execute(new URL(url).pathname.slice(1), statement);
  const one = (engine: Engine): Promise<unknown> => engine.run((db) => sql`select 1`.execute(db));

  it('is made once, however many agents start at the same time', async () => {
    await Promise.all(Array.from({ length: 6 }, () => at().open()));
    expect(run('select count(*) from otherleg_schema')).toBe('5');
    expect(run("select count(*) from information_schema.tables where table_name = 'legs'")).toBe('1');
  });

  it('is shared with a newer release that can live with this one, and refused otherwise, untouched', async () => {
    await at().open();
    run('insert into otherleg_schema (version, works_from) values (6, 1)');
    await expect(at().open()).resolves.toBeUndefined();
    run('insert into otherleg_schema (version, works_from) values (7, 6)');
    await expect(at().open()).rejects.toMatchObject({ code: 'STORE_FAILED', hint: /upgrade/ });
    expect(run('select max(version) from otherleg_schema')).toBe('7');
  });

  it('is brought up to date however short the times are that its role and its URL set for other statements', async () => {
    // Every table and index takes a while, as over many rows; other statements do not.
    run(`create function slow() returns event_trigger language plpgsql as 'begin perform pg_sleep(0.1); end'`);
    run('create event trigger slow on ddl_command_start execute function slow()');
    run('create role hasty login superuser');
    run(`alter role hasty set statement_timeout = '1s'`);
    const hasty = url.replace('postgres://postgres@', 'postgres://hasty@');
    const engine = at(`${hasty}?statement_timeout=1000`);
    await expect(engine.open()).resolves.toBeUndefined();
    expect(run('select count(*) from otherleg_schema')).toBe('5');
    await expect(engine.run((db) => sql`select pg_sleep(5)`.execute(db))).rejects.toMatchObject({ fault: 'busy' });
  });

  it('lets a migration be cut off by whoever stops', async () => {
    run(`create function slow() returns event_trigger language plpgsql as 'begin perform pg_sleep(600); end'`);
    run('create event trigger slow on ddl_command_start execute function slow()');
    const engine = at();
    const opening = engine.open().then(
      () => 'opened',
      (error: { readonly fault: string }) => error.fault,
    );
    const migrating = () => run("select count(*) from pg_stat_activity where wait_event = 'PgSleep'");
    await expect.poll(migrating, { timeout: 15_000 }).toBe('1');
    await engine.close();
    expect(await opening).toBe('away');
    run("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'");
  });

  it('asks for the password at each connection and shows it nowhere', async () => {
    run("create role careful login superuser password 'first'");
    server.askPassword('careful');
    const careful = url.replace('postgres://postgres@', 'postgres://careful@');
    let password = 'hunter2';
    const engine = at(careful, () => password);
    const error: unknown = await engine.open().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORE_FAILED', hint: expect.stringContaining('store.password') });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2');
    password = 'first';
    await expect(engine.open()).resolves.toBeUndefined();
    expect(inspect(engine, { depth: 9, showHidden: true })).not.toContain('first');
  });

  it('goes on after the server was gone', async () => {
    const engine = at();
    await engine.open();
    await one(engine);
    server.halt();
    await expect(one(engine)).rejects.toMatchObject({ code: 'STORE_FAILED', fault: 'away' });
    server.resume();
    await expect
      .poll(
        () =>
          one(engine).then(
            () => true,
            () => false,
          ),
        { timeout: 15_000 },
      )
      .toBe(true);
  });

  it('waits for nobody longer than it was told', async () => {
    await at().open();
    // Longer than what is asked to open it takes on a busy machine.
    const slow = at(`${url}?statement_timeout=1500`);
    await slow.open();
    await expect(slow.run((db) => sql`select pg_sleep(30)`.execute(db))).rejects.toMatchObject({
      fault: 'busy',
      hint: /statement_timeout/,
    });
  });

  it('makes a transaction again that stood in the way of another', async () => {
    const engine = at();
    await engine.open();
    run("insert into handed (media_leg_id, at) values ('a', 0), ('b', 0)");
    const both = (first: string, second: string) =>
      engine.run(async (db) => {
        await db
          .updateTable('handed')
          .set(({ eb }) => ({ at: eb('at', '+', 1) }))
          .where('media_leg_id', '=', first)
          .execute();
        await sql`select pg_sleep(0.1)`.execute(db);
        await db
          .updateTable('handed')
          .set(({ eb }) => ({ at: eb('at', '+', 1) }))
          .where('media_leg_id', '=', second)
          .execute();
      });
    await Promise.all([both('a', 'b'), both('b', 'a')]);
    expect(run('select sum(at) from handed')).toBe('4');
  });

  it('refuses what does not answer as PostgreSQL does, and says what to do', async () => {
    await expect(at('postgres://u@127.0.0.1:1/x').open()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      hint: /can be reached/,
    });
    const tls = new URL(url);
    tls.searchParams.set('sslmode', 'verify-full');
    await expect(at(tls.href).open()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expect(one(at())).rejects.toMatchObject({ code: 'STORE_FAILED', message: /not open/ });
  });
});

describe('the patience with a statement', () => {
  it.each([
    ['', 15_000],
    ['?statement_timeout=60000', 65_000],
    ['?statement_timeout=200', 15_000],
    ['?statement_timeout=1min', 15_000],
  ])('is longer than what the URL lets the server take: %s', (more, expected) => {
    expect(statementPatience(`postgres://otherleg@db/otherleg${more}`)).toBe(expected);
  });
});
