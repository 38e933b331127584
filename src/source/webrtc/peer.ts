/** The child process that holds the agent's own peer connections. It speaks protocol.ts over its IPC channel. */
import { OtherlegError } from '../../model/error.ts';
import type { Calls, Failure, Reply, Request } from './protocol.ts';
import { Receiver } from './receiver.ts';

const receivers = new Map<string, Receiver>();

/** Threads and descriptors of a closed connection are freed with its object, which alone gives the collector no reason to run. */
function end(receiver: Receiver): void {
  receiver.close();
  setImmediate(() => globalThis.gc?.());
}

async function offer({ session, sdp }: Calls['offer']['ask']): Promise<string> {
  const receiver = new Receiver(session);
  receivers.set(session, receiver);
  try {
    return await receiver.answer(sdp);
  } catch (error) {
    if (receivers.delete(session)) end(receiver);
    throw error;
  }
}

async function close({ session }: Calls['close']['ask']): Promise<Calls['close']['answer']> {
  const receiver = receivers.get(session);
  if (receiver === undefined) return null;
  receivers.delete(session);
  try {
    return await receiver.sample();
  } finally {
    // After the reply: native threads need some time to wind down, and the caller has a deadline.
    setImmediate(() => end(receiver));
  }
}

/** A connection that is just being closed has no sample; that is no reason to withhold the others'. */
async function sample(): Promise<Calls['sample']['answer']> {
  const samples = await Promise.allSettled([...receivers.values()].map((receiver) => receiver.sample()));
  return samples.flatMap((settled) => (settled.status === 'fulfilled' ? [settled.value] : []));
}

function perform(request: Request): Promise<Calls[Request['call']]['answer']> {
  switch (request.call) {
    case 'offer':
      return offer(request.ask);
    case 'sample':
      return sample();
    case 'close':
      return close(request.ask);
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof OtherlegError)) return { code: 'WHIP_FAILED', message: String(error) };
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

async function serve(request: Request): Promise<void> {
  const { id } = request;
  const reply: Reply = await perform(request).then(
    (answer) => ({ id, answer }),
    (error: unknown) => ({ id, failure: failureOf(error) }),
  );
  if (process.connected) process.send?.(reply);
}

// A terminal or service manager signals the whole group; the agent still wants last samples, and ends this process itself.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
// Also when the agent is killed. A natural end would crash in native code (library.ts).
process.on('disconnect', () => process.exit(0));
process.on('message', (request: Request) => void serve(request));
