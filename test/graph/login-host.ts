import { type LoopbackServer, loopbackServer, type Seen } from './loopback-server.ts';

export const TENANT = '11111111-1111-1111-1111-111111111111';
export const CLIENT = 'cccccccc-cccc-cccc-cccc-cccccccccccc';

/** How the login host answers; silent where that is undefined. */
export type Reply = {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: object | string;
};

export const granted = (token: string, seconds = 3_600, more = {}): Reply => ({
  body: { token_type: 'Bearer', expires_in: seconds, ext_expires_in: seconds, access_token: token, ...more },
});

export const denied = (status: number, error: string, description: string): Reply => ({
  status,
  body: { error, error_description: description, error_codes: [Number(/AADSTS(\d+)/.exec(description)?.[1] ?? 0)] },
});

/** A login host that answers each request by `reply`. */
export const loginHost = (reply: (index: number, seen: Seen) => Reply | undefined): Promise<LoopbackServer> =>
  loopbackServer((seen, response, index) => {
    const answer = reply(index, seen);
    if (answer === undefined) return;
    const { status = 200, headers = {}, body = '' } = answer;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  });

/** What was posted. */
export const form = (seen: Seen | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(new URLSearchParams(seen?.body));
