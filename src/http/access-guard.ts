import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { OtherlegError } from '../model/error.ts';
import { type AccessCounts, type AccessToken, type Bearer, bearerOf, bearerOfSession, sessionFor } from './access.ts';
import { problem } from './schema/common.ts';

const COOKIE = 'otherleg';
const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Probes, metrics, and the page, which shows nothing before its questions are answered. */
const open = new Set(['/livez', '/readyz', '/startupz', '/metrics', '/', '/index.html', '/login', '/logout']);
const isOpen = (path: string): boolean => open.has(path) || path.startsWith('/assets/');

/** A token in JSON: nobody is known yet, and may not send more. Octets. */
const LOGIN_LIMIT = 4096;

/** Tokens that nobody has are told in the log so often: whoever guesses must not fill it. Milliseconds. */
const TELL_MILLIS = 60_000;

const loginBody = z.strictObject({ token: z.string().min(1).max(1024) }).meta({ id: 'Login' });

/** Lets only those in who have a token; `counts`: of those who tried another. */
export function guardAccess(
  app: FastifyInstance,
  tokens: readonly AccessToken[],
  counts: AccessCounts = { login: 0, token: 0 },
): void {
  const tellRefused = refusals(counts);
  app.addHook('onRequest', async (request, reply) => {
    if (isOpen(request.url.split('?')[0] ?? '')) return;
    const bearer = bearerIn(request, tokens);
    if (bearer === undefined) {
      if (request.headers.authorization !== undefined) tellRefused(request, 'token');
      reply.header('WWW-Authenticate', 'Bearer realm="otherleg"');
      throw new OtherlegError('ACCESS_TOKEN_MISSING', 'this agent asks for a token', {
        hint: 'send Authorization: Bearer TOKEN, with one of control.tokens or http.tokens of its configuration',
      });
    }
    if (bearer.scope === 'read' && changing.has(request.method))
      throw new OtherlegError('ACCESS_DENIED', `the token ${bearer.name} is for reading only`, {
        hint: 'use one with scope: control',
      });
    admitted.set(request, () => bearerIn(request, tokens) !== undefined);
  });
  login(app, tokens, tellRefused);
}

const admitted = new WeakMap<FastifyRequest, () => boolean>();

/** Whether a request would be let in now as well: its token may be renewed, its session be over. */
export const admission = (request: FastifyRequest): (() => boolean) => admitted.get(request) ?? (() => true);

type Tell = (request: FastifyRequest, way: keyof AccessCounts) => void;

/** Says that tokens are tried: how many since it was said last, and from where the last one came. */
function refusals(counts: AccessCounts): Tell {
  let count = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return ({ log, ip }, way) => {
    counts[way] += 1;
    count += 1;
    if (performance.now() - toldAt < TELL_MILLIS) return;
    log.warn({ count, address: ip }, 'tokens that are not known were refused');
    toldAt = performance.now();
    count = 0;
  };
}

const bearerIn = (request: FastifyRequest, tokens: readonly AccessToken[]): Bearer | undefined =>
  tokenBearer(request, tokens) ?? cookieBearer(request, tokens);

function tokenBearer({ headers }: FastifyRequest, tokens: readonly AccessToken[]): Bearer | undefined {
  const [, told] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  return told === undefined ? undefined : bearerOf(tokens, told);
}

function cookieBearer({ headers }: FastifyRequest, tokens: readonly AccessToken[]): Bearer | undefined {
  const [, session] = new RegExp(`(?:^|; *)${COOKIE}=([^;]*)`).exec(headers.cookie ?? '') ?? [];
  return session === undefined ? undefined : bearerOfSession(tokens, session, Date.now() / 1000);
}

/** A browser cannot send a token with a page: it trades it for a cookie that no script sees and no other site sends. */
function login(root: FastifyInstance, tokens: readonly AccessToken[], tellRefused: Tell): void {
  const app = root.withTypeProvider<ZodTypeProvider>();
  const cookie = (value: string, seconds: number, isTls: boolean): string =>
    `${COOKIE}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isTls ? '; Secure' : ''}`;
  app.post(
    '/login',
    {
      bodyLimit: LOGIN_LIMIT,
      schema: {
        summary: 'Trade a token for a cookie',
        body: loginBody,
        response: { 204: z.null(), 401: problem, 422: problem },
      },
    },
    async (request, reply) => {
      const bearer = bearerOf(tokens, request.body.token);
      const token = tokens.find(({ name }) => name === bearer?.name);
      if (token === undefined) {
        tellRefused(request, 'login');
        throw new OtherlegError('ACCESS_TOKEN_MISSING', 'this token is not known');
      }
      const { value, seconds } = sessionFor(token, Date.now() / 1000);
      request.log.info({ by: token.name }, 'logged in'); // the log shows no member named token
      return reply
        .code(204)
        .header('Set-Cookie', cookie(value, seconds, request.protocol === 'https'))
        .send(null);
    },
  );
  app.post(
    '/logout',
    { schema: { summary: 'Give the cookie up', response: { 204: z.null() } } },
    async (request, reply) =>
      reply
        .code(204)
        .header('Set-Cookie', cookie('', 0, request.protocol === 'https'))
        .send(null),
  );
}
