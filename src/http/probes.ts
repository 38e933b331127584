import type { FastifyInstance } from 'fastify';
import type { Agent } from './http.ts';
import { healthy } from './schema/answers.ts';

/** `/livez` alive, `/startupz` begun, `/readyz` can take legs and write them down. None of them asks Graph. */
export function probes(app: FastifyInstance, agent: Agent): void {
  const response = { 200: healthy, 503: healthy };
  app.get('/livez', { schema: { summary: 'Is the process alive', response } }, async () => ({ status: 'ok' }));
  app.get('/startupz', { schema: { summary: 'Has the agent begun', response } }, async (_request, reply) =>
    reply.code(agent.health.started() ? 200 : 503).send({ status: agent.health.started() ? 'ok' : 'starting' }),
  );
  app.get(
    '/readyz',
    { schema: { summary: 'Can it take legs and write them down', response } },
    async (_request, reply) => {
      const reason = await agent.health.unready();
      const detail = agent.health.detail();
      return reply
        .code(reason === undefined ? 200 : 503)
        .send({ status: reason ?? 'ok', version: agent.version, ...detail });
    },
  );
}
