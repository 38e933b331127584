import { afterAll, beforeAll, describe } from 'vitest';
import { postgresBench } from './bench-postgres.ts';
import { describeStore } from './contract.ts';
import { PostgresServer, skipped, suffix } from './postgres-server.ts';

describe.skipIf(skipped)(`on a real server${suffix}`, () => {
  let server: PostgresServer;
  beforeAll(() => {
    server = PostgresServer.start();
  });
  afterAll(() => server.remove());

  describeStore('PostgreSQL', () => postgresBench(server), 15);
});
