import { workerData } from 'node:worker_threads';
import { LiveMeter } from './live-meter.ts';
import { addressTest } from './networks.ts';
import { Reader } from './reader.ts';
import type { ReaderData } from './thread-messages.ts';

const { port, slotSeconds, discover, networks } = workerData as ReaderData; // what CaptureEngine starts it with

const isDevice = addressTest(networks);
const meter = new LiveMeter({
  slotSeconds,
  discover,
  say: (message) => port.postMessage(message),
  ...(isDevice === undefined ? {} : { isDevice }),
});
new Reader(port, meter).run();
