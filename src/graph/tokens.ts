import {
  AuthError,
  type AuthenticationResult,
  ConfidentialClientApplication,
  type INetworkModule,
  LogLevel,
} from '@azure/msal-node';
import type { Clock } from '../model/clock.ts';
import { OtherlegError } from '../model/error.ts';
import type { Cloud } from './clouds.ts';
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

/** An application that identifies itself by a client secret. */
export type MsalTokensOptions = {
  readonly cloud: Cloud;
  readonly clientId: string;
  /** Reveals the newest secret; called before each use, so that a replaced one is taken up. */
  readonly secret: () => string | Promise<string>;
  readonly clock: Clock;
  readonly logger: TokenLogger;
  /** By axios to the real authority unless given; tests put a loopback login host here. */
  readonly transport?: INetworkModule;
};

/** Tokens by MSAL's client credentials (RFC 6749, 4.4). */
export function msalTokens(options: MsalTokensOptions): TokenProvider {
  return new MsalTokens(options);
}

/** A refused tenant is asked again after this time, or at once with a new secret. Seconds. */
const REFUSAL_SECONDS = 30;

type Held = { readonly token: string; readonly expiresAt: number };
type Refusal = { readonly error: OtherlegError; readonly until: number; readonly secret: string };

class MsalTokens implements TokenProvider {
  readonly #options: MsalTokensOptions;
  readonly #transport: INetworkModule;
  #application: { readonly secret: string; readonly msal: ConfidentialClientApplication } | undefined;
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
    try {
      const held = await this.#ask(tenantId, await this.#reveal(), renew);
      this.#held.set(tenantId, held);
      return held.token;
    } catch (error) {
      // MSAL renews before a token ends: while that fails, the one at hand still serves.
      const held = this.#held.get(tenantId);
      if (!renew && held !== undefined && held.expiresAt > this.#options.clock.now()) return held.token;
      throw error;
    }
  }

  async #ask(tenantId: string, secret: string, renew: boolean): Promise<Held> {
    const { cloud, clientId, clock, logger } = this.#options;
    const refusal = this.#refusals.get(tenantId);
    if (refusal?.secret === secret && clock.now() < refusal.until) throw refusal.error;
    const authority = `${cloud.authority}/${encodeURIComponent(tenantId)}`;
    try {
      const ask = { scopes: [cloud.scope], authority, skipCache: renew };
      return holding(await this.#msal(secret).acquireTokenByClientCredential(ask));
    } catch (cause) {
      const error = tokenFailure(cause, { authority: cloud.authority, tenantId, clientId }, [secret]);
      const until = clock.now() + REFUSAL_SECONDS;
      if (error.code === 'TOKEN_REFUSED') this.#refusals.set(tenantId, { error, until, secret });
      logger.warn({ op: 'token', tenant: tenantId, code: error.code, hint: error.hint }, error.message);
      throw error;
    }
  }

  async #reveal(): Promise<string> {
    const hint = 'Check the file, credential or variable that graph.auth names for the client secret.';
    try {
      const secret = await this.#options.secret();
      if (secret !== '') return secret;
    } catch (error) {
      throw new OtherlegError('TOKEN_REFUSED', 'the client secret cannot be read', { hint, cause: error });
    }
    throw new OtherlegError('TOKEN_REFUSED', 'the client secret is empty', { hint });
  }

  /** One instance, and so one cache, per secret. */
  #msal(secret: string): ConfidentialClientApplication {
    if (this.#application?.secret === secret) return this.#application.msal;
    const { clientId, cloud, logger } = this.#options;
    const msal = new ConfidentialClientApplication({
      auth: { clientId, clientSecret: secret, authority: `${cloud.authority}/organizations` },
      system: {
        networkClient: this.#transport,
        loggerOptions: {
          logLevel: LogLevel.Warning,
          piiLoggingEnabled: false,
          loggerCallback: (_level, message, containsPii) => {
            if (!containsPii) logger.debug({ op: 'msal' }, redact(message, [secret]));
          },
        },
      },
    });
    this.#application = { secret, msal };
    return msal;
  }
}

function holding(result: AuthenticationResult | null): Held {
  // A 200 without a token: whatever answered, it was not the login host.
  if (!result?.accessToken) throw new AuthError('network_error', '', 'the answer holds no token');
  return { token: result.accessToken, expiresAt: (result.expiresOn?.getTime() ?? 0) / 1000 };
}
