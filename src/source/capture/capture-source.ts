import type { Resume, Sink, Source } from '../../leg/leg.ts';
import type { Clock } from '../../model/clock.ts';
import { OtherlegError } from '../../model/error.ts';
import type { Leg, LegKey } from '../../model/leg.ts';
import type { CaptureEngine, EngineSight } from './capture-engine.ts';
import type { FromMeter, PushedRtcp } from './messages.ts';
import { OwnClock } from './own-clock.ts';

/** The end of a leg waits no longer for the capture's clock (design.md: order of an end). Milliseconds. */
const RELEASE_MILLIS = 500;
/** Slots are closed after looking: a thread that hangs must not hold them up. Milliseconds. */
const LOOK_MILLIS = 2000;

/** What reads and measures packets, in threads and processes of its own: `CaptureEngine`. */
export type Engine = Pick<CaptureEngine, 'start' | 'follow' | 'release' | 'rtcp' | 'look' | 'devices' | 'stop'>;

/** Calls that the wire's signalling shows, and streams that said goodbye. */
export type Found = Extract<FromMeter, { readonly kind: 'call' | 'bye' }>;

export type CaptureOptions = {
  /** Builds the engine; `on` is what it calls with everything it has to say. */
  readonly engine: (on: (message: FromMeter) => void) => Engine;
  readonly keysOf: (mediaLegId: string) => readonly LegKey[];
  readonly clock: Clock;
  readonly found: (message: Found) => void;
};

/** `since`: nothing before counts, own time in epoch seconds. */
type Followed = { readonly clock: OwnClock; since: number };

/** Measures legs by their packets, as they pass this host. */
export class CaptureSource implements Source {
  readonly kind = 'capture';
  readonly #sink: Sink;
  readonly #options: CaptureOptions;
  readonly #engine: Engine;
  /** The legs that are followed. */
  readonly #legs = new Map<string, Followed>();

  constructor(sink: Sink, options: CaptureOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#engine = options.engine((message) => this.#said(message));
  }

  /** Begins to capture. Does not fail for want of a tool or a right: `look` then says what is missing. */
  start(): void {
    this.#engine.start();
  }

  /** A leg that was measured before, by an agent that is gone or under another id, goes on from then. */
  follow(leg: Leg, resume?: Resume): void {
    const { mediaLegId, control, channels } = leg;
    const now = this.#options.clock.now();
    const followed = this.#legs.get(mediaLegId) ?? { clock: new OwnClock(leg), since: Number.NEGATIVE_INFINITY };
    this.#legs.set(mediaLegId, followed);
    followed.clock.follow(leg, now);
    if (resume !== undefined) followed.since = resume.at ?? followed.clock.own(now);
    const startedAt = followed.clock.earliestOf(Math.max(leg.startedAt, followed.since));
    this.#engine.follow({ mediaLegId, startedAt, control, channels, keys: this.#options.keysOf(mediaLegId) });
  }

  async release(mediaLegId: string, endedAt: number): Promise<void> {
    const followed = this.#legs.get(mediaLegId);
    if (followed === undefined) return;
    await within(RELEASE_MILLIS, this.#engine.release(mediaLegId, followed.clock.stampOf(endedAt)));
    this.#legs.delete(mediaLegId);
  }

  /** Takes clear RTCP compounds of a leg, as if they had been captured. Throws SOURCE_NOT_CONFIGURED if it is not followed. */
  pushRtcp(mediaLegId: string, compounds: readonly PushedRtcp[]): void {
    if (!this.#legs.has(mediaLegId)) {
      throw new OtherlegError('SOURCE_NOT_CONFIGURED', `leg ${mediaLegId} is not measured by capture`, {
        hint: 'leave sources out of PUT /v1/legs/{mediaLegId} and of its device, or name capture there',
      });
    }
    this.#engine.rtcp(mediaLegId, compounds);
  }

  /** What it sees now, and how its children are; undefined if the thread that reads does not answer. */
  look(): Promise<EngineSight | undefined> {
    return within(LOOK_MILLIS, this.#engine.look());
  }

  /** Takes the devices' networks as they are configured now. */
  devices(networks: readonly string[]): void {
    this.#engine.devices(networks);
  }

  /** Ends capturing; nothing is measured from then on. */
  async stop(): Promise<void> {
    await this.#engine.stop();
  }

  #said(message: FromMeter): void {
    if (message.kind === 'call' || message.kind === 'bye') this.#options.found(message);
    if (message.kind !== 'measured') return;
    const { mediaLegId, streams } = message;
    const clock = this.#legs.get(mediaLegId)?.clock;
    const intervals = clock?.put(message.intervals, this.#options.clock.now()) ?? message.intervals;
    this.#sink.measured({ mediaLegId, streams, intervals });
  }
}

/** What the work results in; undefined if it fails, or takes longer. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  const result = await Promise.race([work.catch(() => undefined), promise]);
  clearTimeout(timer);
  return result;
}
