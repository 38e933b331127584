import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { worstOf } from '../correlate/leg-verdict.ts';
import { OtherlegError } from '../model/error.ts';
import type { Leg, LegQuery } from '../model/leg.ts';
import { callRecordView, verdictView } from '../report/call-view.ts';
import { legEntryView } from '../report/leg-view.ts';
import { rfc3339, timeMember } from '../report/rfc3339.ts';
import { legsOfCall } from './call-legs.ts';
import type { Agent, KnownCall } from './http.ts';
import { askedRecord, call, callList, callParams, callsQuery } from './schema/calls.ts';
import { problem, seconds } from './schema/common.ts';

/** Calls: our legs of each together, beside Graph's own record, and which leg was bad. */
export function readCalls(root: FastifyInstance, agent: Agent): void {
  const app = root.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/v1/calls',
    {
      schema: {
        summary: 'List calls, the newest or the worst first',
        description: 'Each with its verdict as told last. A leg without a callChainId is a call of its own.',
        querystring: callsQuery,
        response: { 200: callList, 422: problem, 503: problem },
      },
    },
    async (request) => listCalls(agent, queryOf(request.query)),
  );
  app.get(
    '/v1/calls/:callChainId',
    {
      schema: {
        summary: 'Both legs of a call, judged anew from what was measured and from the record',
        params: callParams,
        response: { 200: call, 404: problem, 422: problem, 503: problem },
      },
    },
    async (request) => {
      const callChainId = request.params.callChainId.toLowerCase();
      const known = await agent.call(callChainId);
      if (known === undefined) throw unknownCall(callChainId);
      return callView(known, agent);
    },
  );
}

/** What an operator may ask of a call. */
export function writeCalls(root: FastifyInstance, agent: Agent): void {
  root.withTypeProvider<ZodTypeProvider>().post(
    '/v1/calls/:callChainId/record',
    {
      schema: {
        summary: "Ask for Graph's record of a call again, now",
        description: 'For one that was missing or not readable when it was asked for, or that has more by now.',
        params: callParams,
        response: { 202: askedRecord, 404: problem, 409: problem, 422: problem, 503: problem },
      },
    },
    async (request, reply) => {
      const callChainId = request.params.callChainId.toLowerCase();
      const stored = await agent.askRecord?.(callChainId);
      if (stored === undefined) throw unknownCall(callChainId);
      return reply.code(202).send({ callChainId, state: stored.state, ...timeMember('dueAt', stored.dueAt) });
    },
  );
}

function callView({ callChainId, legs, callRecord }: KnownCall, { privacy }: Agent) {
  const judged = legs.filter(({ verdict }) => verdict !== undefined);
  const verdict = worstOf(judged)?.verdict;
  // While a leg goes on, nothing that is said of the call is final.
  const isLive = judged.length < legs.length;
  return {
    callChainId,
    legs: legs.map(({ leg, levels, teams, verdict: own }) => {
      const { verdict: _, ...entry } = legEntryView(leg, privacy);
      return { ...entry, ...(own && { verdict: verdictView(own) }), levels, ...(teams && { teams }) };
    }),
    ...(callRecord && { callRecord: callRecordView(callRecord) }),
    ...(verdict && { verdict: verdictView(isLive ? { ...verdict, state: 'provisional' } : verdict) }),
  };
}

function queryOf({ from, to, ...rest }: z.infer<typeof callsQuery>): LegQuery {
  return {
    ...rest,
    ...(from === undefined ? {} : { from: seconds(from) }),
    ...(to === undefined ? {} : { to: seconds(to) }),
  };
}

/**
 * A page of legs, of each call the first in that order: it stands for the call, wherever in the list its other legs come. So
 * a page may have fewer calls than legs; one without any is passed over.
 */
async function listCalls(agent: Agent, query: LegQuery) {
  const { limit: _, after: __, ...filter } = query;
  let after = query.after;
  for (;;) {
    const page = await agent.list({ ...query, ...(after === undefined ? {} : { after }) });
    const entries = await Promise.all(page.items.map((leg) => entryOf(agent, leg, filter)));
    const items = entries.filter((entry) => entry !== undefined);
    if (items.length > 0 || page.next === undefined)
      return { items, ...(page.next === undefined ? {} : { next: page.next }) };
    after = page.next;
  }
}

/** The call of a leg that stands for it. */
async function entryOf(agent: Agent, leg: Leg, filter: Omit<LegQuery, 'limit'>) {
  const { callChainId } = leg.control;
  if (callChainId === undefined) return entryView([leg], leg, agent);
  const legs = await legsOfCall(agent, callChainId);
  if (legs.length > 1 && !(await standsFor(agent, leg, callChainId, filter))) return undefined;
  return entryView(legs, leg, agent);
}

/** No other leg of this call that was asked for comes before it. */
async function standsFor(
  agent: Agent,
  leg: Leg,
  callChainId: string,
  filter: Omit<LegQuery, 'limit'>,
): Promise<boolean> {
  const { items } = await agent.list({ ...filter, identifier: callChainId, limit: 100 });
  const first = items.find(({ control }) => control.callChainId === callChainId);
  return first === undefined || first.mediaLegId === leg.mediaLegId;
}

function entryView(legs: readonly Leg[], stands: Leg, { privacy }: Agent) {
  const all = legs.length === 0 ? [stands] : legs;
  const ended = all.filter(({ state }) => state === 'ended');
  const worst = worstOf(ended.map((leg) => ({ leg })))?.leg;
  const last = ended.length === all.length ? Math.max(...all.map(({ endedAt = 0 }) => endedAt)) : undefined;
  return {
    ...(stands.control.callChainId === undefined ? {} : { callChainId: stands.control.callChainId }),
    startedAt: rfc3339(Math.min(...all.map(({ startedAt }) => startedAt))),
    ...timeMember('endedAt', last),
    ...(worst?.severity === undefined ? {} : { severity: worst.severity }),
    ...(worst?.verdict && { verdict: verdictView(worst.verdict) }),
    legs: all.map((leg) => legEntryView(leg, privacy)),
  };
}

const unknownCall = (callChainId: string): OtherlegError =>
  new OtherlegError('CALL_UNKNOWN', `no leg of ours is known of call ${callChainId}`, {
    hint: 'GET /v1/legs?identifier= also finds legs that were in it before',
  });
