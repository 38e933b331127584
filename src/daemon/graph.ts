import type { INetworkModule } from '@azure/msal-node';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { type Cloud, cloudNamed } from '../graph/clouds.ts';
import type { Graph } from '../graph/graph.ts';
import { graphClient } from '../graph/graph-client.ts';
import { noTokens } from '../graph/no-tokens.ts';
import type { TokenProvider } from '../graph/tokens.ts';
import type { Clock } from '../model/clock.ts';

type Parts = { readonly clock: Clock; readonly log: Logger; readonly loginTransport?: INetworkModule };

/** MSAL is loaded with the first token: an agent that needs none spares its memory. */
function tokensOf({ graph }: Config, cloud: Cloud, { clock, log, loginTransport }: Parts): TokenProvider {
  const { auth } = graph;
  if (auth.kind === 'none') return noTokens;
  const { clientId, clientSecret } = auth;
  const secret = (): string => clientSecret.reveal();
  const load = async (): Promise<TokenProvider> => {
    const { msalTokens } = await import('../graph/tokens.ts');
    const logger = log.child({ source: 'token' });
    return msalTokens({ cloud, clientId, secret, clock, logger, ...(loginTransport && { transport: loginTransport }) });
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
export function configuredGraph(config: Config, parts: Parts): Graph {
  const cloud = cloudNamed(config.graph.cloud);
  return graphClient({
    baseUrl: config.graph.baseUrl ?? cloud.graph,
    apiVersion: config.graph.apiVersion,
    userAgent: config.delivery.userAgent,
    tokens: tokensOf(config, cloud, parts),
    clock: parts.clock,
  });
}
