import { ClientRequest } from 'node:http';
import { TLSSocket } from 'node:tls';
import { isAxiosError } from 'axios';
import { CutOff } from './deadline.ts';

/** Why no answer came: a code to search for (ECONNREFUSED, CERT_HAS_EXPIRED, DEADLINE …) and a sentence. */
export type NetworkFailure = { readonly code: string; readonly message: string; readonly hint?: string };

/** A proxy that would not open the tunnel to the host (RFC 9110, 9.3.6). */
class TunnelRefused extends Error {
  override readonly name = 'TunnelRefused';
}

/**
 * Throws if not the host answered but a proxy that refused the tunnel to it: axios hands the proxy's answer on as if it
 * were the host's, and a 403 of a proxy is no verdict. It is the one answer to https that comes over a bare socket.
 */
export function assertNoProxy(url: string, answer: { readonly status: number; readonly request?: unknown }): void {
  const socket = answer.request instanceof ClientRequest ? answer.request.socket : null;
  if (!url.startsWith('https:') || socket === null || socket instanceof TLSSocket) return;
  throw new TunnelRefused(`the proxy refused a tunnel to ${new URL(url).host} with ${answer.status}`);
}

/** What went wrong on the way to a server. Takes code and message only: errors of axios carry the request's headers. */
export function networkFailure(error: unknown, signal?: AbortSignal): NetworkFailure {
  if (signal?.reason instanceof CutOff) return { code: signal.reason.code, message: signal.reason.message };
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error) };
  if (error instanceof TunnelRefused) {
    return { code: 'PROXY_REFUSED', message: error.message, hint: 'Check https_proxy, its credentials and its rules.' };
  }
  const code = (isAxiosError(error) ? error.code : undefined) ?? 'UNKNOWN';
  // Refused on every address of a name (RFC 8305) is an AggregateError without a message of its own.
  return { code, message: error.message === '' ? code : error.message };
}
