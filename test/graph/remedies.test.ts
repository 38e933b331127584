import { describe, expect, it } from 'vitest';
import { graphRemedy, tokenRemedy } from '../../src/graph/remedies.ts';

describe('graphRemedy', () => {
  it.each([
    [403, '7503', 'Teams channel with Calling'],
    [403, '7504', 'admin consent'],
    [403, '7505', 'tenantId of the call'],
    [403, 'Forbidden', 'Calls.AccessMedia.All'],
    [404, undefined, 'graph.cloud'],
    [401, 'InvalidAuthenticationToken', 'does not take the token'],
  ])('%i %s', (status, code, want) => {
    expect(graphRemedy(status, code)).toContain(want);
  });

  it('is silent where waiting is all there is to do', () => {
    expect(graphRemedy(503, 'ServiceUnavailable')).toBeUndefined();
  });
});

describe('tokenRemedy', () => {
  const applicant = { authority: 'https://login.microsoftonline.com', tenantId: 'the-tenant', clientId: 'the-app' };
  const consent = 'https://login.microsoftonline.com/the-tenant/adminconsent?client_id=the-app';
  it.each([
    ['unauthorized_client', 'AADSTS700016: Application with identifier not found in the directory', consent],
    ['invalid_grant', 'AADSTS65001: The user or administrator has not consented', consent],
    ['invalid_client', 'AADSTS7000229: The client application is missing service principal', consent],
    ['invalid_resource', 'AADSTS500011: The resource principal was not found', consent],
    ['consent_required', 'no number', consent],
    ['unauthorized_client', 'no number', consent],
    ['invalid_client', 'AADSTS7000215: Invalid client secret provided', 'its Value (not its Secret ID)'],
    ['invalid_client', 'no number', 'its Value (not its Secret ID)'],
    ['invalid_client', 'AADSTS7000222: The provided client secret keys are expired', 'has expired'],
    ['unauthorized_client', 'AADSTS7000112: Application is disabled', 'enable it'],
    ['invalid_request', 'AADSTS90002: Tenant not found', 'the-tenant is the tenant of the call'],
    ['invalid_request', 'AADSTS900023: not a valid tenant identifier', 'graph.cloud is its cloud'],
    ['access_denied', 'AADSTS53003: blocked by Conditional Access', 'Conditional Access'],
    ['invalid_request', 'AADSTS1: something new', 'graph.auth.clientId (the-app)'],
  ])('%s %s', (error, description, want) => {
    expect(tokenRemedy(error, description, applicant)).toContain(want);
  });
});
