import { z } from 'zod';
import { readBaseUrl } from '../value/base-url.ts';
import { type SecretContext, secretFile } from '../value/secret.ts';
import { textValue } from '../value/text-value.ts';

const ANALYTICS = 'https://analytics.webexapis.com';
const TOKENS = 'https://webexapis.com/v1/access_token';

const refresh = (context: SecretContext) =>
  z.strictObject({
    tokenUrl: textValue({ read: readBaseUrl(TOKENS), write: String })
      .prefault(TOKENS)
      .describe('Where an access token is had for the refresh token.'),
    clientId: z
      .string()
      .trim()
      .min(1, { error: 'must not be empty' })
      .describe('Of the Webex integration or service app.'),
    clientSecret: secretFile(context).describe('File with its secret, or a reference to it.'),
    refreshToken: secretFile(context).describe('File with its refresh token, or a reference to it.'),
  });

/** Legs that Webex measured: their figures are imported after the end. */
export function webex(context: SecretContext) {
  return z
    .strictObject({
      enabled: z
        .boolean()
        .prefault(false)
        .describe('Whether Webex is asked for what it measured of legs whose device has webex: true (docs/webex.md).'),
      baseUrl: textValue({ read: readBaseUrl(ANALYTICS), write: String })
        .prefault(ANALYTICS)
        .describe("Address of Webex' analytics; analytics-eu., analytics-ca. and analytics.webexgov.us are others."),
      tokenFile: secretFile(context)
        .exactOptional()
        .describe('File with an access token of an administrator (analytics:read_all); read again for each request.'),
      refresh: refresh(context)
        .exactOptional()
        .describe('Instead of tokenFile: a refresh token, for which access tokens are had.'),
    })
    .refine(({ enabled, tokenFile, refresh: app }) => !enabled || (tokenFile === undefined) !== (app === undefined), {
      error: 'needs either tokenFile or refresh',
      params: { remedy: 'give it one of them' },
    });
}
