import axios from 'axios';
import { z } from 'zod';
import { isLoopback } from './link-header.ts';

/** Where a token comes from: a file that somebody else renews, or a refresh token of an integration or service app. */
export type WebexAuth =
  | { readonly token: () => string }
  | {
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: () => string;
      readonly refreshToken: () => string;
    };

export type TokenParts = {
  /** Epoch seconds. */
  readonly now: () => number;
  readonly timeoutSeconds: number;
};

/** A token, or why there is none. */
export type TokenResult = { readonly token: string } | { readonly refused: string };

/** An access token is used no longer than until so long before its end. Seconds. */
const MARGIN = 300;
/** Where the answer does not say how long it lives. Seconds. */
const SHORT_LIFE = 3600;
const LONGEST_ANSWER = 65_536;

const answer = z.looseObject({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
  refresh_token: z.string().min(1).optional().catch(undefined),
});

/** The administrator's token for Webex; several that ask at once share one renewal. Never rejects. */
export class WebexTokens {
  readonly #auth: WebexAuth;
  readonly #parts: TokenParts;
  #held: { readonly token: string; readonly until: number } | undefined;
  /** Webex may hand out a new one with each renewal; `of` is the one of the file that it came from. */
  #renewed: { readonly of: string; readonly token: string } | undefined;
  #asking: Promise<TokenResult> | undefined;

  constructor(auth: WebexAuth, parts: TokenParts) {
    this.#auth = auth;
    this.#parts = parts;
  }

  /** `refused`: the one that Webex did not take; not answered again unless it is all there is. */
  async token(refused?: string): Promise<TokenResult> {
    const auth = this.#auth;
    if ('token' in auth) return fromFile(auth.token);
    const held = this.#held;
    if (held !== undefined && held.token !== refused && this.#parts.now() < held.until) return { token: held.token };
    this.#asking ??= this.#refresh(auth).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #refresh(auth: Exclude<WebexAuth, { token: () => string }>): Promise<TokenResult> {
    try {
      const own = auth.refreshToken();
      const form = new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: auth.clientId,
        client_secret: auth.clientSecret(),
        refresh_token: this.#renewed?.of === own ? this.#renewed.token : own,
      });
      const { status, data } = await axios.post<unknown>(auth.tokenUrl, form, {
        timeout: this.#parts.timeoutSeconds * 1000,
        signal: AbortSignal.timeout(this.#parts.timeoutSeconds * 1000),
        maxContentLength: LONGEST_ANSWER,
        maxRedirects: 0,
        ...(isLoopback(auth.tokenUrl) && { proxy: false as const }),
        validateStatus: () => true,
      });
      const read = answer.safeParse(data);
      if (status !== 200 || !read.success) return { refused: `${status} from ${new URL(auth.tokenUrl).host}` };
      const { access_token: token, expires_in = SHORT_LIFE, refresh_token } = read.data;
      if (refresh_token !== undefined) this.#renewed = { of: own, token: refresh_token };
      this.#held = { token, until: this.#parts.now() + Math.max(0, expires_in - MARGIN) };
      return { token };
    } catch (error) {
      return { refused: reasonOf(error) };
    }
  }
}

function fromFile(read: () => string): TokenResult {
  try {
    return { token: read().trim() };
  } catch (error) {
    return { refused: reasonOf(error) };
  }
}

/** An error of axios holds the request with its secrets: only its code is told. */
const reasonOf = (error: unknown): string =>
  (axios.isAxiosError(error) ? error.code : undefined) ?? (error instanceof Error ? error.name : 'unknown');
