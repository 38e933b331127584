import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelId } from '../model/channel.ts';
import type { RtcStatsReport } from '../model/rtc-stats.ts';
import { ControlClient } from './control-client.ts';
import { ControlError } from './control-error.ts';
import { describedChannels, type Roles, withoutSecrets } from './described-channels.ts';
import { joinPatches } from './leg-patch.ts';
import type { EndAnswer, LegPatch } from './shapes.ts';
import { type StatsResult, slimStats } from './slim-stats.ts';

const STATS_SECONDS = 2;
const LONGEST_PAUSE_SECONDS = 5;

/** What is needed of a peer connection: any object that has W3C statistics will do; descriptions are used if there. */
export type WatchablePeerConnection = {
  getStats(): Promise<StatsResult>;
  readonly localDescription?: { readonly sdp?: string } | null;
  readonly remoteDescription?: { readonly sdp?: string } | null;
};

/** The leg as it begins. `mediaLegId` is a GUID that the gateway chooses, one for each leg. */
export type WatchedLeg = LegPatch & { readonly mediaLegId: string };

export type WatchOptions = {
  /** The agent's address, or a client for it. */
  readonly agent: ControlClient | string;
  /** Between two samples; 5 s if absent, which is the agent's own slot. */
  readonly intervalSeconds?: number;
  /** What a media description is, by its mid, where audio or video does not say it: `{'2': 'screenSharing'}`. */
  readonly channels?: Roles;
  /** How long `end` goes on while the agent cannot be reached; 60 s if absent. */
  readonly endSeconds?: number;
  /** Told of everything that went wrong. The watch goes on; what passes is made up for. */
  readonly onError?: (error: Error) => void;
};

/** A leg that is being watched. None of its methods throws or rejects. */
export interface LegWatch {
  readonly mediaLegId: string;
  /** Tells the agent what changed: identifiers after an escalation or after the end, channels that were enabled. */
  update(patch: LegPatch): void;
  /** Sends a last sample and ends the leg. Call it before closing the connection. Undefined: the agent did not answer. */
  end(reason?: string): Promise<EndAnswer | undefined>;
  /** Stops watching without ending the leg. */
  stop(): void;
}

/**
 * Tells the agent of a leg and hands it the statistics of its peer connection until `end` or `stop`. While the agent is
 * away nothing piles up: counters are cumulative, so the newest sample makes up for those that were missed.
 */
export function watchPeerConnection(
  connection: WatchablePeerConnection,
  leg: WatchedLeg,
  options: WatchOptions,
): LegWatch {
  return new Watch(connection, leg, options);
}

class Watch implements LegWatch {
  readonly mediaLegId: string;
  readonly #connection: WatchablePeerConnection;
  readonly #options: WatchOptions;
  readonly #client: ControlClient;
  readonly #intervalMillis: number;
  readonly #timer: NodeJS.Timeout;
  readonly #known = new Map<string, ChannelId>();
  /** Everything that was ever told, for an agent that does not know the leg, and what this one was not told yet. */
  #told: LegPatch;
  #untold: LegPatch | undefined;
  #described = '';
  #begun = false;
  #stopped = false;
  #turn: Promise<void> | undefined;
  #ending: Promise<EndAnswer | undefined> | undefined;

  constructor(connection: WatchablePeerConnection, { mediaLegId, ...begin }: WatchedLeg, options: WatchOptions) {
    this.mediaLegId = mediaLegId;
    this.#connection = connection;
    this.#options = options;
    this.#client = typeof options.agent === 'string' ? new ControlClient(options.agent) : options.agent;
    this.#told = { startedAt: rfc3339Now(), ...begin };
    this.#untold = this.#told;
    this.#intervalMillis = (options.intervalSeconds ?? 5) * 1000;
    this.#timer = setInterval(() => this.#sample(), this.#intervalMillis);
    this.#timer.unref();
    this.#sample();
  }

  update(patch: LegPatch): void {
    this.#note(patch);
    // A turn that is under way may have told what it had already.
    if (this.#turn === undefined) this.#sample();
    else this.#turn.then(() => this.#sample());
  }

  end(reason?: string): Promise<EndAnswer | undefined> {
    this.#ending ??= this.#end(reason);
    return this.#ending;
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  /** One turn at a time: an agent that hangs must not gather requests. */
  #sample(): void {
    this.#turn ??= this.#takeTurn()
      .catch((error: unknown) => this.#report(error))
      .finally(() => {
        this.#turn = undefined;
        // After the end nothing ticks any more, but what came late still has to reach the agent.
        const isOwed = this.#ending !== undefined && this.#untold !== undefined;
        if (isOwed) setTimeout(() => this.#sample(), this.#intervalMillis).unref();
      });
  }

  async #takeTurn(): Promise<void> {
    if (!this.#stopped) this.#describe();
    await this.#tell();
    if (!this.#stopped) await this.#client.postStats(this.mediaLegId, await this.#stats());
  }

  async #end(reason: string | undefined): Promise<EndAnswer | undefined> {
    this.stop();
    await this.#turn;
    const sample = await this.#stats().catch((error: unknown) => this.#report(error));
    const endedAt = rfc3339Now();
    const deadline = performance.now() + (this.#options.endSeconds ?? 60) * 1000;
    for (let pause = 0.5; ; pause = Math.min(2 * pause, LONGEST_PAUSE_SECONDS)) {
      try {
        return await this.#finish(sample, { endedAt, ...(reason === undefined ? {} : { reason }) });
      } catch (error) {
        this.#report(error);
        if (!isPassing(error) || performance.now() + pause * 1000 > deadline) return undefined;
      }
      await sleep(pause * 1000);
    }
  }

  async #finish(sample: RtcStatsReport | undefined, end: { endedAt: string; reason?: string }): Promise<EndAnswer> {
    await this.#tell();
    if (sample !== undefined) {
      try {
        await this.#client.postStats(this.mediaLegId, sample);
      } catch (error) {
        // A sample that is refused must not keep the leg from ending.
        if (isPassing(error)) throw error;
        this.#report(error);
      }
    }
    return await this.#client.end(this.mediaLegId, end);
  }

  async #tell(): Promise<void> {
    const patch = this.#untold;
    if (patch === undefined) return;
    this.#untold = undefined;
    try {
      await this.#client.putLeg(this.mediaLegId, patch);
      this.#begun = true;
    } catch (error) {
      if (isPassing(error)) this.#untold = joinPatches(patch, this.#untold ?? {});
      throw error;
    }
  }

  #note(patch: LegPatch): void {
    const { at: _, ...lasting } = patch;
    this.#told = joinPatches(this.#told, lasting);
    // An agent that does not know the leg yet is told all of it, which holds from its begin; later changes hold from now.
    this.#untold = this.#begun ? joinPatches(this.#untold ?? {}, { at: rfc3339Now(), ...patch }) : this.#told;
  }

  /** Notes the descriptions when they are new or have changed. */
  #describe(): void {
    const { localDescription, remoteDescription } = this.#connection;
    const sdp = {
      ...(localDescription?.sdp === undefined ? {} : { local: withoutSecrets(localDescription.sdp) }),
      ...(remoteDescription?.sdp === undefined ? {} : { remote: withoutSecrets(remoteDescription.sdp) }),
    };
    const described = JSON.stringify(sdp);
    if (described === this.#described || described === '{}') return;
    this.#described = described;
    const roles = this.#options.channels;
    this.#note({ sdp, ...(roles === undefined ? {} : { channels: describedChannels(sdp, roles, this.#known) }) });
  }

  async #stats(): Promise<RtcStatsReport> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const reason = new Error(`getStats() did not answer within ${STATS_SECONDS} s`);
    const timer = setTimeout(() => reject(reason), STATS_SECONDS * 1000);
    try {
      return slimStats(await Promise.race([this.#connection.getStats(), late]), Date.now());
    } finally {
      clearTimeout(timer);
    }
  }

  #report(error: unknown): undefined {
    // An agent that came back without its store has to be told everything again.
    if (error instanceof ControlError && error.code === 'LEG_UNKNOWN') {
      this.#begun = false;
      this.#untold = this.#told;
    }
    try {
      this.#options.onError?.(error instanceof Error ? error : new Error(String(error)));
    } catch {
      // A faulty listener is no reason to stop measuring.
    }
    return undefined;
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof ControlError && (error.passing || error.code === 'LEG_UNKNOWN');

const rfc3339Now = (): string => new Date().toISOString();
