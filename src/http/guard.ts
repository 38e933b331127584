import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OtherlegError } from '../model/error.ts';

const loopbackNames = new Set(['localhost', '[::1]']);
const isLoopback = (name: string): boolean => loopbackNames.has(name) || /^127(\.\d{1,3}){3}$/.test(name);
const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** `name` of `name:port`, with IPv6 in brackets. */
const nameOf = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();

const overSocket = (request: FastifyRequest): boolean => request.socket.remoteAddress === undefined;

/**
 * A web page must not be able to speak to an agent on loopback: the Host has to be one of ours (DNS rebinding), and a
 * changing request that a browser sent for another origin is refused.
 */
export function guardHosts(app: FastifyInstance, names: readonly string[] = []): void {
  const allowed = new Set(names.map((name) => name.toLowerCase()));
  app.addHook('onRequest', async (request) => {
    const host = request.headers.host ?? '';
    if (!overSocket(request) && !isLoopback(nameOf(host)) && !allowed.has(nameOf(host))) {
      throw new OtherlegError('HOST_REFUSED', `Host ${JSON.stringify(host)} is not a name of this agent`, {
        hint: 'use 127.0.0.1, localhost or [::1]',
      });
    }
    const { origin } = request.headers;
    if (origin !== undefined && changing.has(request.method) && origin !== `http://${host}`) {
      throw new OtherlegError('ORIGIN_REFUSED', `a page of ${origin} may not change anything here`);
    }
  });
}
