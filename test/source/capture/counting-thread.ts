import { workerData } from 'node:worker_threads';
import type { Taint } from '../../../src/model/interval.ts';
import type { FromMeter, ToMeter } from '../../../src/source/capture/messages.ts';
import { Reader, type ThreadMeter } from '../../../src/source/capture/reader.ts';
import type { ReaderData } from '../../../src/source/capture/thread-messages.ts';

/** What the thread has counted: sent in place of a sight, and at every tick. */
export type Counted = {
  /** Records by the number in the payload of the packet that they hold, and records in all. */
  readonly records: number;
  readonly distinct: number;
  readonly disorder: number;
  readonly octets: number;
  readonly dropped: number;
  readonly taints: readonly { readonly from: number; readonly to: number; readonly taint: Taint }[];
  readonly advancedTo: number;
  /** Networks of devices, as it was told last. */
  readonly networks: readonly string[];
};

/** The number of a test's packet is in the last four octets of what is kept of it. */
const NUMBER = 4;

/** Counts, and measures nothing: the wire and the thread's end of the capture are what is tested. */
class Counting implements ThreadMeter {
  #records = 0;
  #octets = 0;
  #dropped = 0;
  #disorder = 0;
  #last = -1;
  #advancedTo = 0;
  #networks: readonly string[] = [];
  readonly #numbers = new Set<number>();
  readonly #taints: { from: number; to: number; taint: Taint }[] = [];
  readonly #say: (message: FromMeter) => void;

  constructor(say: (message: FromMeter) => void) {
    this.#say = say;
  }

  record(_octets: Uint8Array, view: DataView, _start: number, end: number): void {
    const number = view.getUint32(end - NUMBER);
    this.#records += 1;
    this.#octets += end - _start;
    if (number < this.#last) this.#disorder += 1;
    this.#last = number;
    this.#numbers.add(number);
  }

  take(message: ToMeter): void {
    if (message.kind === 'dropped') this.#dropped += message.count;
    if (message.kind === 'taint') this.#taints.push({ from: message.from, to: message.to, taint: message.taint });
    if (message.kind === 'networks') this.#networks = message.networks;
    if (message.kind === 'look') this.#say({ kind: 'sight', ask: message.ask, sight: this.#counted() });
    if (message.kind === 'release') this.#say({ kind: 'released', ask: message.ask });
    if (message.kind === 'rtcp') {
      if (message.mediaLegId === 'fail') throw new Error('told to fail');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(message.mediaLegId));
    }
  }

  advance(micros: number): void {
    this.#advancedTo = micros;
    this.#say(this.#counted());
  }

  // The engine passes on what it is told without looking at it.
  #counted(): never {
    const counted: Counted = {
      records: this.#records,
      distinct: this.#numbers.size,
      disorder: this.#disorder,
      octets: this.#octets,
      dropped: this.#dropped,
      taints: this.#taints,
      advancedTo: this.#advancedTo,
      networks: this.#networks,
    };
    return counted as never;
  }
}

const { port } = workerData as ReaderData; // what CaptureEngine starts it with
new Reader(port, new Counting((message) => port.postMessage(message))).run();
