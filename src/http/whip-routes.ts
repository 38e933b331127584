import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { OtherlegError } from '../model/error.ts';
import type { Agent, Whip } from './http.ts';
import { byAlias, byId } from './leg-reference.ts';
import { guid, problem } from './schema/common.ts';

const sdp = z.string().min(1).max(262_144).meta({ description: 'a session description' });
const session = z.strictObject({ mediaLegId: guid, session: z.string().min(1).max(64) });

function whipOf(agent: Agent): Whip {
  if (agent.whip !== undefined) return agent.whip;
  throw new OtherlegError('SOURCE_NOT_CONFIGURED', 'this agent does not take media itself', {
    hint: 'set sources.webrtc.enabled: true in the configuration',
  });
}

/** WebRTC-HTTP ingestion (RFC 9725): the agent's own peer connection receives the leg. */
export function whip(root: FastifyInstance, agent: Agent): void {
  const app = root.withTypeProvider<ZodTypeProvider>();
  for (const { path, by, params, idOf } of [byId, byAlias(agent)]) {
    app.post(
      `${path}/whip`,
      {
        schema: {
          summary: `Offer the media of the leg to the agent itself (WHIP)${by}`,
          consumes: ['application/sdp'],
          params,
          body: sdp,
          response: { 201: sdp, 404: problem, 409: problem, 422: problem, 502: problem },
        },
      },
      async (request, reply) => {
        const mediaLegId = await idOf(request.params);
        await agent.legs.live(mediaLegId);
        const { session: id, answer } = await whipOf(agent).offer(mediaLegId, request.body);
        reply.header('Location', `/v1/legs/${mediaLegId}/whip/${id}`).header('ETag', `"${id}"`);
        return reply.code(201).type('application/sdp').send(answer);
      },
    );
  }
  app.delete(
    '/v1/legs/:mediaLegId/whip/:session',
    { schema: { summary: 'End a WHIP session', params: session, response: { 200: z.null(), 404: problem } } },
    async (request, reply) => {
      await whipOf(agent).close(request.params.mediaLegId.toLowerCase(), request.params.session);
      return reply.code(200).send(null);
    },
  );
}
