import type { TokenProvider } from './tokens.ts';

/** `graph.auth.kind: none`: Graph is asked without a token. Apart from tokens.ts, which loads MSAL. */
export const noTokens: TokenProvider = { token: async () => undefined };
