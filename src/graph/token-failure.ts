import { AuthError, InteractionRequiredAuthError, ServerError } from '@azure/msal-node';
import { OtherlegError } from '../model/error.ts';
import { oneLine, redact } from './redact.ts';
import { type Applicant, tokenRemedy } from './remedies.ts';

/**
 * Why there is no token: TOKEN_REFUSED where only a person can change it, TOKEN_UNREACHABLE where waiting can.
 * MSAL's error is not kept as the cause: its text may hold what the login host echoed.
 */
export function tokenFailure(error: unknown, applicant: Applicant, secrets: readonly string[]): OtherlegError {
  if (error instanceof OtherlegError) return error;
  const { errorCode, errorMessage } =
    error instanceof AuthError ? error : { errorCode: '', errorMessage: String(error) };
  // Redacted before it is cut: half a secret would no longer be found.
  const reason = oneLine(redact(`${errorCode} ${described(errorMessage)}`, secrets));
  if (!isRefusal(error)) {
    return new OtherlegError('TOKEN_UNREACHABLE', `no token for tenant ${applicant.tenantId}: ${reason}`, {
      hint: `Check that this host reaches ${applicant.authority} (DNS, firewall, https_proxy).`,
    });
  }
  return new OtherlegError('TOKEN_REFUSED', `token for tenant ${applicant.tenantId} refused: ${reason}`, {
    hint: tokenRemedy(errorCode, errorMessage, applicant),
  });
}

/** The description alone: MSAL wraps it into numbers and ids that change with every attempt. */
const described = (message: string) =>
  /Description: (.*?)(?: Trace ID:| - Correlation ID:|$)/s.exec(message)?.[1] ?? message;

function isRefusal(error: unknown): boolean {
  if (error instanceof InteractionRequiredAuthError) return true;
  if (error instanceof ServerError) {
    // Without a status MSAL refuses on its own for as long as the login host's Retry-After.
    const { status } = error;
    return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
  }
  // What MSAL finds wrong before it asks (a tenant named `common`), other than the network.
  return error instanceof AuthError && error.errorCode !== 'network_error';
}
