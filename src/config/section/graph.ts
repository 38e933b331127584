import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { readBaseUrl } from '../value/base-url.ts';
import { guid } from '../value/guid.ts';
import { isLoopback } from '../value/loopback.ts';
import { REFERENCE_FORMS, type SecretContext, secret } from '../value/secret.ts';
import { type Refuse, textValue } from '../value/text-value.ts';

const tenantId = guid().describe('Tenant whose token is used where neither the leg nor its device names one.');

const none = z.strictObject({
  kind: z.literal('none').describe('none: no token is sent, for tests; only with a baseUrl on loopback.'),
  tenantId,
});

const clientId = guid().describe('Application (client) ID of the app that holds Calls.AccessMedia.All.');

const withSecret = (context: SecretContext) =>
  z.strictObject({
    kind: z.literal('secret').describe('secret: client credentials with a secret of the app registration.'),
    tenantId,
    clientId,
    clientSecret: secret(context).describe(`Reference to its secret: ${REFERENCE_FORMS}; never the secret itself.`),
  });

const withCertificate = (context: SecretContext) =>
  z.strictObject({
    kind: z
      .literal('certificate')
      .describe('certificate: client credentials with a certificate of the app registration.'),
    tenantId,
    clientId,
    certificate: secret(context).describe(
      `Reference to the certificate in PEM, with its RSA key unless privateKey names that: ${REFERENCE_FORMS}.`,
    ),
    privateKey: secret(context)
      .exactOptional()
      .describe('Reference to its RSA key in PEM, without a passphrase, where that is a file of its own.'),
  });

function readTokenFile(path: string, refuse: Refuse): string {
  return isAbsolute(path) ? path : refuse('needs an absolute path', 'write one like /var/run/secrets/tokens/otherleg');
}

function readIdentity(text: string, refuse: Refuse): string {
  if (text === 'system' || guid().safeParse(text).success) return text;
  return refuse('is neither system nor a client ID', 'write system, or the client ID of a user-assigned identity');
}

const withFederation = z
  .strictObject({
    kind: z
      .literal('federated')
      .describe('federated: what another issuer, whom the app registration trusts, says of us.'),
    tenantId,
    clientId,
    tokenFile: textValue({ read: readTokenFile, write: String })
      .exactOptional()
      .describe('File of a projected service account token (Kubernetes); read again with each token request.'),
    managedIdentity: textValue({ read: readIdentity, write: String })
      .exactOptional()
      .describe('Managed identity that stands for the app: system, or the client ID of a user-assigned one.'),
  })
  .refine((auth) => (auth.tokenFile === undefined) !== (auth.managedIdentity === undefined), {
    error: 'needs either tokenFile or managedIdentity',
    params: { remedy: 'name one of them' },
  });

/** Without a token nothing may leave this machine. A baseUrl that is wrong in itself has its own problem already. */
function noneOnlyOnLoopback({ baseUrl, auth }: { baseUrl?: unknown; auth?: unknown }): boolean {
  const isNone = typeof auth === 'object' && auth !== null && 'kind' in auth && auth.kind === 'none';
  if (!isNone) return true;
  if (typeof baseUrl === 'string' && URL.canParse(baseUrl)) return isLoopback(new URL(baseUrl).hostname);
  return baseUrl !== undefined;
}

/** Microsoft Graph: where, which version, and as whom. */
export function graph(context: SecretContext) {
  return z
    .strictObject({
      cloud: z
        .enum(['global', 'usgov', 'dod'])
        .prefault('global')
        .describe('global (also GCC), usgov (GCC High, L4) or dod (L5): hosts of Graph and of its tokens.'),
      apiVersion: z.enum(['v1.0', 'beta']).prefault('v1.0').describe('Version of Graph that reports go to.'),
      baseUrl: textValue({ read: readBaseUrl('https://graph.microsoft.com'), write: String })
        .exactOptional()
        .describe("Graph's address where it is not the cloud's own: a proxy, a stand-in; https unless on loopback."),
      auth: z
        .discriminatedUnion('kind', [withSecret(context), withCertificate(context), withFederation, none])
        .describe('As whom reports are posted.'),
    })
    .refine(noneOnlyOnLoopback, {
      error: 'none is allowed only with a baseUrl on loopback',
      path: ['auth', 'kind'],
      params: { remedy: 'use another kind, or set graph.baseUrl to a stand-in like http://127.0.0.1:9000' },
      when: ({ value }) => typeof value === 'object' && value !== null,
    });
}
