import {
  AuthError,
  type AuthenticationResult,
  ConfidentialClientApplication,
  type INetworkModule,
  LogLevel,
} from '@azure/msal-node';
import type { Clock } from '../model/clock.ts';
import type { OtherlegError } from '../model/error.ts';
import type { Cloud } from './clouds.ts';
import type { Credential, Proof } from './credential.ts';
import { unlessAborted } from './deadline.ts';
import { loginTransport } from './login-transport.ts';
import { redact } from './redact.ts';
import { tokenFailure } from './token-failure.ts';

/** What a token is asked for with. */
export type TokenAsk = {
  /** The token that Graph has just refused: it is not given again. */
  readonly refused?: string;
  readonly signal?: AbortSignal;
};

/** Tokens for Graph, one per tenant of the call. */
export interface TokenProvider {
  /** Undefined: no Authorization header. Rejects with OtherlegError TOKEN_REFUSED or TOKEN_UNREACHABLE. */
  token(tenantId: string, ask?: TokenAsk): Promise<string | undefined>;
}

/** Where MSAL's warnings go. */
export interface TokenLogger {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** How often the login host was asked, and how it went; `expiresAt` of the token that it gave last, epoch seconds. */
export type TokenCounts = { asked: number; refused: number; unreachable: number; expiresAt?: number };

/** The application that asks, and what it identifies itself with. */
export type MsalTokensOptions = {
  readonly cloud: Cloud;
  readonly clientId: string;
  readonly credential: Credential;
  readonly clock: Clock;
  readonly logger: TokenLogger;
  /** By axios to the real authority unless given; tests put a loopback login host here. */
  readonly transport?: INetworkModule;
  readonly counts?: TokenCounts;
};

/** Tokens by MSAL's client credentials (RFC 6749, 4.4). */
export function msalTokens(options: MsalTokensOptions): TokenProvider {
  return new MsalTokens(options);
}

/** A refused tenant is asked again after this time, or at once with a new credential. Seconds. */
const REFUSAL_SECONDS = 30;

/** Beyond this a clock that goes back was set back. Seconds. */
const SET_BACK_SECONDS = 60;

type Held = { readonly token: string; readonly expiresAt: number };
type Refusal = { readonly error: OtherlegError; readonly until: number; readonly evidence: string };
type Application = { readonly version: string; readonly msal: ConfidentialClientApplication };

class MsalTokens implements TokenProvider {
  readonly #options: MsalTokensOptions;
  readonly #transport: INetworkModule;
  #application: Application | undefined;
  #lastAskedAt = Number.NEGATIVE_INFINITY;
  readonly #held = new Map<string, Held>();
  readonly #refusals = new Map<string, Refusal>();
  /** By tenant and kind: MSAL alone makes one request for each of ten callers. */
  readonly #flights = new Map<string, Promise<string>>();

  constructor(options: MsalTokensOptions) {
    this.#options = options;
    this.#transport = options.transport ?? loginTransport();
  }

  token(tenantId: string, { refused, signal }: TokenAsk = {}): Promise<string> {
    // Of many reports that were refused with one token only the first renews; the others find the new one.
    const renew = refused !== undefined && (this.#held.get(tenantId)?.token ?? refused) === refused;
    const key = `${renew ? 'renewed' : 'any'} ${tenantId}`;
    const flight = this.#flights.get(key) ?? this.#acquire(tenantId, renew).finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return unlessAborted(flight, signal);
  }

  async #acquire(tenantId: string, renew: boolean): Promise<string> {
    this.#heedClock();
    try {
      const held = await this.#ask(tenantId, await this.#options.credential.proof(), renew);
      this.#held.set(tenantId, held);
      return held.token;
    } catch (error) {
      // MSAL renews before a token ends: while that fails, the one at hand still serves.
      const held = this.#held.get(tenantId);
      if (!renew && held !== undefined && held.expiresAt > this.#options.clock.now()) return held.token;
      throw error;
    }
  }

  /** What was got and refused while the clock was ahead would count for as long as it was: it is forgotten. */
  #heedClock(): void {
    const now = this.#options.clock.now();
    if (now < this.#lastAskedAt - SET_BACK_SECONDS) {
      this.#application = undefined;
      this.#held.clear();
      this.#refusals.clear();
    }
    this.#lastAskedAt = now;
  }

  async #ask(tenantId: string, proof: Proof, renew: boolean): Promise<Held> {
    const { cloud, clientId, clock, logger, credential } = this.#options;
    const { evidence, secrets } = proof;
    const refusal = this.#refusals.get(tenantId);
    if (refusal?.evidence === evidence && clock.now() < refusal.until) throw refusal.error;
    const authority = `${cloud.authority}/${encodeURIComponent(tenantId)}`;
    try {
      const ask = { scopes: [cloud.scope], authority, skipCache: renew };
      const result = await this.#msal(proof).acquireTokenByClientCredential(ask);
      const held = holding(result);
      if (result?.fromCache !== true) this.#count('given', held.expiresAt);
      return held;
    } catch (cause) {
      const applicant = { authority: cloud.authority, tenantId, clientId, kind: credential.kind };
      const error = tokenFailure(cause, applicant, secrets);
      this.#count(error.code === 'TOKEN_REFUSED' ? 'refused' : 'unreachable');
      const until = clock.now() + REFUSAL_SECONDS;
      if (error.code === 'TOKEN_REFUSED') this.#refusals.set(tenantId, { error, until, evidence });
      logger.warn({ op: 'token', tenant: tenantId, code: error.code, hint: error.hint }, error.message);
      throw error;
    }
  }

  #count(outcome: 'given' | 'refused' | 'unreachable', expiresAt?: number): void {
    const { counts } = this.#options;
    if (counts === undefined) return;
    counts.asked += 1;
    if (outcome !== 'given') counts[outcome] += 1;
    if (expiresAt !== undefined) counts.expiresAt = expiresAt;
  }

  /** One instance, and so one cache, per version of the credential. */
  #msal({ version, auth, secrets }: Proof): ConfidentialClientApplication {
    if (this.#application?.version === version) return this.#application.msal;
    const { clientId, cloud, logger } = this.#options;
    const msal = new ConfidentialClientApplication({
      auth: { clientId, ...auth, authority: `${cloud.authority}/organizations` },
      system: {
        networkClient: this.#transport,
        loggerOptions: {
          logLevel: LogLevel.Warning,
          piiLoggingEnabled: false,
          loggerCallback: (_level, message, containsPii) => {
            if (!containsPii) logger.debug({ op: 'msal' }, redact(message, secrets));
          },
        },
      },
    });
    this.#application = { version, msal };
    return msal;
  }
}

function holding(result: AuthenticationResult | null): Held {
  // A 200 without a token: whatever answered, it was not the login host.
  if (!result?.accessToken) throw new AuthError('network_error', '', 'the answer holds no token');
  return { token: result.accessToken, expiresAt: (result.expiresOn?.getTime() ?? 0) / 1000 };
}
