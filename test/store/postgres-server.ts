import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const DEBIAN = '/usr/lib/postgresql';

/** Where the newest server's programs lie; undefined without one. */
function programs(): string | undefined {
  const versions = existsSync(DEBIAN)
    ? readdirSync(DEBIAN)
        .map(Number)
        .filter((version) => version >= 14)
    : [];
  const folder = versions.sort((a, b) => b - a)[0];
  if (folder !== undefined && existsSync(join(DEBIAN, `${folder}`, 'bin', 'initdb')))
    return join(DEBIAN, `${folder}`, 'bin');
  return undefined;
}

const bin = programs();

/** Skipped without a server, with what cures it; under OTHERLEG_TEST_ALL the tests run, and fail. */
export const skipped = bin === undefined && process.env['OTHERLEG_TEST_ALL'] !== '1';
export const suffix = skipped ? ' (skipped: apt-get install -y --no-install-recommends postgresql)' : '';

/** The server refuses to be root. */
const asUser: readonly string[] =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];

function run(program: string, ...args: readonly string[]): void {
  const [command = '', ...rest] = [...asUser, join(bin ?? '', program), ...args];
  execFileSync(command, rest, { stdio: ['ignore', 'ignore', 'pipe'], cwd: tmpdir() });
}

/** A PostgreSQL server of a test's own, on a Unix socket in a folder of its own: nothing else can reach it. */
export class PostgresServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'otherleg-pg-'));
  readonly #data = join(this.#folder, 'data');
  readonly #fsync: boolean;
  readonly #free: string[] = [];
  #databases = 0;

  private constructor(fsync: boolean) {
    this.#fsync = fsync;
  }

  /** Made, and running. `fsync`: as in production, for figures. */
  static start(options: { readonly fsync?: boolean } = {}): PostgresServer {
    const server = new PostgresServer(options.fsync ?? false);
    if (asUser.length > 0) {
      const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres']).toString());
      chownSync(server.#folder, id('-u'), id('-g'));
    }
    run('initdb', '-D', server.#data, '-A', 'trust', '-U', 'postgres', '--no-sync', '--locale=C.UTF-8', '-E', 'UTF8');
    server.resume();
    return server;
  }

  /** Starts it again after `halt`. */
  resume(): void {
    const settings = `-c listen_addresses= -c unix_socket_directories=${this.#folder} -c fsync=${this.#fsync ? 'on' : 'off'}`;
    run('pg_ctl', '-D', this.#data, '-w', '-l', join(this.#folder, 'log'), '-o', settings, 'start');
  }

  /** `immediate`: as after a power cut. */
  halt(mode: 'fast' | 'immediate' = 'immediate'): void {
    run('pg_ctl', '-D', this.#data, '-w', '-m', mode, 'stop');
  }

  /** The URL of an empty database. */
  database(): string {
    const free = this.#free.pop();
    if (free !== undefined) return this.url(free);
    this.#databases += 1;
    const name = `test${process.pid}_${this.#databases}`;
    this.execute('postgres', `create database ${name}`);
    return this.url(name);
  }

  /** Empties a database that is no longer used, for the next who asks for one. */
  async giveBack(url: string): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    // Deleted, not truncated: that would make new files.
    for (const table of ['legs', 'agents', 'agent', 'call_records', 'handed', 'outcomes'])
      await client.query(`delete from ${table}`);
    await client.end();
    this.#free.push(new URL(url).pathname.slice(1));
  }

  url(database: string): string {
    return `postgres://postgres@${encodeURIComponent(this.#folder)}/${database}`;
  }

  /** From now on this user needs the password that it was given. */
  askPassword(user: string): void {
    writeFileSync(join(this.#data, 'pg_hba.conf'), `local all ${user} scram-sha-256\nlocal all all trust\n`);
    this.execute('postgres', 'select pg_reload_conf()');
  }

  /** What psql prints of one statement. */
  execute(database: string, statement: string): string {
    const args = ['-h', this.#folder, '-U', 'postgres', '-d', database, '-Atqc', statement];
    return execFileSync(join(bin ?? '', 'psql'), args, { stdio: ['ignore', 'pipe', 'pipe'] })
      .toString()
      .trim();
  }

  remove(): void {
    try {
      this.halt();
    } catch {
      // A test had halted it.
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
