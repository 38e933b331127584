/** Every code of a problem that a caller or operator can meet. Stable names: they are part of the contract. */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'USAGE'
  | 'BODY_INVALID'
  | 'STATS_INVALID'
  | 'SDP_INVALID'
  | 'RTCP_INVALID'
  | 'CAPTURE_UNREADABLE'
  | 'LEG_UNKNOWN'
  | 'LEG_ENDED'
  | 'CALL_UNKNOWN'
  | 'RECORD_NOT_READ'
  | 'REPORT_UNKNOWN'
  | 'WHIP_SESSION_UNKNOWN'
  | 'WHIP_FAILED'
  | 'SOURCE_NOT_CONFIGURED'
  | 'HOST_REFUSED'
  | 'ORIGIN_REFUSED'
  | 'ACCESS_TOKEN_MISSING'
  | 'ACCESS_DENIED'
  | 'TOO_MANY_CLIENTS'
  | 'MEDIA_TYPE'
  | 'NOT_FOUND'
  | 'DRAINING'
  | 'STORE_LOCKED'
  | 'STORE_FAILED'
  | 'LISTEN_FAILED'
  | 'TOKEN_REFUSED'
  | 'TOKEN_UNREACHABLE'
  | 'INTERNAL';

/** An error that somebody can act on: `code` for programs, `message` for people, `hint` for the next step. */
export class OtherlegError extends Error {
  override readonly name = 'OtherlegError';
  readonly code: ErrorCode;
  readonly hint?: string;
  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}
