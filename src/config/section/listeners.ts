import { z } from 'zod';
import { isWide, type Listen, listen } from '../value/listen.ts';
import { type SecretContext, secretFile } from '../value/secret.ts';

/** Shorter ones could be guessed. */
const SHORTEST_TOKEN = 16;

const tls = (context: SecretContext) =>
  z.strictObject({
    cert: secretFile(context).describe('File with the certificate and its chain (PEM).'),
    key: secretFile(context).describe('File with its private key (PEM).'),
  });

const token = (context: SecretContext) =>
  z.strictObject({
    name: z
      .string()
      .regex(/^[\w.-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, dots, hyphens or underscores' })
      .describe('Whose it is, for the log.'),
    file: secretFile(context, SHORTEST_TOKEN).describe(
      `File with the token, at least ${SHORTEST_TOKEN} characters; read again when it changes.`,
    ),
    scope: z.enum(['read', 'control']).describe('read: look at everything; control: also begin, change and end legs.'),
  });

const access = (context: SecretContext) => ({
  tls: tls(context).exactOptional().describe('Certificate of the listeners that are https.'),
  tokens: z
    .array(token(context))
    .exactOptional()
    .describe(
      'Who may speak to TCP listeners: Authorization: Bearer, or the page after a login. Without it: everybody.',
    ),
  insecure: z
    .boolean()
    .prefault(false)
    .describe('Lets listeners beyond this machine go without TLS: behind a proxy that has it.'),
});

/** Where gateway and bot speak to the agent; also everything of `http` if that has no listener of its own. */
export function control(context: SecretContext) {
  return z
    .strictObject({
      listen: listen()
        .prefault('http://127.0.0.1:7741')
        .describe(
          'One listener or several for control and reading: http://127.0.0.1:PORT, https://HOST:PORT or unix:/path (mode 0600).',
        ),
      ...access(context),
    })
    .superRefine(refuseOpenDoors);
}

/** Read APIs, page, metrics and probes, never writes. */
export function http(context: SecretContext) {
  return z
    .strictObject({
      listen: listen()
        .exactOptional()
        .describe('Listeners that only read: APIs, page, metrics, probes. Without it all is on control.listen.'),
      ...access(context),
    })
    .superRefine(refuseOpenDoors);
}

type Doors = {
  readonly listen?: readonly Listen[];
  readonly tls?: unknown;
  readonly tokens?: readonly { readonly name: string }[];
  readonly insecure: boolean;
};

/** A listener that others reach must know who they are, and must not let their tokens be read on the way. */
function refuseOpenDoors(
  { listen: written, tls: certificate, tokens = [], insecure }: Doors,
  context: z.RefinementCtx,
) {
  const refuse = (key: keyof Doors, message: string, remedy: string): void => {
    context.addIssue({ code: 'custom', message, path: [key], params: { remedy } });
  };
  if (written === undefined) {
    if (certificate !== undefined) refuse('tls', 'has no listener', 'give listen, too');
    if (tokens.length > 0) refuse('tokens', 'have no listener', 'give listen, too');
    return;
  }
  // As they are written, when the file is printed: that was checked when it was read.
  const doors = written.filter((one) => typeof one === 'object');
  const isTls = (one: Listen): boolean => one.kind === 'tcp' && one.tls === true;
  if (doors.some(isTls) && certificate === undefined)
    refuse('listen', 'is https and has no certificate', 'give tls: { cert, key }');
  if (doors.some(isWide) && tokens.length === 0)
    refuse('listen', 'would let everybody in from beyond this machine', 'give tokens, or listen on loopback');
  if (doors.some((one) => isWide(one) && !isTls(one)) && !insecure)
    refuse('listen', 'would send tokens in the clear', 'write https:// and give tls, or insecure: true behind a proxy');
  if (new Set(tokens.map(({ name }) => name)).size < tokens.length)
    refuse('tokens', 'have the same name twice', 'give each a name of its own');
}
