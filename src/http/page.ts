import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import files from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Where `npm run build` puts the page; the same from `src/http` and from `dist/http`. */
const BUILT = fileURLToPath(new URL('../../dist/page/', import.meta.url));

const NOT_BUILT = `The page is not built. In a clone of otherleg: npm run build
The API is there all the same: /openapi.json describes it.
`;

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/** Names of assets hold a hash of their content: what has such a name never changes. */
const FOREVER = 'public, max-age=31536000, immutable';

/** The operators' page at `/`, or how to build it where it is not. */
export async function servePage(app: FastifyInstance, folder: string = BUILT): Promise<void> {
  if (!existsSync(`${folder}/index.html`)) {
    app.get('/', { schema: { hide: true } }, (_request, reply) => reply.code(404).type('text/plain').send(NOT_BUILT));
    return;
  }
  await app.register(files, {
    root: folder,
    // Each file gets a route of its own: what is not in the folder now cannot be reached.
    wildcard: false,
    globIgnore: ['**/*.br', '**/*.gz'],
    preCompressed: true,
    cacheControl: false,
    schemaHide: true,
    setHeaders: (reply, path) => {
      for (const [name, value] of Object.entries(HEADERS)) reply.header(name, value);
      reply.header('cache-control', path.includes('/assets/') ? FOREVER : 'no-cache');
    },
  });
}
