import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { EndAsk } from '../leg/leg.ts';
import { OtherlegError } from '../model/error.ts';
import type { LegQuery } from '../model/leg.ts';
import { deliveryView } from '../report/delivery-view.ts';
import { legEntryView, legView } from '../report/leg-view.ts';
import { seriesView } from '../report/series-view.ts';
import type { Agent } from './http.ts';
import * as answers from './schema/answers.ts';
import { guid, legParams, problem, seconds, time } from './schema/common.ts';
import { legPatch, patchOf } from './schema/leg-patch.ts';

const endBody = z
  .strictObject({
    endedAt: time.exactOptional(),
    reason: z.string().min(1).max(256).exactOptional(),
    report: z.literal(false).exactOptional().meta({ description: 'false discards the report' }),
  })
  .nullish()
  .meta({ id: 'EndBody' });

const legQuery = z.strictObject({
  state: z.enum(['live', 'ended']).exactOptional(),
  device: z.string().exactOptional(),
  room: z.string().exactOptional(),
  gateway: z.string().exactOptional(),
  identifier: z.string().exactOptional().meta({ description: 'callChainId, participantId or alias, now or earlier' }),
  from: time.exactOptional(),
  to: time.exactOptional(),
  sort: z.enum(['newest', 'worst']).exactOptional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  after: z.string().exactOptional(),
});

const idOf = (params: { readonly mediaLegId: string }): string => params.mediaLegId.toLowerCase();

const problems = { 404: problem, 422: problem, 503: problem };

function endAsk(body: z.infer<typeof endBody>): EndAsk {
  const { endedAt, ...rest } = body ?? {};
  return { ...rest, ...(endedAt === undefined ? {} : { endedAt: seconds(endedAt) }) };
}

function queryOf({ from, to, identifier, ...rest }: z.infer<typeof legQuery>): LegQuery {
  return {
    ...rest,
    ...(identifier === undefined
      ? {}
      : { identifier: guid.safeParse(identifier).success ? identifier.toLowerCase() : identifier }),
    ...(from === undefined ? {} : { from: seconds(from) }),
    ...(to === undefined ? {} : { to: seconds(to) }),
  };
}

/** Begin, change, measure and end a leg. */
export function writeLegs(root: FastifyInstance, agent: Agent): void {
  const app = root.withTypeProvider<ZodTypeProvider>();
  app.put(
    '/v1/legs/:mediaLegId',
    {
      schema: {
        summary: 'Begin or change a leg',
        params: legParams,
        body: legPatch,
        response: { 200: answers.legEntry, 201: answers.legEntry, ...problems },
      },
    },
    async (request, reply) => {
      const { leg, created } = await agent.legs.put(idOf(request.params), patchOf(request.body));
      return reply.code(created ? 201 : 200).send(legEntryView(leg, agent.privacy));
    },
  );
  app.post(
    '/v1/legs/:mediaLegId/stats',
    {
      schema: {
        summary: 'Push one W3C stats report of the leg',
        description: '`{timestamp, stats: […]}`, timestamps in milliseconds. Answered when it is on disk.',
        params: legParams,
        body: z.unknown(),
        response: { 202: answers.pushed, ...problems },
      },
    },
    async (request, reply) => reply.code(202).send(await agent.pushStats(idOf(request.params), request.body)),
  );
  app.post(
    '/v1/legs/:mediaLegId/end',
    {
      schema: {
        summary: 'End the leg: its report is on disk before the answer',
        params: legParams,
        body: endBody,
        response: { 202: answers.ended, ...problems },
      },
    },
    async (request, reply) => {
      const { mediaLegId, body, delivery } = await agent.legs.end(idOf(request.params), endAsk(request.body));
      const report = body === undefined ? {} : { report: JSON.parse(body) };
      return reply.code(202).send({ mediaLegId, ...report, delivery: deliveryView(delivery) });
    },
  );
}

/** Legs, their figures, series and bodies. */
export function readLegs(root: FastifyInstance, agent: Agent): void {
  const app = root.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/v1/legs',
    { schema: { summary: 'List legs', querystring: legQuery, response: { 200: answers.legList, 422: problem } } },
    async (request) => {
      const { items, next } = await agent.list(queryOf(request.query));
      return { items: items.map((leg) => legEntryView(leg, agent.privacy)), ...(next === undefined ? {} : { next }) };
    },
  );
  app.get(
    '/v1/legs/:mediaLegId',
    { schema: { summary: 'One leg with its figures', params: legParams, response: { 200: answers.leg, ...problems } } },
    async (request) => legView(await agent.legs.view(idOf(request.params)), agent.privacy),
  );
  app.get(
    '/v1/legs/:mediaLegId/series',
    {
      schema: {
        summary: 'What each channel did, slot by slot',
        params: legParams,
        response: { 200: answers.series, ...problems },
      },
    },
    async (request) => {
      const { series, assignment } = await agent.legs.view(idOf(request.params));
      return seriesView(series, assignment, agent.slotSeconds);
    },
  );
  app.get(
    '/v1/legs/:mediaLegId/report',
    {
      schema: {
        summary: 'The report as sent, or as it would be now',
        params: legParams,
        response: { 200: answers.quality, ...problems },
      },
    },
    async (request, reply) => {
      const body = await agent.bodyOf(idOf(request.params));
      if (body === undefined) throw noReport(idOf(request.params));
      return reply.send(JSON.parse(body));
    },
  );
}

const noReport = (mediaLegId: string): OtherlegError =>
  new OtherlegError('REPORT_UNKNOWN', `leg ${mediaLegId} has no report`, {
    hint: 'it has no channel yet: GET /v1/legs/{mediaLegId} shows what is known',
  });
