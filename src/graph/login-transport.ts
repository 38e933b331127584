import { AuthError, type INetworkModule, type NetworkRequestOptions, type NetworkResponse } from '@azure/msal-node';
import axios, { type AxiosInstance } from 'axios';
import { withDeadline } from './deadline.ts';
import { assertNoProxy, networkFailure } from './network-failure.ts';

/** How to reach the login host. */
export type LoginTransportOptions = {
  /** Longest time of one request in seconds; 10. MSAL's own client has none. */
  readonly deadlineSeconds?: number;
  /** Takes the place of scheme, host and port of the authority: for tests, whose login host is on loopback. */
  readonly origin?: string;
  /** Never by a proxy of the environment: the endpoint is on this machine. */
  readonly direct?: boolean;
};

/** The login host's answers are a few kilobytes. Octets. */
const LONGEST_ANSWER = 262_144;

/** The network of MSAL, by axios: proxies of the environment, a deadline, no redirects (the secret is in the body). */
export function loginTransport({ deadlineSeconds = 10, origin, direct }: LoginTransportOptions = {}): INetworkModule {
  const http: AxiosInstance = axios.create({
    validateStatus: () => true,
    responseType: 'text',
    transformResponse: (text) => text,
    maxRedirects: 0,
    maxContentLength: LONGEST_ANSWER,
    ...(direct && { proxy: false as const }),
  });

  const send = async <T>(method: string, url: string, options: NetworkRequestOptions = {}) =>
    withDeadline(deadlineSeconds, undefined, async (signal): Promise<NetworkResponse<T>> => {
      try {
        const { body: data, headers = {} } = options;
        const target = placed(url, origin);
        const answer = await http.request<string>({ method, url: target, data, headers, signal });
        assertNoProxy(target, answer);
        const pairs = Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
        // MSAL names the shape that it expects, and checks the members it uses.
        const body = bodyOf(answer.data, answer.status) as T;
        return { status: answer.status, headers: Object.fromEntries(pairs), body };
      } catch (error) {
        const { code, message } = networkFailure(error, signal);
        // Any other class would reach us as a bare `network_error` without its reason.
        throw new AuthError('network_error', '', `${code}: ${message}`);
      }
    });

  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  };
}

function placed(url: string, origin: string | undefined): string {
  if (origin === undefined) return url;
  const { pathname, search } = new URL(url);
  return new URL(`${pathname}${search}`, origin).href;
}

/** The JSON object that MSAL wants, or an OAuth error (RFC 6749, 5.2) that says what came instead. */
function bodyOf(text: string, status: number): unknown {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // A proxy's or captive portal's page.
  }
  return { error: `http_${status}`, error_description: `HTTP ${status} without JSON: ${text}` };
}
