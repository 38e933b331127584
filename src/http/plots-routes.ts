import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { gradeVtcLeg } from '../correlate/vtc-leg.ts';
import { legView } from '../report/leg-view.ts';
import { plotsView } from '../report/plots-view.ts';
import type { Agent } from './http.ts';
import { byId } from './leg-reference.ts';
import { problem } from './schema/common.ts';
import { plots } from './schema/plots.ts';

/** What the page draws: the same as the series, in columns and in units for people. */
export function readPlots(root: FastifyInstance, agent: Agent): void {
  root.withTypeProvider<ZodTypeProvider>().get(
    `${byId.path}/plots`,
    {
      schema: {
        summary: 'What is drawn of the leg: columns on one time axis, levels, and why there is nothing',
        description: '`leg` is what `GET /v1/legs/{mediaLegId}` answers: both are made of one reading.',
        params: byId.params,
        response: { 200: plots, 404: problem, 422: problem, 503: problem },
      },
    },
    async (request) => {
      const view = await agent.legs.view(await byId.idOf(request.params));
      const levels = gradeVtcLeg(view).cells;
      return { ...plotsView(view, agent.slotSeconds), levels, leg: legView(view, agent.privacy) };
    },
  );
}
