import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { OtherlegError } from '../model/error.ts';
import { attemptView, reportEntryView, reportView, retriedView } from '../report/delivery-view.ts';
import type { Agent } from './http.ts';
import * as answers from './schema/answers.ts';
import { legParams, problem } from './schema/common.ts';

const query = z.strictObject({
  state: z.enum(['queued', 'delivered', 'refused', 'expired', 'dropped']).exactOptional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  after: z.string().exactOptional(),
});

const nothingTo = (verb: string, mediaLegId: string): OtherlegError =>
  new OtherlegError('REPORT_UNKNOWN', `there is no report of leg ${mediaLegId} to ${verb}`, {
    hint: 'GET /v1/reports lists them with their state',
  });

/** The outbox as operators read it. */
export function readReports(root: FastifyInstance, agent: Agent): void {
  const app = root.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/v1/reports',
    {
      schema: {
        summary: 'Reports owed to Graph and settled',
        querystring: query,
        response: { 200: answers.reportList },
      },
    },
    async (request) => {
      const { items, next } = await agent.outbox.reports(request.query);
      return { items: items.map(reportEntryView), ...(next === undefined ? {} : { next }) };
    },
  );
  app.get(
    '/v1/reports/:mediaLegId',
    {
      schema: {
        summary: 'One report: where it stands, every attempt, its body',
        params: legParams,
        response: { 200: answers.report, 404: problem },
      },
    },
    async (request) => {
      const mediaLegId = request.params.mediaLegId.toLowerCase();
      const { outbox } = agent;
      const report = await outbox.report(mediaLegId);
      const state = await outbox.state(mediaLegId);
      if (report === undefined || state === undefined) throw nothingTo('show', mediaLegId);
      return reportView(report, state, await outbox.attempts(mediaLegId));
    },
  );
  app.get(
    '/v1/reports/:mediaLegId/attempts',
    { schema: { summary: 'Every attempt at one report', params: legParams, response: { 200: answers.attemptList } } },
    async (request) => ({
      items: (await agent.outbox.attempts(request.params.mediaLegId.toLowerCase())).map(attemptView),
    }),
  );
}

/** What an operator may do to a report. */
export function writeReports(root: FastifyInstance, agent: Agent): void {
  const app = root.withTypeProvider<ZodTypeProvider>();
  const response = { 204: z.null(), 404: problem };
  app.post(
    '/v1/reports/:mediaLegId/retry',
    {
      schema: {
        summary: 'Try a report again that is not delivered: at once (204), or when Graph asked for it (202)',
        params: legParams,
        response: { ...response, 202: answers.retried },
      },
    },
    async (request, reply) => {
      const mediaLegId = request.params.mediaLegId.toLowerCase();
      const retried = await agent.outbox.retry(mediaLegId);
      if (retried === undefined) throw nothingTo('retry', mediaLegId);
      const { heldUntil } = retriedView(retried);
      if (heldUntil === undefined) return reply.code(204).send(null);
      return reply.code(202).send({ heldUntil });
    },
  );
  app.delete(
    '/v1/reports/:mediaLegId',
    { schema: { summary: 'Give a report up', params: legParams, response } },
    async (request, reply) => {
      const mediaLegId = request.params.mediaLegId.toLowerCase();
      if (!(await agent.outbox.drop(mediaLegId))) throw nothingTo('drop', mediaLegId);
      return reply.code(204).send(null);
    },
  );
}
