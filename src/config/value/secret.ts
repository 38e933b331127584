import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { inspect } from 'node:util';
import { type Refuse, textValue } from './text-value.ts';

const REFERENCE = /^\$\{(env|file|credential):([^}]+)\}$/;
/** A credential is a plain file in $CREDENTIALS_DIRECTORY (systemd.exec(5)): no way out of that directory. */
const CREDENTIAL_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._@:-]+$/;
/** How a secret is referred to. */
export const REFERENCE_FORMS = `\${credential:NAME}, \${file:/path} or \${env:NAME}`;
const REMEDY = `write ${REFERENCE_FORMS}`;

/** Where systemd puts credentials (systemd.exec(5)). */
const DIRECTORY = 'CREDENTIALS_DIRECTORY';

type Reveal = () => string;

/** A secret that no log, JSON or inspection shows: each prints `[secret]`. */
export class Secret {
  /** Where it comes from, as written in the file: `${credential:graph-client-secret}`. Not secret itself. */
  readonly reference: string;
  readonly #reveal: Reveal;
  constructor(reference: string, reveal: Reveal) {
    this.reference = reference;
    this.#reveal = reveal;
  }
  /** The secret itself; of a file its present content, so that a secret can be renewed without a restart. */
  reveal(): string {
    return this.#reveal();
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
}

/**
 * Which secrets are read to know that they are there. `required`: all. `reachable`: all but systemd's credentials where
 * no systemd handed them over. `unread`: none, for those who ask an agent something and have no right to its secrets.
 */
export type SecretReading = 'required' | 'reachable' | 'unread';

/** Where secrets come from. */
export type SecretContext = { readonly env: NodeJS.ProcessEnv; readonly secrets?: SecretReading };

/** Schema of a secret: a reference in the file, never the secret itself. */
export function secret(context: SecretContext) {
  const read = (text: string, refuse: Refuse) => readSecret(text, context, refuse);
  return textValue({ read, write: (value) => value.reference }).meta({ writeOnly: true });
}

/**
 * Schema of a secret that is a file by nature: its absolute path, or any reference that a secret may have. One that can be
 * read has at least `shortest` characters.
 */
export function secretFile(context: SecretContext, shortest = 1) {
  const read = (text: string, refuse: Refuse): Secret => {
    const isPath = isAbsolute(text);
    if (!isPath && !REFERENCE.test(text)) return refuse('is no absolute path', `write /path, or ${REFERENCE_FORMS}`);
    const found = isPath ? readSecret(`\${file:${text}}`, context, refuse) : readSecret(text, context, refuse);
    // What was refused is no secret, and one that was not read does not tell how long it is.
    if (shortest > 1 && found instanceof Secret && isTooShort(found, shortest))
      return refuse(`holds fewer than ${shortest} characters`, 'make one with: openssl rand -base64 24');
    return isPath ? new Secret(text, () => found.reveal()) : found;
  };
  return textValue({ read, write: (value) => value.reference }).meta({ writeOnly: true });
}

function isTooShort(secret: Secret, shortest: number): boolean {
  try {
    return secret.reveal().length < shortest;
  } catch {
    return false;
  }
}

/** Whether a reference is to a credential that nobody handed over. */
export function isUnreachable(reference: string, env: NodeJS.ProcessEnv): boolean {
  return REFERENCE.exec(reference)?.[1] === 'credential' && env[DIRECTORY] === undefined;
}

function readSecret(reference: string, { env, secrets = 'required' }: SecretContext, refuse: Refuse): Secret {
  const [, kind, name = ''] = REFERENCE.exec(reference) ?? [];
  if (kind === undefined) return refuse('must not stand in the file in plain text', REMEDY);
  if (kind === 'file' && !isAbsolute(name)) return refuse('needs an absolute path', REMEDY);
  if (kind === 'credential' && !CREDENTIAL_NAME.test(name)) return refuse('is not the name of a credential', REMEDY);
  const unreachable = isUnreachable(reference, env);
  if (secrets === 'unread' || (secrets === 'reachable' && unreachable)) return new Secret(reference, unread);
  if (kind === 'env') return fromEnvironment(reference, env[name], name, refuse);
  if (kind === 'file') return fromFile(reference, name, refuse);
  if (!unreachable) return fromFile(reference, join(env[DIRECTORY] ?? '', name), refuse);
  const remedy = `run under systemd with LoadCredential=${name}:/path, or write \${file:/path}`;
  return refuse(`names a credential, but $${DIRECTORY} is not set`, remedy);
}

function unread(): never {
  throw new Error('this secret was not read');
}

function fromEnvironment(reference: string, value: string | undefined, name: string, refuse: Refuse): Secret {
  if (value === undefined || value === '')
    return refuse('names an environment variable that is not set or empty', `set ${name}`);
  return new Secret(reference, () => value);
}

function fromFile(reference: string, path: string, refuse: Refuse): Secret {
  let last = '';
  try {
    last = secretIn(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // readFileSync throws nothing else
    return refuse(`names a file that cannot be read: ${code}`, `make ${path} readable for the user otherleg runs as`);
  }
  if (last === '') return refuse('names an empty file', `write the secret into ${path}`);
  return new Secret(reference, () => {
    last = newest(path) ?? last;
    return last;
  });
}

/** What the file holds now; undefined in the moment in which it is being replaced. */
function newest(path: string): string | undefined {
  try {
    return secretIn(path) || undefined;
  } catch {
    return undefined;
  }
}

/** Without the line end that editors and `echo` add. */
function secretIn(path: string): string {
  return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
}
