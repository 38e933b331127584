import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { OtherlegError } from '../model/error.ts';
import type { Engine } from './engine.ts';
import { sharedFailure } from './postgres-failure.ts';
import { isBehind, MIGRATION_PATIENCE, migratePostgres } from './postgres-migrations.ts';
import type { Db, Tables } from './schema.ts';

export type PostgresOptions = {
  /** postgres://USER@HOST:PORT/DATABASE with parameters as libpq has them (sslmode, sslrootcert, …). No password. */
  readonly url: string;
  /** The password as it is now: asked for each new connection. */
  readonly password?: () => string;
};

/** Connections of one agent at once. */
const CONNECTIONS = 8;

/** What nobody waits longer for. Milliseconds; `statement_timeout` of the URL goes before it. */
const patience = {
  connectionTimeoutMillis: 3000,
  statement_timeout: 10_000,
  lock_timeout: 5000,
  /** An agent that hangs in the middle of a transaction keeps nobody else from its rows. */
  idle_in_transaction_session_timeout: 15_000,
} as const;

/** By how much longer than the server may take we wait for it to say so. Milliseconds. */
const SAYS_SO = 5000;

/** How long a statement is waited for where the network swallows everything and the server cannot tell us. Milliseconds. */
export function statementPatience(url: string): number {
  const asked = new URL(url).searchParams.get('statement_timeout') ?? '';
  const limit = /^\d+$/.test(asked) ? Number(asked) : patience.statement_timeout;
  return Math.max(limit, patience.statement_timeout) + SAYS_SO;
}

/** Two transactions that waited for each other, one of which PostgreSQL ended: made again. */
const DEADLOCK = '40P01';

const INT8 = 20;

/** A PostgreSQL database (14 or newer) that several agents share. */
export function postgresEngine(options: PostgresOptions): Engine {
  return new PostgresEngine(options);
}

class PostgresEngine implements Engine {
  readonly #options: PostgresOptions;
  readonly #name: string;
  readonly #running = new Set<Promise<unknown>>();
  #db: Db | undefined;
  #cutOff: (() => void) | undefined;

  constructor(options: PostgresOptions) {
    this.#options = options;
    this.#name = shown(options.url);
  }

  async open(): Promise<void> {
    if (this.#db) return;
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool(this.#options) }) });
    try {
      if (await isBehind(db)) await this.#migrate();
      this.#db = db;
    } catch (error) {
      await db.destroy();
      throw sharedFailure(error, this.#name, false);
    }
  }

  /** Over a connection of its own, which waits longer than others do and is cut off at `close`. */
  async #migrate(): Promise<void> {
    const patient = pool(this.#options, MIGRATION_PATIENCE + SAYS_SO);
    patient.on('connect', (client) => {
      this.#cutOff = () => void client.end();
    });
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: patient }) });
    try {
      await migratePostgres(db);
    } finally {
      this.#cutOff = undefined;
      await db.destroy();
    }
  }

  async close(): Promise<void> {
    this.#cutOff?.();
    const db = this.#db;
    this.#db = undefined;
    await Promise.allSettled(this.#running);
    await db?.destroy();
  }

  async run<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    const db = this.#db;
    if (db === undefined) throw new OtherlegError('STORE_FAILED', `the store ${this.#name} is not open`);
    const running = this.#once(db, work).catch((error: unknown) => {
      if (!isDeadlock(error)) throw error;
      return this.#once(db, work);
    });
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #once<Result>(db: Db, work: (db: Db) => Promise<Result>): Promise<Result> {
    let committing = false;
    try {
      return await db.transaction().execute(async (within) => {
        const result = await work(within);
        committing = true;
        return result;
      });
    } catch (error) {
      throw sharedFailure(error, this.#name, committing);
    }
  }
}

function pool({ url, password }: PostgresOptions, patienceMillis = statementPatience(url)): pg.Pool {
  class Client extends pg.Client {
    constructor(config: pg.ClientConfig) {
      // What the URL says goes before the rest, and it says an empty password where it says none.
      super({ ...config, connectionString: password ? withPassword(url, password()) : url });
      // It breaks also between two statements of a transaction, when nobody waits for it: the next one tells why.
      this.on('error', () => undefined);
    }
  }
  const made = new pg.Pool({
    ...patience,
    query_timeout: patienceMillis,
    application_name: 'otherleg',
    max: CONNECTIONS,
    keepAlive: true,
    types,
    Client: Client as unknown as new () => pg.ClientBase, // the pool hands its own options to it, which the types forget
  });
  // An idle connection broke: the next one to ask gets a new one, or the reason why there is none.
  made.on('error', () => undefined);
  return made;
}

/** Keys, slots and counts: integers that a number holds exactly. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
};

function withPassword(url: string, password: string): string {
  const whole = new URL(url);
  // A URL without a host (a socket) has no place for it but the parameters.
  whole.searchParams.set('password', password);
  return whole.href;
}

/** The URL without what may be secret in it. */
function shown(url: string): string {
  const { protocol, host, pathname, searchParams } = new URL(url);
  return `${protocol}//${host || (searchParams.get('host') ?? '')}${pathname}`;
}

function isDeadlock(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === DEADLOCK;
}
