import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { Rounds } from '../delivery/rounds.ts';
import { retryAfterSeconds } from '../graph/retry-after.ts';
import type { SourceState } from '../http/http.ts';
import { awaitsImport, WEBEX_IMPORT } from '../leg/awaited-import.ts';
import type { LegsParts } from '../leg/legs-parts.ts';
import type { Clock } from '../model/clock.ts';
import type { Leg } from '../model/leg.ts';
import type { Imported } from '../source/webex/imported.ts';
import { WebexClient } from '../source/webex/webex-client.ts';
import { WebexSource } from '../source/webex/webex-source.ts';
import { type WebexAuth, WebexTokens } from '../source/webex/webex-tokens.ts';
import type { Store } from '../store/store.ts';
import type { MetricFacts } from './metric-facts.ts';

export type WebexImportParts = {
  readonly store: Pick<Store, 'leg' | 'waitingFor'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the wait of a leg. */
  readonly imported: (mediaLegId: string, quality: Imported | undefined) => Promise<Leg | undefined>;
  /** A leg of a call has figures now: Graph's record of the call may be there before them. */
  readonly judgeAgain: (callChainId: string) => Promise<void>;
};

const REMEDY =
  'legs wait, and Webex is asked again; look at webex.tokenFile or webex.refresh and at the way to webex.baseUrl (docs/webex.md)';

/** Longest time of one request to Webex. Seconds. */
const TIMEOUT_SECONDS = 30;

/** The import of what Webex measured, where that is on; otherwise legs that still wait for it go without. */
export class WebexImport {
  readonly #config: Config;
  readonly #parts: WebexImportParts;
  readonly #source: WebexSource | undefined;
  readonly #rounds: Rounds | undefined;

  constructor(config: Config, parts: WebexImportParts) {
    this.#config = config;
    this.#parts = parts;
    const client = clientOf(config, parts.clock);
    if (client === undefined) return;
    const source = new WebexSource({
      client,
      now: () => parts.clock.now(),
      waiting: async (mediaLegId) => {
        const leg = await parts.store.leg({ mediaLegId });
        return leg !== undefined && awaitsImport(leg) ? leg : undefined;
      },
      deliver: (mediaLegId, quality) => this.#deliver(mediaLegId, quality),
      log: parts.log,
    });
    this.#source = source;
    this.#rounds = new Rounds({
      clock: parts.clock,
      look: () => source.askDue(),
      setBack: async (seconds) => {
        // What waited when the agent last ran was put in by the clock as it is.
        if (Number.isFinite(seconds)) source.setBack(seconds);
      },
      failed: (err) => parts.log.warn({ err }, 'Webex could not be asked; it is asked again'),
    });
  }

  /** What the legs have to know of it. */
  legsParts(): Pick<LegsParts, 'imports'> {
    const source = this.#source;
    if (source === undefined) return {};
    const onAwaited = (leg: Leg): void => {
      source.await(leg);
      this.sweep();
    };
    return { imports: { onAwaited } };
  }

  /** Takes up what waited when the agent last ran. */
  async start(): Promise<void> {
    const { store, log } = this.#parts;
    const waiting = (await store.waitingFor?.(this.#config.agent.name, WEBEX_IMPORT)) ?? [];
    if (waiting.length > 0) log.info({ legs: waiting.length }, 'legs wait for what Webex measured');
    for (const leg of waiting) {
      if (this.#source === undefined) await this.#without(leg);
      else this.#source.await(leg);
    }
    this.#rounds?.start();
  }

  /** Webex is asked no more: what waits for it goes as it is. */
  async #without({ mediaLegId }: Leg): Promise<void> {
    try {
      await this.#parts.imported(mediaLegId, undefined);
    } catch (err) {
      this.#parts.log.warn({ leg: mediaLegId, err }, 'a leg waits for Webex until the next start, although it is off');
    }
  }

  /** Looks what is due. */
  sweep(): void {
    this.#rounds?.wake();
  }

  async stop(): Promise<void> {
    await this.#rounds?.stop();
  }

  /** For operators. */
  detail(): object {
    const source = this.#source;
    return source === undefined ? {} : { webex: { waiting: source.waitingCount, ...source.counters } };
  }

  /** As one of the sources. */
  state(): SourceState {
    const source = this.#source;
    if (source === undefined) return { kind: 'webex', state: 'off' };
    const counters = { waiting: source.waitingCount, ...source.counters };
    const { trouble } = source;
    if (trouble === undefined) return { kind: 'webex', state: 'running', counters };
    return { kind: 'webex', state: 'failed', reason: trouble, remedy: REMEDY, counters };
  }

  /** For metrics; undefined where it is off. */
  facts(): MetricFacts['webex'] {
    const source = this.#source;
    return source && { waiting: source.waitingCount, ...source.counters };
  }

  async #deliver(mediaLegId: string, quality: Imported | undefined): Promise<void> {
    const leg = await this.#parts.imported(mediaLegId, quality);
    const callChainId = leg?.control.callChainId;
    if (callChainId !== undefined && this.#config.callRecords.enabled) await this.#parts.judgeAgain(callChainId);
  }
}

function clientOf({ webex, delivery }: Config, clock: Clock): WebexClient | undefined {
  const auth = authOf(webex);
  if (!webex.enabled || auth === undefined) return undefined;
  const tokens = new WebexTokens(auth, { now: () => clock.now(), timeoutSeconds: TIMEOUT_SECONDS });
  return new WebexClient({
    baseUrl: webex.baseUrl,
    userAgent: delivery.userAgent,
    token: (refused) => tokens.token(refused),
    retryAfter: (header, date) => retryAfterSeconds(header, date, clock.now()),
    timeoutSeconds: TIMEOUT_SECONDS,
  });
}

function authOf({ tokenFile, refresh }: Config['webex']): WebexAuth | undefined {
  if (tokenFile !== undefined) return { token: () => tokenFile.reveal() };
  if (refresh === undefined) return undefined;
  const { tokenUrl, clientId, clientSecret, refreshToken } = refresh;
  return { tokenUrl, clientId, clientSecret: () => clientSecret.reveal(), refreshToken: () => refreshToken.reveal() };
}
