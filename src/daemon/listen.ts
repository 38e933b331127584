import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { OtherlegError } from '../model/error.ts';

/** Where a listener stands: a TCP address, or a Unix socket that only its owner may open. */
export type Listen =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: true }
  | { readonly kind: 'unix'; readonly path: string };

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** A socket file that nobody answers is left over from an agent that was killed. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket() || (await answers(path))) {
    throw new OtherlegError(
      'LISTEN_FAILED',
      `${path} is ${found.isSocket() ? 'in use by another process' : 'not a socket'}`,
      {
        hint: 'stop the other agent, or choose another path in control.listen',
      },
    );
  }
  await unlink(path);
}

async function onSocket(app: FastifyInstance, path: string): Promise<string> {
  await removeStale(path);
  const before = process.umask(0o177); // the socket is born with mode 0600: no moment in which others could open it
  try {
    await app.listen({ path });
  } finally {
    process.umask(before);
  }
  return `unix:${path}`;
}

/** Begins to listen; answers where, as a URL. Rejects with LISTEN_FAILED. */
export async function listenOn(app: FastifyInstance, where: Listen): Promise<string> {
  if (where.kind === 'unix') return onSocket(app, where.path);
  try {
    const at = await app.listen({ host: where.host, port: where.port });
    return where.tls ? at.replace(/^http:/, 'https:') : at;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OtherlegError('LISTEN_FAILED', `cannot listen on ${where.host}:${where.port}: ${why}`, {
      hint: 'another agent may be running: choose another port in control.listen',
      cause,
    });
  }
}
