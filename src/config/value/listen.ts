import { isLoopback } from './loopback.ts';
import { type Refuse, textValues } from './text-value.ts';

/** Where a listener stands: a TCP port (0 = any free one) or a Unix socket of mode 0600. */
export type Listen =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** sun_path of Linux holds 108 octets with the closing zero (unix(7)). */
const LONGEST_SOCKET_PATH = 107;
const FORMS = 'write http://127.0.0.1:7741 or unix:/run/otherleg/control.sock';
const LATER = 'listen on loopback (http://127.0.0.1:7741) or on a Unix socket (unix:/run/otherleg/control.sock)';

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
  if (url.protocol === 'https:') return refuse('cannot serve TLS yet: it comes in a later release', LATER);
  const bare = `${url.origin}/` === url.href;
  if (url.protocol !== 'http:' || !bare) return refuse('is not a listener', FORMS);
  if (!isLoopback(url.hostname))
    return refuse('would listen beyond this machine: tokens and TLS for that come in a later release', LATER);
  return { kind: 'tcp', host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 80 : Number(url.port) };
}

/** The listener as it is written in the file. */
export function formatListen(listen: Listen): string {
  if (listen.kind === 'unix') return `unix:${listen.path}`;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return `http://${host}:${listen.port}`;
}
