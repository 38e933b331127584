import type { Server } from 'node:tls';
import type { FastifyBaseLogger } from 'fastify';

/** What a listener shows of itself, PEM. `newest` tells what its files hold now: certificates are renewed while agents run. */
export type Certificate = {
  readonly cert: string;
  readonly key: string;
  readonly newest?: () => Pick<Certificate, 'cert' | 'key'>;
};

/** How often the files are looked at. Milliseconds. */
const LOOK_MILLIS = 60_000;

/** Takes a renewed certificate up for new connections; one that does not fit its key is not taken. Answers how to stop. */
export function renewCertificate(
  server: Pick<Server, 'setSecureContext'>,
  { cert, key, newest }: Certificate,
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>,
): () => void {
  if (newest === undefined) return () => {};
  let seen = cert + key;
  const look = (): void => {
    const found = newest();
    if (found.cert + found.key === seen) return;
    seen = found.cert + found.key;
    try {
      server.setSecureContext({ cert: found.cert, key: found.key });
      log.info('the certificate was renewed');
    } catch (err) {
      log.warn({ err }, 'the new certificate is not taken: it does not fit its key'); // the other file may be still to come
    }
  };
  const timer = setInterval(look, LOOK_MILLIS).unref();
  return () => clearInterval(timer);
}
