import { z } from 'zod';
import { isLoopback } from '../value/loopback.ts';
import { REFERENCE_FORMS, type SecretContext, secret } from '../value/secret.ts';
import { type Refuse, textValue } from '../value/text-value.ts';

/** A file on this host's disk. */
export type StoreFile = { readonly engine: 'sqlite'; readonly path: string };
/** Where legs and reports lie: on this host alone, or beyond it in a database that several agents share. */
export type StoreUrl = StoreFile | { readonly engine: 'postgres'; readonly url: string };

const FILE = 'write sqlite:./otherleg.db or sqlite:/var/lib/otherleg/otherleg.db';
const FORM = `${FILE}, or postgres://USER@HOST/DATABASE?sslmode=verify-full`;

function readFileUrl(text: string, refuse: Refuse): StoreFile {
  const path = /^sqlite:([^?#]+)$/.exec(text)?.[1];
  if (path === undefined) return refuse('is not the URL of a store', FILE);
  if (path === ':memory:') return refuse('would lose every report at a restart', FILE);
  return { engine: 'sqlite', path };
}

function readUrl(text: string, refuse: Refuse): StoreUrl {
  if (text.startsWith('sqlite:')) return readFileUrl(text, refuse);
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) return refuse('is not the URL of a store', FORM);
  const { username, password, hostname, pathname, searchParams } = new URL(text);
  if (password !== '' || searchParams.has('password')) {
    return refuse('must not hold the password', `set store.password to ${REFERENCE_FORMS}`);
  }
  if (pathname.length < 2) return refuse('names no database', FORM);
  if (username === '' && !searchParams.has('user')) return refuse('names no user', FORM);
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  const near = host === '' || host.startsWith('/') || isLoopback(host);
  if (!near && !searchParams.has('sslmode')) {
    return refuse('says nothing of TLS', 'add ?sslmode=verify-full, or ?sslmode=disable where the network is safe');
  }
  return { engine: 'postgres', url: text };
}

const write = (url: StoreUrl): string => (url.engine === 'sqlite' ? `sqlite:${url.path}` : url.url);

/** What must not be lost. */
export const store = (context: SecretContext) =>
  z.strictObject({
    // Not shown where it is wrong: somebody may have written the password into it.
    url: textValue<StoreUrl>({ read: readUrl, write })
      .meta({ writeOnly: true })
      .prefault('sqlite:./otherleg.db')
      .describe('sqlite: and the path of the file, relative to the working directory; or postgres:// for a fleet.'),
    local: textValue<StoreFile>({ read: readFileUrl, write })
      .prefault('sqlite:./otherleg.db')
      .describe("Where url names PostgreSQL: the agent's own file, in which all lies that was promised."),
    password: secret(context)
      .exactOptional()
      .describe(`Where url names PostgreSQL: reference to the password of its user: ${REFERENCE_FORMS}.`),
  });

/** The agent's own file. */
export function ownFile({ url, local }: { readonly url: StoreUrl; readonly local: StoreFile }): string {
  return url.engine === 'sqlite' ? url.path : local.path;
}

/** How long it is kept. */
export const retention = z.strictObject({
  days: z
    .int()
    .min(1)
    .max(3650)
    .prefault(30)
    .describe('Ended legs are removed after so many days, never one whose report is still owed.'),
});
