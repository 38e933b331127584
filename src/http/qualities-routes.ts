import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { OtherlegError } from '../model/error.ts';
import type { Leg } from '../model/leg.ts';
import { type MeetingQuality, meetingQuality } from '../report/meeting-quality.ts';
import { legsOfCall } from './call-legs.ts';
import type { Agent } from './http.ts';
import { qualitiesAnswer, qualitiesQuery, webexError } from './schema/qualities.ts';
import { nextPage } from './web-link.ts';
import { answerWebexError } from './webex-error.ts';

const PATH = '/v1/meeting/qualities';

/** Webex' Get Meeting Qualities, served: a client of Webex' reads it unchanged, its errors and paging included. */
export function readQualities(root: FastifyInstance, agent: Agent): void {
  // A scope of its own: here errors are in Webex' shape.
  root.register(async (scope) => {
    scope.setErrorHandler((error: FastifyError | OtherlegError, _request, response) => {
      answerWebexError(error, response);
      return response;
    });
    get(scope, agent);
    scope.route({
      method: ['POST', 'PUT', 'PATCH', 'DELETE'],
      url: PATH,
      schema: { hide: true },
      handler: async (_request, response) => {
        response.header('Allow', 'GET, HEAD');
        throw Object.assign(new Error('only GET is allowed here'), { statusCode: 405 });
      },
    });
  });
}

function get(scope: FastifyInstance, agent: Agent): void {
  const response = { 200: qualitiesAnswer, 400: webexError, 403: webexError, 404: webexError, 503: webexError };
  scope.withTypeProvider<ZodTypeProvider>().get(
    PATH,
    {
      schema: {
        summary: "Quality of a call's legs in the shape of Webex' Get Meeting Qualities",
        description:
          'One item a leg, live or ended. Pages by the `Link` header (RFC 8288). Arrays hold numbers only: a gap ends the object, the next one begins with its own startTime.',
        querystring: qualitiesQuery,
        response,
      },
    },
    async (request, reply) => {
      const { meetingId, max, offset, samplingInterval } = request.query;
      if (samplingInterval % agent.slotSeconds !== 0) throw notASampling(agent.slotSeconds);
      const legs = await legsOfCall(agent, meetingId.toLowerCase());
      if (legs.length === 0) throw unknownMeeting(meetingId);
      const link = nextPage(asked(request), { offset, max, total: legs.length });
      if (link !== undefined) reply.header('Link', link);
      const items: MeetingQuality[] = [];
      // One after another: a leg of hours is much to read, and others wait.
      for (const leg of legs.slice(offset, offset + max)) items.push(await qualityOf(agent, leg, samplingInterval));
      return reply.send({ items });
    },
  );
}

async function qualityOf(agent: Agent, leg: Leg, samplingInterval: number): Promise<MeetingQuality> {
  const view = await agent.legs.view(leg.mediaLegId);
  const resources = agent.load?.(view.leg, samplingInterval);
  return meetingQuality(view, {
    ...agent.privacy,
    samplingInterval,
    ...(agent.serverRegion === undefined ? {} : { serverRegion: agent.serverRegion }),
    ...(resources === undefined ? {} : { resources }),
  });
}

/** The whole address that was asked: clients follow links as they stand. */
function asked(request: FastifyRequest): URL {
  return new URL(request.url, `${request.protocol}://${request.headers.host ?? 'localhost'}`);
}

const unknownMeeting = (meetingId: string): OtherlegError =>
  new OtherlegError('NOT_FOUND', `no leg is known of meeting ${meetingId}`, {
    hint: 'meetingId is the callChainId that PUT /v1/legs/{mediaLegId} told; GET /v1/legs?identifier= finds earlier ones',
  });

const notASampling = (slot: number): OtherlegError =>
  new OtherlegError('BODY_INVALID', `samplingInterval must be a multiple of ${slot}`, {
    hint: `slots are ${slot} s long (sampling.interval)`,
  });
