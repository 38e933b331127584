import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { EndAsk, Put } from '../leg/leg.ts';
import { OtherlegError } from '../model/error.ts';
import type { LegQuery } from '../model/leg.ts';
import { deliveryView } from '../report/delivery-view.ts';
import { legEntryView, legView } from '../report/leg-view.ts';
import { seriesView } from '../report/series-view.ts';
import type { Agent } from './http.ts';
import { aliasOf, byAlias, byId, type LegReference } from './leg-reference.ts';
import * as answers from './schema/answers.ts';
import { compoundsOf, reconcileBody, reconciled, rtcpBody, rtcpTaken } from './schema/capture.ts';
import { guid, problem, seconds, time } from './schema/common.ts';
import { type LegPatchBody, legPatch, patchOf } from './schema/leg-patch.ts';

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
  text: z.string().min(1).max(256).exactOptional().meta({ description: 'part of a name: room, device or gateway' }),
  from: time.exactOptional(),
  to: time.exactOptional(),
  sort: z.enum(['newest', 'worst']).exactOptional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  after: z.string().exactOptional(),
});

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
  const alias = byAlias(agent);
  begin(root, agent, byId, async (params, body) => agent.legs.put(await byId.idOf(params), patchOf(body)));
  begin(root, agent, alias, (params, body) => agent.legs.putNamed(aliasOf(params), patchOf(body)));
  for (const reference of [byId, alias]) {
    measure(root, agent, reference);
    end(root, agent, reference);
  }
  reconcile(root, agent);
}

type PutLeg = (params: unknown, body: LegPatchBody) => Promise<Put>;

function begin(root: FastifyInstance, agent: Agent, { path, by, params }: LegReference, put: PutLeg): void {
  root.withTypeProvider<ZodTypeProvider>().put(
    path,
    {
      schema: {
        summary: `Begin or change a leg${by}`,
        params,
        body: legPatch,
        response: { 200: answers.legEntry, 201: answers.legEntry, ...problems },
      },
    },
    async (request, reply) => {
      const { leg, created } = await put(request.params, request.body);
      return reply.code(created ? 201 : 200).send(legEntryView(leg, agent.privacy));
    },
  );
}

function measure(root: FastifyInstance, agent: Agent, { path, by, params, idOf }: LegReference): void {
  const app = root.withTypeProvider<ZodTypeProvider>();
  app.post(
    `${path}/stats`,
    {
      schema: {
        summary: `Push one W3C stats report of the leg${by}`,
        description: '`{timestamp, stats: […]}`, timestamps in milliseconds. Answered when it is on disk.',
        params,
        body: z.unknown(),
        response: { 202: answers.pushed, ...problems },
      },
    },
    async (request, reply) => reply.code(202).send(await agent.pushStats(await idOf(request.params), request.body)),
  );
  app.post(
    `${path}/rtcp`,
    {
      schema: {
        summary: `Push clear RTCP compounds of an encrypted leg${by}`,
        description: 'They count as if they had been captured. The keys stay with the gateway.',
        params,
        body: rtcpBody,
        response: { 202: rtcpTaken, 409: problem, ...problems },
      },
    },
    async (request, reply) =>
      reply.code(202).send(await agent.pushRtcp(await idOf(request.params), compoundsOf(request.body))),
  );
}

function end(root: FastifyInstance, agent: Agent, { path, by, params, idOf }: LegReference): void {
  root.withTypeProvider<ZodTypeProvider>().post(
    `${path}/end`,
    {
      schema: {
        summary: `End the leg${by}: its report is on disk before the answer`,
        params,
        body: endBody,
        response: { 202: answers.ended, ...problems },
      },
    },
    async (request, reply) => {
      const { mediaLegId, body, delivery } = await agent.legs.end(await idOf(request.params), endAsk(request.body));
      const report = body === undefined ? {} : { report: JSON.parse(body) };
      return reply.code(202).send({ mediaLegId, ...report, delivery: deliveryView(delivery) });
    },
  );
}

function reconcile(root: FastifyInstance, agent: Agent): void {
  root.withTypeProvider<ZodTypeProvider>().post(
    '/v1/legs/reconcile',
    {
      schema: {
        summary: "After a gateway's restart: its legs that do not go on end",
        description: 'They end as `gateway-restart`, when they were last heard of.',
        body: reconcileBody,
        response: { 200: reconciled, 422: problem, 503: problem },
      },
    },
    async (request) => agent.legs.reconcile(request.body.gateway, request.body.live),
  );
}

/** Legs, their figures, series and bodies. */
export function readLegs(root: FastifyInstance, agent: Agent): void {
  root
    .withTypeProvider<ZodTypeProvider>()
    .get(
      '/v1/legs',
      { schema: { summary: 'List legs', querystring: legQuery, response: { 200: answers.legList, 422: problem } } },
      async (request) => {
        const { items, next } = await agent.list(queryOf(request.query));
        return { items: items.map((leg) => legEntryView(leg, agent.privacy)), ...(next === undefined ? {} : { next }) };
      },
    );
  for (const reference of [byId, byAlias(agent)]) readLeg(root, agent, reference);
}

function readLeg(root: FastifyInstance, agent: Agent, { path, by, params, idOf }: LegReference): void {
  const app = root.withTypeProvider<ZodTypeProvider>();
  app.get(
    path,
    { schema: { summary: `One leg with its figures${by}`, params, response: { 200: answers.leg, ...problems } } },
    async (request, reply: FastifyReply) => {
      const mediaLegId = await idOf(request.params);
      const long = await agent.longLegs?.leg(mediaLegId, agent.privacy);
      if (long !== undefined) return reply.type('application/json; charset=utf-8').send(long);
      return reply.send(legView(await agent.legs.view(mediaLegId), agent.privacy));
    },
  );
  app.get(
    `${path}/series`,
    {
      schema: {
        summary: `What each channel did, slot by slot${by}`,
        params,
        response: { 200: answers.series, ...problems },
      },
    },
    async (request) => {
      const { series, assignment } = await agent.legs.view(await idOf(request.params));
      return seriesView(series, assignment, agent.slotSeconds);
    },
  );
  app.get(
    `${path}/report`,
    {
      schema: {
        summary: `The report as sent, or as it would be now${by}`,
        params,
        response: { 200: answers.quality, ...problems },
      },
    },
    async (request, reply) => {
      const mediaLegId = await idOf(request.params);
      const body = await agent.bodyOf(mediaLegId);
      if (body === undefined) throw noReport(mediaLegId);
      return reply.send(JSON.parse(body));
    },
  );
}

const noReport = (mediaLegId: string): OtherlegError =>
  new OtherlegError('REPORT_UNKNOWN', `leg ${mediaLegId} has no report`, {
    hint: 'it has no channel yet: GET /v1/legs/{mediaLegId} shows what is known',
  });
