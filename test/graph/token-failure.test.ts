import { AuthError, InteractionRequiredAuthError, ServerError } from '@azure/msal-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenFailure } from '../../src/graph/token-failure.ts';

const applicant = { authority: 'https://login.microsoftonline.com', tenantId: 'the-tenant', clientId: 'the-app' };
const server = (status: number | undefined, message = 'words') =>
  new ServerError('some_error', '', message, '', '', status);

describe('tokenFailure', () => {
  it.each([
    ['400', server(400), 'TOKEN_REFUSED'],
    ['401', server(401), 'TOKEN_REFUSED'],
    ['499', server(499), 'TOKEN_REFUSED'],
    ['408', server(408), 'TOKEN_UNREACHABLE'],
    ['429', server(429), 'TOKEN_UNREACHABLE'],
    ['500', server(500), 'TOKEN_UNREACHABLE'],
    ['302', server(302), 'TOKEN_UNREACHABLE'],
    ['a block of MSAL itself, which has no status', server(undefined), 'TOKEN_UNREACHABLE'],
    ['missing consent', new InteractionRequiredAuthError('invalid_grant', '', 'words'), 'TOKEN_REFUSED'],
    ['the network', new AuthError('network_error', '', 'words'), 'TOKEN_UNREACHABLE'],
    ['a tenant that is none', new AuthError('missing_tenant_id_error', '', 'words'), 'TOKEN_REFUSED'],
    ['a surprise', new Error('words'), 'TOKEN_UNREACHABLE'],
  ])('%s', (_name, error, code) => {
    const failure = tokenFailure(error, applicant, []);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(/the-tenant.*words$/) });
    expect(failure.hint).not.toBe('');
    expect(failure.cause).toBeUndefined();
  });

  it("shows the description only, not MSAL's wrapping that changes each time", () => {
    const message =
      'Error(s): 7000215 - Timestamp: 2026-11-21 - Description: AADSTS7000215: Invalid. Trace ID: 1 Correlation ID: 2 - Correlation ID: 2 - Trace ID: 1';
    const want = 'token for tenant the-tenant refused: some_error AADSTS7000215: Invalid.';
    expect(tokenFailure(server(401, message), applicant, []).message).toBe(want);
  });

  it('shows no part of a secret, wherever the message is cut', () => {
    fc.assert(
      fc.property(fc.nat(600), (length) => {
        const { message } = tokenFailure(server(401, `${'x'.repeat(length)}S3cret~value`), applicant, ['S3cret~value']);
        expect(message).not.toContain('S3');
      }),
    );
  });
});
