import type { FastifyInstance } from 'fastify';
import type { Agent } from './http.ts';

/** Prometheus scrapes here. Nothing in it is of one call, so that no token is asked for. */
export function readMetrics(app: FastifyInstance, agent: Agent): void {
  const { metrics } = agent;
  if (metrics === undefined) return;
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    const { contentType, body } = await metrics();
    return reply.type(contentType).send(body);
  });
}
