import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { gradeVtcLeg } from '../correlate/vtc-leg.ts';
import { plotsView } from '../report/plots-view.ts';
import type { Agent } from './http.ts';
import { byAlias, byId } from './leg-reference.ts';
import { problem } from './schema/common.ts';
import { plots } from './schema/plots.ts';

/** What the page draws: the same as the series, in columns and in units for people. */
export function readPlots(root: FastifyInstance, agent: Agent): void {
  const app = root.withTypeProvider<ZodTypeProvider>();
  for (const { path, by, params, idOf } of [byId, byAlias(agent)]) {
    app.get(
      `${path}/plots`,
      {
        schema: {
          summary: `What is drawn of the leg: columns on one time axis, levels, and why there is nothing${by}`,
          params,
          response: { 200: plots, 404: problem, 422: problem, 503: problem },
        },
      },
      async (request) => {
        const view = await agent.legs.view(await idOf(request.params));
        return { ...plotsView(view, agent.slotSeconds), levels: gradeVtcLeg(view).cells };
      },
    );
  }
}
