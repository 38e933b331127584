import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { CallRecordReader } from '../delivery/call-record-reader.ts';
import type { CallRecords } from '../graph/graph.ts';
import type { LegView } from '../leg/leg.ts';
import type { LegsParts, RecordsOwed } from '../leg/legs-parts.ts';
import { clockTime } from '../leg/own-time.ts';
import type { Clock } from '../model/clock.ts';
import type { Leg } from '../model/leg.ts';
import type { CallRecordTask, Store, StoredRecord } from '../store/store.ts';
import { Calls, type CallsParts } from './calls.ts';
import { askRecord } from './record-asking.ts';

export type CallReadingParts = {
  readonly store: Store;
  readonly graph: CallRecords;
  readonly clock: Clock;
  readonly log: Logger;
  readonly view: (mediaLegId: string) => Promise<LegView>;
  readonly judgedLong?: NonNullable<CallsParts['judgedLong']>;
  /** Told of each verdict that was made anew and written. */
  readonly judged?: (leg: Leg) => void;
};

/** All that an agent does about calls as a whole: it reads Graph's records of them, where that is on, and judges both legs. */
export class CallReading {
  readonly calls: Calls;
  readonly #config: () => Config;
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #log: Logger;
  readonly #reader: CallRecordReader | undefined;

  constructor(config: () => Config, parts: CallReadingParts) {
    const { store, graph, clock, log, view, judged, judgedLong } = parts;
    const logger = log.child({ op: 'call-records' });
    const calls = new Calls({
      store,
      view,
      config,
      log: logger,
      ...(judged && { judged }),
      ...(judgedLong && { judgedLong }),
    });
    const keep = calls.keep.bind(calls);
    const random = (): number => randomInt(2 ** 32) / 2 ** 32;
    const { callRecords, agent } = config();
    this.calls = calls;
    this.#config = config;
    this.#clock = clock;
    this.#store = store;
    this.#log = logger;
    if (!callRecords.enabled) return;
    this.#reader = new CallRecordReader(
      { store, graph, clock, random, logger, keep, onSettled: (callChainId) => calls.judgeAgain(callChainId) },
      { owner: agent.name, delay: callRecords.delay },
    );
  }

  start(): void {
    this.#reader?.start();
  }

  /** Looks whether a timer was missed, or another agent left something. */
  sweep(): void {
    this.#reader?.wake();
  }

  /** Somebody wants the record of a call now. Undefined where no leg of ours was in it. */
  async ask(callChainId: string): Promise<StoredRecord | undefined> {
    const reader = this.#reader;
    const about = { store: this.#store, enabled: reader !== undefined, now: this.#clock.now() };
    const asked = await askRecord(callChainId, about);
    if (asked === undefined) return undefined;
    reader?.forgive(asked.task.tenantId);
    reader?.wake();
    return asked.stored;
  }

  async stop(): Promise<void> {
    await this.#reader?.stop();
  }

  /** For operators. */
  detail(): object {
    return this.#reader === undefined ? {} : { callRecords: this.#reader.counters };
  }

  /** What the legs have to know of it. */
  legsParts(): Pick<LegsParts, 'callRecords' | 'thresholds'> {
    const reader = this.#reader;
    return {
      thresholds: () => this.#config().verdict.thresholds,
      ...(reader && { callRecords: this.#recordsOwed(reader) }),
    };
  }

  #recordsOwed(reader: CallRecordReader): RecordsOwed {
    return {
      taskOf: (leg) => this.#taskOf(leg),
      onOwed: () => reader.wake(),
      onIdentified: (leg) => void this.#identified(leg, reader),
    };
  }

  /**
   * A record that was read before its session could be known is read anew: of sessions that were nobody's then the store keeps
   * no identities. One that is still waited for will be read with all that is known by then.
   */
  async #identified(leg: Leg, reader: CallRecordReader): Promise<void> {
    const task = this.#taskOf(leg);
    if (task === undefined) return;
    try {
      const stored = await this.#store.callRecord(task.callChainId);
      if (stored !== undefined && stored.state !== 'read') return;
      await this.#store.askCallRecord?.(stored === undefined ? task : { ...task, dueAt: this.#clock.now() });
      reader.wake();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn({ leg: leg.mediaLegId, call: task.callChainId, reason }, 'the call record is not read anew');
    }
  }

  #taskOf(leg: Leg): CallRecordTask | undefined {
    const { tenantId } = leg;
    const { callChainId } = leg.control;
    if (callChainId === undefined || tenantId === undefined) return undefined;
    const endedAt = leg.endedAt === undefined ? this.#clock.now() : clockTime(leg, leg.endedAt);
    return { callChainId, tenantId, endedAt, dueAt: endedAt + this.#config().callRecords.delay };
  }
}
