/** Why work was cut off: it took too long, or it was told to stop. */
export class CutOff extends Error {
  override readonly name = 'CutOff';
  readonly code: 'DEADLINE' | 'STOPPED';
  constructor(code: CutOff['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Runs `work` with a signal that aborts after `seconds` or together with `outer`; its reason is a CutOff. Leaves no
 * timer and no listener behind, which AbortSignal.timeout and AbortSignal.any do until they are collected.
 */
export async function withDeadline<T>(
  seconds: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort(new CutOff('STOPPED', 'stopped before the answer came'));
  const late = () => controller.abort(new CutOff('DEADLINE', `no answer within ${seconds} s`));
  const timer = setTimeout(late, seconds * 1000);
  outer?.addEventListener('abort', stop);
  if (outer?.aborted === true) stop();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', stop);
  }
}

/** `work`, or a rejection as soon as `signal` aborts; the work itself goes on for whoever else waits for it. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
