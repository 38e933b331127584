import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Agent } from './http.ts';
import { byId } from './leg-reference.ts';
import { plotsAnswer } from './plots-answer.ts';
import { problem } from './schema/common.ts';
import { plots } from './schema/plots.ts';

const query = z.strictObject({
  part: z
    .literal('first')
    .exactOptional()
    .meta({ description: 'of an ended leg of many hours its first channel alone, which comes sooner; `part` says so' }),
});

const JSON_TYPE = 'application/json; charset=utf-8';

/** What the page draws: the same as the series, in columns and in units for people. */
export function readPlots(root: FastifyInstance, agent: Agent): void {
  root.withTypeProvider<ZodTypeProvider>().get(
    `${byId.path}/plots`,
    {
      schema: {
        summary: 'What is drawn of the leg: columns on one time axis, levels, and why there is nothing',
        description: '`leg` is what `GET /v1/legs/{mediaLegId}` answers: both are made of one reading.',
        params: byId.params,
        querystring: query,
        response: { 200: plots, 404: problem, 422: problem, 503: problem },
      },
    },
    async (request, reply: FastifyReply) => {
      const mediaLegId = await byId.idOf(request.params);
      const { slotSeconds, privacy } = agent;
      const { part } = request.query as z.infer<typeof query>; // the schema was asked before
      const long = await agent.longLegs?.plots(mediaLegId, slotSeconds, privacy, ...(part ? [part] : []));
      if (long !== undefined) return reply.type(JSON_TYPE).send(long);
      return reply.send(plotsAnswer(await agent.legs.view(mediaLegId), slotSeconds, privacy));
    },
  );
}
