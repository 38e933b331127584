import { isLoopback } from './loopback.ts';
import { type Refuse, textValues } from './text-value.ts';

/** Where a listener stands: a TCP port (0 = any free one), with TLS or without, or a Unix socket of mode 0600. */
export type Listen =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: true }
  | { readonly kind: 'unix'; readonly path: string };

/** sun_path of Linux holds 108 octets with the closing zero (unix(7)). */
const LONGEST_SOCKET_PATH = 107;
const FORMS = 'write http://127.0.0.1:7741, https://0.0.0.0:7741 or unix:/run/otherleg/control.sock';

/** Schema of one or several listeners. */
export function listen() {
  return textValues({ read: readListen, write: formatListen });
}

function readListen(text: string, refuse: Refuse): Listen {
  return text.startsWith('unix:') ? readSocket(text.slice('unix:'.length), refuse) : readUrl(text, refuse);
}

function readSocket(path: string, refuse: Refuse): Listen {
  if (!path.startsWith('/')) return refuse('needs the absolute path of the socket', FORMS);
  if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH)
    return refuse(`is longer than a socket's path may be (${LONGEST_SOCKET_PATH} octets)`, 'choose a shorter path');
  return { kind: 'unix', path };
}

function readUrl(text: string, refuse: Refuse): Listen {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return refuse('is not a listener', FORMS);
  const isTls = url.protocol === 'https:';
  const bare = `${url.origin}/` === url.href;
  if (!(isTls || url.protocol === 'http:') || !bare) return refuse('is not a listener', FORMS);
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
  return { kind: 'tcp', host: url.hostname.replace(/^\[|\]$/g, ''), port, ...(isTls ? { tls: true } : {}) };
}

/** Whether others than this machine reach a listener. */
export const isWide = (listen: Listen): boolean => listen.kind === 'tcp' && !isLoopback(listen.host);

/** The listener as it is written in the file. */
export function formatListen(listen: Listen): string {
  if (listen.kind === 'unix') return `unix:${listen.path}`;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return `${listen.tls ? 'https' : 'http'}://${host}:${listen.port}`;
}
