import { afterAll, beforeAll } from 'vitest';
import { PostgresServer } from './postgres-server.ts';

/** A server that runs while the tests of a `describe` do. */
export function serverOfTests(): Pick<PostgresServer, 'database' | 'execute' | 'halt' | 'resume' | 'askPassword'> {
  let server: PostgresServer;
  beforeAll(() => {
    server = PostgresServer.start();
  });
  afterAll(() => server.remove());
  return {
    database: () => server.database(),
    execute: (database, statement) => server.execute(database, statement),
    halt: (mode) => server.halt(mode),
    resume: () => server.resume(),
    askPassword: (...args) => server.askPassword(...args),
  };
}
