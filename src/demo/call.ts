import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlClient } from '../client/control-client.ts';
import type { CallAnswer } from '../client/read-shapes.ts';
import type { DeliveryAnswer, ReportBody } from '../client/shapes.ts';
import type { GraphRequest } from './graph-stand-in.ts';
import type { NamedStream } from './messages.ts';
import type { Relay } from './relay.ts';
import type { Stage } from './stage.ts';
import { type Truth, truthOf } from './truth.ts';

/** The agent's own default. */
const SAMPLE_SECONDS = 5;
const TICK_SECONDS = 0.5;
const DELIVERY_SECONDS = 20;
/** The agent asks for the record a second after the leg's end, once more two seconds later, and needs a moment to judge: many on a busy machine. */
const RECORD_SECONDS = 20;

/** How a call went. `graph`: the last request about it, whatever was answered; `report`: what was accepted or is owed. */
export type Outcome = {
  readonly mediaLegId: string;
  readonly report: ReportBody;
  readonly delivery: DeliveryAnswer;
  readonly accepted: boolean;
  readonly graph?: GraphRequest;
  readonly truth: Truth;
  /** Both legs as the agent knew them when the stand-in's record was read, or no longer waited for. */
  readonly call?: CallAnswer;
};

export type CallOptions = {
  /** Length of the call. */
  readonly seconds: number;
  /** Told how many seconds of the call are over. */
  readonly progress: (elapsed: number) => void;
  readonly signal: AbortSignal;
};

/**
 * Makes a call over the relay, ends its leg, and waits until Graph has its report and the agent Graph's record of the call.
 * Rejects with what went wrong.
 */
export async function makeCall(stage: Stage, options: CallOptions): Promise<Outcome> {
  const { agent, gateway } = stage;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  try {
    return await Promise.race([call(stage, { ...options, signal }), gateway.gone, agent.gone]);
  } finally {
    over.abort();
  }
}

async function call(stage: Stage, options: CallOptions): Promise<Outcome> {
  const mediaLegId = randomUUID();
  const streams = await begin(stage, mediaLegId);
  await talk(options);
  const { answer, truth } = await end(stage, streams);
  const client = new ControlClient(stage.agent.url);
  const delivery = await delivered(client, mediaLegId, options.signal);
  const graph = stage.graph.requests.at(-1);
  const accepted = stage.graph.accepted.find(({ body }) => isAbout(body, mediaLegId));
  const report = accepted === undefined ? answer.report : (accepted.body as ReportBody); // the contract has proven it
  if (report === undefined)
    throw new Error(`there is no report: ${delivery.state}, ${delivery.reason ?? 'no reason given'}`);
  const outcome = { mediaLegId, report, delivery, accepted: accepted !== undefined, truth };
  // Without an accepted report the stand-in knows of no call.
  const both = accepted && (await bothLegs(client, report.quality.callChainId, options.signal));
  return { ...outcome, ...(graph && { graph }), ...(both && { call: both }) };
}

async function begin({ relay, agent, gateway }: Stage, mediaLegId: string): Promise<readonly NamedStream[]> {
  const [described, connected] = [gateway.next('described'), gateway.next('connected')];
  const ids = { mediaLegId, callChainId: randomUUID(), participantId: randomUUID() };
  gateway.tell({
    kind: 'start',
    agent: agent.url,
    relay: relay.ports,
    leg: { ...ids, deviceAddress: '127.0.0.1', gateway: 'otherleg-demo' },
    intervalSeconds: SAMPLE_SECONDS,
  });
  const { peers, streams } = await described;
  nameStreams(relay, streams);
  relay.connect(peers);
  await connected;
  return streams;
}

/** Jitter needs to know the clock of a stream before its first packet. */
function nameStreams(relay: Relay, streams: readonly NamedStream[]): void {
  for (const { direction, ssrc, clockRate } of streams) relay.path(direction).stream(ssrc).jitter.clockRate = clockRate;
}

async function talk({ seconds, progress, signal }: CallOptions): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const elapsed = (performance.now() - startedAt) / 1000;
    progress(elapsed);
    if (elapsed >= seconds) return;
    await sleep(Math.min(TICK_SECONDS, seconds - elapsed) * 1000, undefined, { signal });
  }
}

async function end({ gateway, relay }: Stage, streams: readonly NamedStream[]) {
  const ended = gateway.next('ended');
  gateway.tell({ kind: 'end' });
  const { answer, lastSampleAt } = await ended;
  if (answer === undefined) throw new Error(`the agent did not take the end of the leg: ${gateway.troubles.at(-1)}`);
  return { answer, truth: truthOf(relay, streams, lastSampleAt) };
}

async function delivered(client: ControlClient, mediaLegId: string, signal: AbortSignal): Promise<DeliveryAnswer> {
  const deadline = AbortSignal.timeout(DELIVERY_SECONDS * 1000);
  for (;;) {
    const { delivery } = await client.leg(mediaLegId);
    if (delivery.state !== 'queued' || deadline.aborted) return delivery;
    await sleep(100, undefined, { signal });
  }
}

/** Both legs as soon as the agent has read Graph's record; without it once it takes too long. */
async function bothLegs(client: ControlClient, callChainId: string, signal: AbortSignal): Promise<CallAnswer> {
  const deadline = AbortSignal.timeout(RECORD_SECONDS * 1000);
  for (;;) {
    const answer = await client.call(callChainId);
    if (answer.callRecord?.state !== 'waiting' || deadline.aborted) return answer;
    await sleep(100, undefined, { signal });
  }
}

function isAbout(body: unknown, mediaLegId: string): boolean {
  const { quality } = body as ReportBody; // only accepted bodies are asked, and the contract has proven those
  return quality.mediaLegId.toLowerCase() === mediaLegId.toLowerCase();
}
