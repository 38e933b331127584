import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { keptRecord } from '../correlate/kept-record.ts';
import type { MatchedLeg } from '../correlate/matching.ts';
import type { RecordState } from '../correlate/verdict-input.ts';
import { legsOfCall } from '../http/call-legs.ts';
import type { JudgedLeg, KnownCall } from '../http/http.ts';
import type { LegView } from '../leg/leg.ts';
import type { CallRecord } from '../model/call-record.ts';
import type { Leg } from '../model/leg.ts';
import type { Store, StoredRecord } from '../store/store.ts';
import { type JudgedBy, judgedLeg } from './leg-questions.ts';

export type CallsParts = {
  readonly store: Pick<Store, 'legs' | 'leg' | 'putLeg' | 'callRecord'>;
  readonly view: (mediaLegId: string) => Promise<LegView>;
  /** Judges a leg of many hours beside the agent's own thread; undefined where it is none. */
  readonly judgedLong?: (mediaLegId: string, by: (leg: Leg) => JudgedBy) => Promise<JudgedLeg | undefined>;
  /** As it is now: thresholds and privacy may be reloaded. */
  readonly config: () => Config;
  readonly log: { warn(fields: object, message: string): void };
  /** Told of each verdict that was made anew and written. */
  readonly judged?: (leg: Leg) => void;
};

/** A leg that somebody else writes, or that is on its way into a shared store, is tried again. Milliseconds. */
const TRIES = 4;
const PAUSE_MILLIS = 1500;

const matched = ({ control, startedAt, endedAt }: Leg): MatchedLeg => ({
  control,
  startedAt,
  ...(endedAt === undefined ? {} : { endedAt }),
});

/** Both legs of calls: ours from the store, the Teams leg from Graph's record, and what follows from them. */
export class Calls {
  readonly #parts: CallsParts;

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  /** A call with all that is known of it, judged anew; undefined where no leg of ours was in it. */
  async known(callChainId: string): Promise<KnownCall | undefined> {
    const legs = await this.#legs(callChainId);
    if (legs.length === 0) return undefined;
    const stored = await this.#parts.store.callRecord(callChainId);
    const judged: JudgedLeg[] = [];
    // One after another: a leg of hours is much to read.
    for (const { mediaLegId } of legs) judged.push(await this.#judged(mediaLegId, stored, legs));
    return { callChainId, legs: judged, ...(stored && { callRecord: stored }) };
  }

  /** What of a record may be kept: of others than the bot only figures, unless the configuration says so. */
  async keep(record: CallRecord, callChainId: string): Promise<CallRecord> {
    if (this.#parts.config().privacy.keepParticipants) return record;
    return keptRecord(record, await this.#legs(callChainId), this.#applicationIds());
  }

  /** Graph has told more of a call, or that it never will: the verdicts that lie with its ended legs are made anew. */
  async judgeAgain(callChainId: string): Promise<void> {
    const stored = await this.#parts.store.callRecord(callChainId);
    const legs = await this.#legs(callChainId);
    for (const { mediaLegId, state } of legs) {
      if (state !== 'ended') continue;
      try {
        await this.#write(mediaLegId, stored, legs);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#parts.log.warn({ leg: mediaLegId, call: callChainId, reason }, 'the verdict in lists is not the newest');
      }
    }
  }

  async #write(mediaLegId: string, stored: StoredRecord | undefined, legs: readonly Leg[]): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        const { leg: before, verdict } = await this.#judged(mediaLegId, stored, legs);
        if (verdict === undefined) return;
        const leg = { ...before, verdict };
        if (await this.#parts.store.putLeg(leg, before.revision)) return this.#parts.judged?.(leg);
      } catch (error) {
        if (tries >= TRIES) throw error;
      }
      if (tries >= TRIES) return;
      await sleep(PAUSE_MILLIS);
    }
  }

  async #judged(mediaLegId: string, stored: StoredRecord | undefined, legs: readonly Leg[]): Promise<JudgedLeg> {
    const others = legs.filter((other) => other.mediaLegId !== mediaLegId).map(matched);
    const by = (leg: Leg): JudgedBy => ({
      record: { state: this.#state(leg, stored), ...(stored?.record && { record: stored.record }) },
      applicationIds: this.#applicationIds(),
      thresholds: this.#parts.config().verdict.thresholds,
      others,
    });
    const long = await this.#parts.judgedLong?.(mediaLegId, by);
    if (long !== undefined) return long;
    const view = await this.#parts.view(mediaLegId);
    return judgedLeg(view, by(view.leg));
  }

  #state(leg: Leg, stored: StoredRecord | undefined): RecordState {
    if (stored !== undefined) return stored.state;
    const isAwaited = this.#parts.config().callRecords.enabled && leg.delivery.state === 'waiting';
    return isAwaited ? 'waiting' : 'off';
  }

  #legs(callChainId: string): Promise<readonly Leg[]> {
    return legsOfCall({ list: (query) => this.#parts.store.legs(query) }, callChainId);
  }

  /** The bot's: the application that posts. */
  #applicationIds(): readonly string[] {
    const { auth } = this.#parts.config().graph;
    return auth.kind === 'none' ? [] : [auth.clientId];
  }
}
