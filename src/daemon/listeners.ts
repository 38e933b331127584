import type { Config } from '../config/config.ts';
import type { AccessToken } from '../http/access.ts';
import type { Door, Scope } from '../http/server.ts';
import type { Listen } from './listen.ts';

/** A listener to be: where it stands, what it serves, and who may come in. */
export type Listener = { readonly where: Listen; readonly scope: Scope; readonly door: Door };

/** All on the control listeners; with listeners of its own, `http` reads only. */
export function listeners({ control, http }: Pick<Config, 'control' | 'http'>): readonly Listener[] {
  return [
    ...control.listen.map((where) => ({ where, scope: 'all' as const, door: doorOf(where, control) })),
    ...(http.listen ?? []).map((where) => ({ where, scope: 'read' as const, door: doorOf(where, http) })),
  ];
}

type Section = Pick<Config['control'], 'tls' | 'tokens'>;

/** A Unix socket has the rights of its file, so it asks for no token. */
function doorOf(where: Config['control']['listen'][number], { tls, tokens }: Section): Door {
  if (where.kind === 'unix') return { isSocket: true };
  return {
    tokens: (tokens ?? []).map(({ name, scope, file }) => ({ name, scope, reveal: revealing(() => file.reveal()) })),
    ...(where.tls && tls ? { tls: { ...shown(tls), newest: () => shown(tls) } } : {}),
  };
}

const shown = ({ cert, key }: NonNullable<Section['tls']>) => ({ cert: cert.reveal(), key: key.reveal() });

/** A file is looked at again after so long: not with each request. Milliseconds. */
const FRESH_MILLIS = 1_000;

function revealing(reveal: () => string): AccessToken['reveal'] {
  let known = reveal();
  let readAt = performance.now();
  return () => {
    if (performance.now() - readAt > FRESH_MILLIS) {
      known = reveal();
      readAt = performance.now();
    }
    return known;
  };
}
