import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyReply } from 'fastify';
import { type ErrorCode, OtherlegError } from '../model/error.ts';

/** An error as Webex' APIs tell it. */
export type WebexError = {
  readonly message: string;
  readonly errors: readonly { readonly description: string }[];
  readonly trackingId: string;
};

/** Webex has no 421 and no 422. */
const statusOf: Partial<Record<ErrorCode, number>> = {
  BODY_INVALID: 400,
  HOST_REFUSED: 403,
  ORIGIN_REFUSED: 403,
  ACCESS_TOKEN_MISSING: 401,
  ACCESS_DENIED: 403,
  LEG_UNKNOWN: 404,
  NOT_FOUND: 404,
  DRAINING: 503,
  STORE_LOCKED: 503,
  STORE_FAILED: 503,
};

/** Answers an error in Webex' shape, with Webex' status; its `trackingId` is in the log, too. */
export function answerWebexError(error: FastifyError | OtherlegError, response: FastifyReply): void {
  const { status, message, descriptions } = toldOf(error);
  const trackingId = `OTHERLEG_${randomUUID()}`;
  if (status >= 500) response.log.warn({ trackingId, err: error }, 'request failed');
  if (status === 503) response.header('Retry-After', '5');
  const body: WebexError = { message, errors: descriptions.map((description) => ({ description })), trackingId };
  response.header('trackingid', trackingId).code(status).type('application/json').send(body);
}

type Told = { readonly status: number; readonly message: string; readonly descriptions: readonly string[] };

function toldOf(error: FastifyError | OtherlegError): Told {
  if (error instanceof OtherlegError) {
    const { code, message, hint } = error;
    return { status: statusOf[code] ?? 500, message, descriptions: [hint ?? message] };
  }
  if (error.validation !== undefined) {
    const descriptions = error.validation.map(({ instancePath, message = 'wrong' }) =>
      `${instancePath.slice(1)} ${message}`.trim(),
    );
    return { status: 400, message: 'The request could not be understood by the server.', descriptions };
  }
  const status = error.statusCode ?? 500;
  const message = status < 500 ? error.message : 'an error inside the agent; its log has the cause';
  return { status, message, descriptions: [message] };
}
