import http from 'node:http';
import https from 'node:https';
import { ControlError } from './control-error.ts';

/** Where the agent listens: `http(s)://host:port`, or `unix:/path` of its socket. */
export type Target = {
  readonly url: URL;
  readonly socketPath?: string;
};

export type Call = {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutSeconds: number;
};

export type Answer = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
};

/** Throws TypeError for what is neither a URL nor a socket. */
export function targetOf(address: string): Target {
  if (!address.startsWith('unix:')) return { url: new URL(address) };
  return { url: new URL('http://localhost'), socketPath: address.slice('unix:'.length) };
}

const pool = {
  'http:': new http.Agent({ keepAlive: true }),
  'https:': new https.Agent({ keepAlive: true }),
};

/** One request and its whole answer. Rejects with ControlError AGENT_UNREACHABLE when none came in time. */
export function exchange(target: Target, call: Call): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const late = AbortSignal.timeout(call.timeoutSeconds * 1000);
  const secure = target.url.protocol === 'https:';
  const request = (secure ? https : http).request(new URL(call.path, target.url), {
    method: call.method,
    headers: call.headers,
    agent: pool[secure ? 'https:' : 'http:'],
    signal: late,
    ...(target.socketPath === undefined ? {} : { socketPath: target.socketPath }),
  });
  const fail = (cause: Error): void => {
    const reason = late.aborted ? `no answer within ${call.timeoutSeconds} s` : cause.message;
    reject(unreachable(`${call.method} ${call.path} at ${target.socketPath ?? target.url.origin}: ${reason}`, cause));
  };
  request.on('error', fail);
  request.on('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', fail);
    response.on('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: Buffer.concat(chunks).toString('utf8'),
      }),
    );
  });
  request.end(call.body);
  return promise;
}

function unreachable(message: string, cause: Error): ControlError {
  return new ControlError('AGENT_UNREACHABLE', message, {
    cause,
    hint: 'check that the agent runs and that control.listen in its configuration is this address',
  });
}
