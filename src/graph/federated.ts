import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { OtherlegError } from '../model/error.ts';
import type { Credential } from './credential.ts';

/** What MSAL tells of the request that an assertion is for. */
export type AssertionRequest = { readonly clientId: string; readonly tokenEndpoint?: string };

/** A token of somebody whom the app registration trusts (a federated credential), asked for with each token request. */
export type AssertionSource = {
  assertion(): Promise<string>;
};

/**
 * The application is known by what another issuer says of it: a projected service account token of Kubernetes, or a
 * managed identity. No secret of its own is stored anywhere.
 */
export function federatedCredential(source: AssertionSource): Credential {
  return {
    kind: 'federated',
    proof: async () => {
      // Whoever issues it caches it, so that asking for each use costs nothing.
      const assertion = await source.assertion();
      const clientAssertion = () => source.assertion();
      // The assertion is renewed every few minutes: tokens got with the one before stay good.
      const evidence = createHash('sha256').update(assertion).digest('hex');
      return { auth: { clientAssertion }, version: 'federated', evidence, secrets: [assertion] };
    },
  };
}

/** The token file that Kubernetes projects and replaces well before its end; read anew each time. */
export function projectedToken(path: string): AssertionSource {
  const hint = `Check that ${path} is a projected service account token with audience api://AzureADTokenExchange.`;
  return {
    assertion: async () => {
      const text = await readFile(path, 'utf8').catch((cause: unknown) => {
        throw new OtherlegError('TOKEN_REFUSED', 'the federated token file cannot be read', { hint, cause });
      });
      const token = text.trim();
      if (token === '') throw new OtherlegError('TOKEN_REFUSED', 'the federated token file is empty', { hint });
      return token;
    },
  };
}
