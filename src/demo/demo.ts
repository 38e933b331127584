import { once } from 'node:events';
import { exchange, targetOf } from '../client/exchange.ts';
import { answerOf, humanText, jsonText } from './account.ts';
import { type CallOptions, makeCall, type Outcome } from './call.ts';
import { Cleanup } from './cleanup.ts';
import { Progress, type ProgressOutput } from './progress.ts';
import { type Stage, setStage } from './stage.ts';

/** 40 ms each way with ± 3 ms of jitter, and one packet of fifty lost. */
const IMPAIRMENT = { loss: 0.02, delaySeconds: 0.04, jitterSeconds: 0.003, seed: 1 };
const DEFAULT_SECONDS = 30;

export type DemoOptions = {
  /** One JSON document on `stdout` and nothing else. */
  readonly json?: boolean;
  /** Length of the call; 30 if absent. Below 10 there is little to see. */
  readonly seconds?: number;
  /** Keeps the agent up after the call until Ctrl-C. */
  readonly hold?: boolean;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: ProgressOutput;
};

/**
 * Measures and reports a real call on this machine: two peer connections over a relay that impairs what passes, the agent
 * beside them, a stand-in for Graph. Answers the exit code; leaves no process and no file behind.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { stderr } = options;
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const cleanup = new Cleanup();
  try {
    await demonstrate(options, cleanup, interrupt.signal);
    return 0;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    stderr.write(`otherleg demo: ${interrupt.signal.aborted ? 'interrupted' : reason}\n`);
    return 1;
  } finally {
    await cleanup.run();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function demonstrate(options: DemoOptions, cleanup: Cleanup, signal: AbortSignal): Promise<void> {
  const { json = false, seconds = DEFAULT_SECONDS, hold = false, stdout, stderr } = options;
  stderr.write('starting the agent, a gateway with a room device, and a stand-in for Graph on loopback\n');
  const stage = await setStage(IMPAIRMENT, cleanup, signal);
  stderr.write(`a call of ${seconds} s over a relay that loses 2 %, delays by 40 ms each way and jitters\n`);
  const outcome = await callWithProgress(stage, { seconds, signal }, stderr);
  await stage.gateway.stop();
  const pageUrl = hold ? await pageOf(stage) : undefined;
  const whereabouts = { agentUrl: stage.agent.url, held: hold, ...(pageUrl === undefined ? {} : { pageUrl }) };
  stdout.write(json ? jsonText(outcome, whereabouts) : humanText(outcome, whereabouts));
  if (!outcome.accepted)
    throw new Error(`Graph's stand-in did not accept the report: it answered ${answerOf(outcome)}`);
  if (!hold || signal.aborted) return;
  const page = pageUrl === undefined ? '' : `, its page at ${pageUrl}#/legs/${outcome.mediaLegId}`;
  stderr.write(`the agent stays up at ${stage.agent.url}${page} until Ctrl-C\n`);
  // The agent's pipes and the stand-in keep this process alive meanwhile.
  await once(signal, 'abort');
}

async function callWithProgress(
  stage: Stage,
  { seconds, signal }: Omit<CallOptions, 'progress'>,
  stderr: ProgressOutput,
): Promise<Outcome> {
  const progress = new Progress(stderr, seconds);
  try {
    return await makeCall(stage, { seconds, signal, progress: (elapsed) => progress.at(elapsed) });
  } finally {
    progress.end();
  }
}

/** The operator's page, if this agent has one. */
async function pageOf({ agent }: Stage): Promise<string | undefined> {
  const call = { method: 'GET', path: '/', headers: { Accept: 'text/html' }, timeoutSeconds: 2 } as const;
  const answer = await exchange(targetOf(agent.url), call).catch(() => undefined);
  const isPage = answer?.status === 200 && answer.headers['content-type']?.startsWith('text/html') === true;
  return isPage ? `${agent.url}/` : undefined;
}
