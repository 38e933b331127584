import type { FastifyInstance } from 'fastify';
import { OtherlegError } from '../model/error.ts';

const loopbackNames = new Set(['localhost', '[::1]']);
const isLoopback = (name: string): boolean => loopbackNames.has(name) || /^127(\.\d{1,3}){3}$/.test(name);
const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** `name` of `name:port`, with IPv6 in brackets. */
const nameOf = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();

/** What is answered is of calls and people: no browser keeps it, takes it for something else, or shows it within a page. */
export function closeAnswers(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    });
  });
}

/**
 * A web page must not be able to speak to an agent on loopback: the Host has to be one of ours (DNS rebinding), and a
 * changing request that a browser sent for another origin is refused. `anyHost`: where no page can pass, because it is a
 * Unix socket, or because a token is asked for.
 */
export function guardHosts(app: FastifyInstance, anyHost = false): void {
  app.addHook('onRequest', async (request) => {
    const host = request.headers.host ?? '';
    if (!anyHost && !isLoopback(nameOf(host))) {
      throw new OtherlegError('HOST_REFUSED', `Host ${JSON.stringify(host)} is not a name of this agent`, {
        hint: 'use 127.0.0.1, localhost or [::1]',
      });
    }
    const { origin } = request.headers;
    const own = [`http://${host}`, `https://${host}`]; // a proxy may have had the TLS
    if (origin !== undefined && changing.has(request.method) && !own.includes(origin)) {
      throw new OtherlegError('ORIGIN_REFUSED', `a page of ${origin} may not change anything here`);
    }
  });
}
