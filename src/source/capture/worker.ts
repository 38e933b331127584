import { networkInterfaces } from 'node:os';
import { workerData } from 'node:worker_threads';
import { LiveMeter } from './live-meter.ts';
import type { FromMeter } from './messages.ts';
import { addressTest } from './networks.ts';
import { ownAddressTest } from './own-addresses.ts';
import { Reader } from './reader.ts';
import type { ReaderData } from './thread-messages.ts';

const { port, slotSeconds, discover, networks } = workerData as ReaderData; // what CaptureEngine starts it with

const isDevice = addressTest(networks);
const meter = new LiveMeter({
  slotSeconds,
  discover,
  // The agent stands beside the gateway; addresses come and go with interfaces.
  gateway: () => ownAddressTest(networkInterfaces()),
  say: (message) => port.postMessage(message),
  expect: (ports) => port.postMessage({ kind: 'expect', ports } satisfies FromMeter),
  ...(isDevice === undefined ? {} : { isDevice }),
});
new Reader(port, meter).run();
