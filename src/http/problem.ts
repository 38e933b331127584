import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, OtherlegError } from '../model/error.ts';

/** An error body after RFC 9457, with our stable `code`, a `hint` for the next step, and the places that were wrong. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly hint?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
};

const statusOf: Partial<Record<ErrorCode, number>> = {
  BODY_INVALID: 422,
  STATS_INVALID: 422,
  SDP_INVALID: 422,
  RTCP_INVALID: 422,
  LEG_UNKNOWN: 404,
  LEG_ENDED: 409,
  CALL_UNKNOWN: 404,
  RECORD_NOT_READ: 409,
  REPORT_UNKNOWN: 404,
  WHIP_SESSION_UNKNOWN: 404,
  WHIP_FAILED: 502,
  SOURCE_NOT_CONFIGURED: 409,
  HOST_REFUSED: 421,
  ORIGIN_REFUSED: 403,
  ACCESS_TOKEN_MISSING: 401,
  ACCESS_DENIED: 403,
  TOO_MANY_CLIENTS: 503,
  MEDIA_TYPE: 415,
  NOT_FOUND: 404,
  DRAINING: 503,
  STORE_LOCKED: 503,
  STORE_FAILED: 503,
};

const titleOf: Partial<Record<ErrorCode, string>> = {
  BODY_INVALID: 'The request is not what the contract says',
  STATS_INVALID: 'This is not a W3C stats report',
  SDP_INVALID: 'This is not a session description',
  RTCP_INVALID: 'This is not a clear RTCP compound',
  LEG_UNKNOWN: 'No such leg',
  LEG_ENDED: 'The leg has ended',
  CALL_UNKNOWN: 'No such call',
  RECORD_NOT_READ: 'The record of the call cannot be asked for',
  REPORT_UNKNOWN: 'No such report',
  MEDIA_TYPE: 'The body has the wrong media type',
  NOT_FOUND: 'Nothing here',
  STORE_FAILED: 'The store could not write',
  DRAINING: 'The agent is stopping',
  ACCESS_TOKEN_MISSING: 'A token is needed',
  ACCESS_DENIED: 'Not with this token',
  TOO_MANY_CLIENTS: 'Too many clients follow the events',
};

/** The problem that an OtherlegError is to a caller. */
export function problemOf(error: OtherlegError): Problem {
  const { code, message, hint } = error;
  return {
    type: `urn:otherleg:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: titleOf[code] ?? 'The request failed',
    status: statusOf[code] ?? 500,
    code,
    detail: message,
    ...(hint === undefined ? {} : { hint }),
  };
}

const invalid = (detail: string, errors?: Problem['errors']): Problem => ({
  ...problemOf(new OtherlegError('BODY_INVALID', detail, { hint: 'see /openapi.json for the shape' })),
  ...(errors === undefined ? {} : { errors }),
});

type Validation = NonNullable<FastifyError['validation']>;

const invalidPlaces = (where: string, places: Validation): Problem => {
  const errors = places.map(({ instancePath, message }) => ({
    pointer: instancePath || '/',
    detail: message ?? 'wrong',
  }));
  return invalid(`${where}: ${errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ')}`, errors);
};

/** What fastify itself refuses, in the same words. */
function problemOfFastify(error: FastifyError): Problem {
  if (error.validation !== undefined) return invalidPlaces(error.validationContext ?? 'body', error.validation);
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return problemOf(mediaType());
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) return { ...invalid(error.message), status };
  return problemOf(new OtherlegError('INTERNAL', 'an error inside the agent; its log has the cause'));
}

const mediaType = (): OtherlegError =>
  new OtherlegError('MEDIA_TYPE', 'the body must be application/json (WHIP: application/sdp)', {
    hint: 'set Content-Type: application/json',
  });

function reply(response: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 503) response.header('Retry-After', '5');
  return response.code(problem.status).type('application/problem+json').send(problem);
}

/** Answers one error, ours or fastify's own. */
export function answerProblem(error: FastifyError | OtherlegError, response: FastifyReply): Problem {
  const problem = error instanceof OtherlegError ? problemOf(error) : problemOfFastify(error);
  reply(response, problem);
  return problem;
}

/** Every error of a server leaves it as problem+json. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | OtherlegError, request: FastifyRequest, response) => {
    const { status, code } = answerProblem(error, response);
    if (status >= 500) request.log.warn({ code, err: error }, 'request failed');
    return response;
  });
  app.setNotFoundHandler((request, response) => {
    const detail = `${request.method} ${request.url.split('?')[0]} is not part of the API`;
    return reply(response, problemOf(new OtherlegError('NOT_FOUND', detail, { hint: 'see /openapi.json' })));
  });
}
