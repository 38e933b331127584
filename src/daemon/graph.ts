import type { INetworkModule } from '@azure/msal-node';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { certificateCredential } from '../graph/certificate.ts';
import { secretCredential } from '../graph/client-secret.ts';
import { type Cloud, cloudNamed } from '../graph/clouds.ts';
import type { Credential } from '../graph/credential.ts';
import { federatedCredential, projectedToken } from '../graph/federated.ts';
import type { CallRecords, Graph } from '../graph/graph.ts';
import { graphClient } from '../graph/graph-client.ts';
import { noTokens } from '../graph/no-tokens.ts';
import type { TokenProvider } from '../graph/tokens.ts';
import type { Clock } from '../model/clock.ts';
import type { GraphCounts } from './graph-counts.ts';

type Parts = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly loginTransport?: INetworkModule;
  readonly counts?: GraphCounts;
};

/** What the application identifies itself with. Managed identities alone need MSAL, too. */
async function credentialOf({ graph }: Config): Promise<Credential> {
  const { auth } = graph;
  if (auth.kind === 'secret') return secretCredential(() => auth.clientSecret.reveal());
  if (auth.kind === 'certificate') {
    const { certificate, privateKey } = auth;
    return certificateCredential({
      certificate: () => certificate.reveal(),
      ...(privateKey !== undefined && { privateKey: () => privateKey.reveal() }),
    });
  }
  if (auth.kind === 'none') throw new TypeError('no credential where no token is sent');
  if (auth.tokenFile !== undefined) return federatedCredential(projectedToken(auth.tokenFile));
  const { managedIdentity } = await import('../graph/managed-identity.ts');
  const { managedIdentity: who = 'system' } = auth;
  return federatedCredential(managedIdentity({ cloud: graph.cloud, ...(who !== 'system' && { clientId: who }) }));
}

/** MSAL is loaded with the first token: an agent that needs none spares its memory. */
export function tokensOf(config: Config, cloud: Cloud, { clock, log, loginTransport, counts }: Parts): TokenProvider {
  const { auth } = config.graph;
  if (auth.kind === 'none') return noTokens;
  const { clientId } = auth;
  const load = async (): Promise<TokenProvider> => {
    const { msalTokens } = await import('../graph/tokens.ts');
    const logger = log.child({ source: 'token' });
    const credential = await credentialOf(config);
    return msalTokens({
      cloud,
      clientId,
      credential,
      clock,
      logger,
      ...(loginTransport && { transport: loginTransport }),
      ...(counts && { counts: counts.tokens }),
    });
  };
  let provider: Promise<TokenProvider> | undefined;
  return {
    token: async (tenantId, ask) => {
      provider ??= load();
      return (await provider).token(tenantId, ask);
    },
  };
}

/** Graph as the configuration says where it is and as whom to speak to it. */
export function configuredGraph(config: Config, parts: Parts): Graph & CallRecords {
  const cloud = cloudNamed(config.graph.cloud);
  return graphClient({
    baseUrl: config.graph.baseUrl ?? cloud.graph,
    apiVersion: config.graph.apiVersion,
    userAgent: config.delivery.userAgent,
    tokens: tokensOf(config, cloud, parts),
    clock: parts.clock,
    ...(parts.counts && { onExchange: (exchanged) => parts.counts?.take(exchanged) }),
  });
}
