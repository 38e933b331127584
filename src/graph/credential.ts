import type { AssertionRequest } from './federated.ts';

/** By what MSAL identifies the application: exactly one of the three. */
export type ClientProof =
  | { readonly clientSecret: string }
  | { readonly clientCertificate: { readonly thumbprintSha256: string; readonly privateKey: string } }
  | { readonly clientAssertion: (request: AssertionRequest) => Promise<string> };

/** A credential as it is now. */
export type Proof = {
  readonly auth: ClientProof;
  /** Changes when the credential is replaced: tokens got with the one before are asked for anew. */
  readonly version: string;
  /** Changes when a refusal need not stand any longer. */
  readonly evidence: string;
  /** What no log and no error may hold. */
  readonly secrets: readonly string[];
};

/** What the application identifies itself with. */
export type Credential = {
  readonly kind: 'secret' | 'certificate' | 'federated';
  /** Read before each use, so that one replaced on disk is taken up. Rejects with OtherlegError TOKEN_REFUSED. */
  proof(): Promise<Proof>;
};
