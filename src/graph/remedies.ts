/** What an operator can do about a verdict of Graph, by Graph's code and then by status. */
const BY_GRAPH_CODE: Readonly<Record<string, string>> = {
  '7503':
    'The application has no calling bot: in Azure create a bot with this client id, enable its Microsoft Teams channel with Calling, then `otherleg outbox retry`.',
  '7504':
    "The call's tenant has not consented: its administrator has to grant the application permission Calls.AccessMedia.All (admin consent), then `otherleg outbox retry`.",
  '7505':
    'The token is for another tenant than the call: give the leg the tenantId of the call (PUT /v1/legs/{mediaLegId}), or set it at the device.',
};

const BY_STATUS: Readonly<Record<number, string>> = {
  401: 'Graph does not take the token: check graph.cloud, graph.auth.clientId and that the tenant is in that cloud.',
  403: "Check that the application permission Calls.AccessMedia.All is granted with admin consent in the call's tenant.",
  404: 'Check graph.cloud, graph.baseUrl and graph.apiVersion, and that callChainId and participantId are those of the call.',
};

/** The next step after Graph answered `status` with its `code`; undefined where waiting is all there is to do. */
export function graphRemedy(status: number, code: string | undefined): string | undefined {
  return (code === undefined ? undefined : BY_GRAPH_CODE[code]) ?? BY_STATUS[status];
}

/** Whose token it was to be: what a remedy has to name. */
export type Applicant = {
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  /** What the application identifies itself with; a secret unless said. */
  readonly kind?: 'secret' | 'certificate' | 'federated';
};

const consent = ({ authority, tenantId, clientId }: Applicant) =>
  `An administrator of tenant ${tenantId} has to consent: ${authority}/${tenantId}/adminconsent?client_id=${clientId}`;
const wrongSecret = ({ clientId }: Applicant) =>
  `Create a client secret for application ${clientId} and store its Value (not its Secret ID) where graph.auth says.`;
const wrongCertificate = ({ clientId }: Applicant) =>
  `Upload the certificate that graph.auth.certificate names to application ${clientId} (Certificates & secrets), or store the one that is there.`;
const wrongTime = () =>
  `Set this host's clock (timedatectl): what proves who asks counts for ten minutes only. Then check that the certificate has not expired.`;
const wrongFederation = ({ clientId }: Applicant) =>
  `Add a federated credential to application ${clientId} whose issuer, subject and audience are those that the message names.`;
const wrongTenant = ({ tenantId }: Applicant) =>
  `Check that ${tenantId} is the tenant of the call, and that graph.cloud is its cloud.`;

/** What an operator can do about an error of the login host, by its AADSTS number. */
const BY_AADSTS: Readonly<Record<string, (applicant: Applicant) => string>> = {
  '65001': consent,
  '700016': consent,
  '7000229': consent,
  '500011': consent,
  '7000215': wrongSecret,
  '7000222': ({ clientId, kind }) =>
    `The ${kind === 'certificate' ? 'certificate' : 'client secret'} of application ${clientId} has expired: create a new one and store it.`,
  // Certificates: unknown thumbprint or wrong key; outside its time.
  '700027': wrongCertificate,
  '7000214': wrongCertificate,
  '700024': wrongTime,
  // Federated credentials: nothing configured that fits issuer, subject or audience; its signature; its time.
  '70021': wrongFederation,
  '700211': wrongFederation,
  '700212': wrongFederation,
  '700213': wrongFederation,
  '700223': wrongFederation,
  '50027': wrongFederation,
  '500133': wrongTime,
  '7000112': ({ clientId }) => `Application ${clientId} is disabled: enable it in Entra.`,
  '90002': wrongTenant,
  '900023': wrongTenant,
  '53003': ({ clientId }) =>
    `A Conditional Access policy for workload identities blocks ${clientId}: allow this host in it.`,
};

/** The next step after the login host refused a token: by AADSTS number, else by OAuth error code (RFC 6749, 5.2). */
export function tokenRemedy(oauthError: string, description: string, applicant: Applicant): string {
  const number = /AADSTS(\d+)/.exec(description)?.[1];
  const remedy = number === undefined ? undefined : BY_AADSTS[number];
  if (remedy !== undefined) return remedy(applicant);
  if (oauthError === 'invalid_client') return BY_KIND[applicant.kind ?? 'secret'](applicant);
  if (oauthError === 'unauthorized_client' || oauthError === 'consent_required') return consent(applicant);
  return `Check graph.auth.tenantId, graph.auth.clientId (${applicant.clientId}) and the ${NAME[applicant.kind ?? 'secret']}.`;
}

const NAME = { secret: 'secret it points to', certificate: 'certificate', federated: 'federated credential' } as const;
const BY_KIND = { secret: wrongSecret, certificate: wrongCertificate, federated: wrongFederation } as const;
