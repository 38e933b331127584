import { oneLine } from './redact.ts';

/** What Graph says in the body of an error; every member may be missing. */
export type GraphError = {
  readonly code?: string;
  readonly message?: string;
  readonly requestId?: string;
  readonly clientRequestId?: string;
};

type Json = Readonly<Record<string, unknown>>;

/** Reads Graph's error from any body at all: the documented shape, one wrapped in a message, or plain text. */
export function graphError(body: string): GraphError {
  const root = object(parsed(body));
  if (root === undefined) return body.trim() === '' ? {} : { message: oneLine(body) };
  const error = object(root['error']) ?? root;
  // Microsoft's pages spell it both ways.
  const inner = object(error['innerError']) ?? object(error['innererror']);
  const wrapped = object(parsed(text(error['message']) ?? ''));
  const code = text(wrapped?.['errorCode']) ?? text(wrapped?.['code']) ?? text(error['code']) ?? text(root['error']);
  const message = text(wrapped?.['message']) ?? text(error['message']);
  const requestId = text(inner?.['request-id']);
  const clientRequestId = text(inner?.['client-request-id']);
  return {
    ...(code !== undefined && { code: oneLine(code, 100) }),
    ...(message !== undefined && { message: oneLine(message) }),
    ...(requestId !== undefined && { requestId: oneLine(requestId, 100) }),
    ...(clientRequestId !== undefined && { clientRequestId: oneLine(clientRequestId, 100) }),
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function object(value: unknown): Json | undefined {
  // A parsed JSON object has string keys and values to be looked at one by one.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
