import {
  AuthError,
  type INetworkModule,
  LogLevel,
  ManagedIdentityApplication,
  type ManagedIdentityConfiguration,
  ServerError,
} from '@azure/msal-node';
import { OtherlegError } from '../model/error.ts';
import type { CloudName } from './clouds.ts';
import type { AssertionSource } from './federated.ts';
import { loginTransport } from './login-transport.ts';
import { oneLine } from './redact.ts';

export type ManagedIdentityOptions = {
  /** Of a user-assigned identity; absent: the system-assigned one of this machine. */
  readonly clientId?: string;
  readonly cloud: CloudName;
  /** The way to the machine's own endpoint; never by a proxy. Tests put a loopback endpoint here. */
  readonly transport?: INetworkModule;
};

/** What the federated credential of the app registration expects as audience, by cloud. */
const AUDIENCE: Readonly<Record<CloudName, string>> = {
  global: 'api://AzureADTokenExchange',
  usgov: 'api://AzureADTokenExchangeUSGov',
  dod: 'api://AzureADTokenExchangeUSGov',
};

/** The endpoint is on this machine: it answers at once or not at all. Seconds. */
const DEADLINE_SECONDS = 5;

/**
 * The managed identity of this machine or container as the assertion of a federated credential. MSAL finds the endpoint
 * (App Service, Arc, IMDS …) by the environment and caches the token.
 */
export function managedIdentity({ clientId, cloud, transport }: ManagedIdentityOptions): AssertionSource {
  const configuration: ManagedIdentityConfiguration = {
    ...(clientId !== undefined && { managedIdentityIdParams: { userAssignedClientId: clientId } }),
    system: {
      networkClient: transport ?? loginTransport({ direct: true, deadlineSeconds: DEADLINE_SECONDS }),
      // The delivery of reports waits and tries again by itself.
      disableInternalRetries: true,
      loggerOptions: { logLevel: LogLevel.Error, piiLoggingEnabled: false, loggerCallback: () => undefined },
    },
  };
  let application: ManagedIdentityApplication | undefined;
  return {
    assertion: async () => {
      application ??= new ManagedIdentityApplication(configuration);
      try {
        const { accessToken } = await application.acquireToken({ resource: AUDIENCE[cloud] });
        return accessToken;
      } catch (error) {
        throw failure(error, clientId);
      }
    },
  };
}

function failure(error: unknown, clientId: string | undefined): OtherlegError {
  const who = clientId === undefined ? 'the managed identity of this machine' : `managed identity ${clientId}`;
  const reason = oneLine(error instanceof AuthError ? `${error.errorCode} ${error.errorMessage}` : String(error));
  const status = error instanceof ServerError ? error.status : undefined;
  if (status !== undefined && status >= 400 && status < 500 && status !== 404 && status !== 408 && status !== 429) {
    return new OtherlegError('TOKEN_REFUSED', `${who} has no token: ${reason}`, {
      hint: 'Assign the identity to this machine, and name its client id in graph.auth.managedIdentity.',
    });
  }
  return new OtherlegError('TOKEN_UNREACHABLE', `${who} has no token: ${reason}`, {
    hint: 'Managed identities exist on Azure and Azure Arc only; check that this host reaches 169.254.169.254.',
  });
}
