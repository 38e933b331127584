import { afterAll, beforeAll, describe } from 'vitest';
import { fleetBench } from './bench-fleet.ts';
import { describeStore } from './contract.ts';
import { PostgresServer, skipped, suffix } from './postgres-server.ts';

describe.skipIf(skipped)(`with a real server${suffix}`, () => {
  let server: PostgresServer;
  beforeAll(() => {
    server = PostgresServer.start();
  });
  afterAll(() => server.remove());

  describeStore('fleet, all in its own file,', () => fleetBench(server, { handing: false }), 8);
  describeStore('fleet, all handed over at once,', () => fleetBench(server, { handing: true }), 8);
});
