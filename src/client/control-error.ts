import type { ErrorCode } from '../model/error.ts';

/** What a call of the control API failed with: the agent's own code, or that there was no answer of the agent at all. */
export type ControlErrorCode = ErrorCode | 'AGENT_UNREACHABLE' | 'ANSWER_UNREADABLE';

/** A call of the control API that did not succeed. `status` is absent when no answer came; `hint` is the next step. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: ControlErrorCode;
  readonly status?: number;
  readonly hint?: string;

  constructor(code: ControlErrorCode, message: string, more: { status?: number; hint?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    if (more.status !== undefined) this.status = more.status;
    if (more.hint !== undefined) this.hint = more.hint;
  }

  /** The same call may succeed later: the agent is down, restarting, stopping or cannot write for now. */
  get passing(): boolean {
    return this.status === undefined || this.status >= 500;
  }
}
