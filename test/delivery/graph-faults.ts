import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DELIVERY_DEFAULTS, Delivery } from '../../src/delivery/delivery.ts';
import { secretCredential } from '../../src/graph/client-secret.ts';
import { cloudNamed } from '../../src/graph/clouds.ts';
import { graphClient } from '../../src/graph/graph-client.ts';
import { loginTransport } from '../../src/graph/login-transport.ts';
import { msalTokens, type TokenProvider } from '../../src/graph/tokens.ts';
import type { Clock } from '../../src/model/clock.ts';
import type { Outcome } from '../../src/model/delivery.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { until } from '../daemon/slim-gateway.ts';
import { CLIENT, granted, loginHost } from '../graph/login-host.ts';
import { loopbackServer } from '../graph/loopback-server.ts';
import { tlsServer } from '../graph/tls-server.ts';
import { endedLeg } from './ended-leg.ts';

/**
 * How long each fault lasts, and how long an attempt may take (30 s in an agent): all courses begin at once, and on a busy
 * machine an answer must not look as if there was none. Seconds.
 */
const FAULT_SECONDS = 1;
const DEADLINE_SECONDS = 4;
/** Where a course does not go on, what it asserts says more than that it took too long. Seconds. */
const PATIENCE_SECONDS = 25;

export type GraphFault = {
  /** As docs/operating.md names it. */
  readonly name: string;
  /** What Graph does while the fault lasts; a status is answered without a body. */
  readonly graph?: number | ((response: ServerResponse) => void) | 'gone' | 'untrusted';
  /** What else is wrong while it lasts. */
  readonly login?: 'silent';
  /** How far the clock of this host is off, seconds. */
  readonly clockOff?: number;
  /** How the first attempt ended. */
  readonly first: Outcome['kind'];
  /** Of the first attempt: status or code. */
  readonly told: number | string;
};

const retryAfter =
  (status: number, seconds: number, asDate = false) =>
  (response: ServerResponse): void => {
    const value = asDate ? new Date(Date.now() + seconds * 1000).toUTCString() : String(seconds);
    response.writeHead(status, { 'Retry-After': value }).end();
  };

/** Every way in which Graph, the login host or the network between may fail. */
export const graphFaults: readonly GraphFault[] = [
  ...[200, 202, 204].map((status) => ({ name: `${status}`, graph: status, first: 'accepted' as const, told: status })),
  ...[400, 403, 404, 409, 413, 422].map((status) => ({
    name: `${status}`,
    graph: status,
    first: 'refused' as const,
    told: status,
  })),
  ...[302, 401, 408, 429, 500, 502, 503, 504].map((status) => ({
    name: `${status}`,
    graph: status,
    first: 'keep' as const,
    told: status,
  })),
  { name: '429, Retry-After in seconds', graph: retryAfter(429, 2), first: 'keep', told: 429 },
  { name: '429, Retry-After as a date', graph: retryAfter(429, 3, true), first: 'keep', told: 429 },
  { name: '503, Retry-After in seconds', graph: retryAfter(503, 2), first: 'keep', told: 503 },
  { name: 'hang before headers', graph: () => undefined, first: 'keep', told: 'DEADLINE' },
  {
    name: 'hang in the body of a 502',
    graph: (response) => void response.writeHead(502, { 'Content-Length': 100 }).write('{'),
    first: 'keep',
    told: 502,
  },
  {
    name: 'connection reset',
    graph: (response) => void response.socket?.resetAndDestroy(),
    first: 'keep',
    told: 'ECONNRESET',
  },
  { name: 'connection refused', graph: 'gone', first: 'keep', told: 'ECONNREFUSED' },
  { name: 'TLS error', graph: 'untrusted', first: 'keep', told: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  { name: 'slow token host', login: 'silent', first: 'keep', told: 'TOKEN_UNREACHABLE' },
  {
    name: 'clock a day ahead, 429 with a date',
    graph: retryAfter(429, 3, true),
    clockOff: 86_400,
    first: 'keep',
    told: 429,
  },
  {
    name: 'clock a day behind, 429 with a date',
    graph: retryAfter(429, 3, true),
    clockOff: -86_400,
    first: 'keep',
    told: 429,
  },
];

/** What became of one report. `recovered`: seconds from the end of the fault to Graph's acceptance. */
export type Course = { readonly first: Outcome; readonly posts: number; readonly recovered: number };

const plainTokens: TokenProvider = {
  token: async (_tenant, { refused } = {}) => (refused === undefined ? 't-1' : 't-2'),
};

async function faultyLogin(fault: { on: boolean }, clock: Clock): Promise<TokenProvider> {
  const login = await loginHost(() => (fault.on ? undefined : granted('token')));
  return msalTokens({
    cloud: cloudNamed('global'),
    clientId: CLIENT,
    credential: secretCredential(() => 'secret'),
    clock,
    logger: { debug: () => undefined, warn: () => undefined },
    transport: loginTransport({ origin: login.origin, deadlineSeconds: DEADLINE_SECONDS / 2 }),
  });
}

/** A Graph that does as the fault says while it is on, and is well afterwards. */
async function faultyGraph({ graph }: GraphFault, fault: { on: boolean }) {
  const answered = { posts: 0, status: 204 };
  const answer = (response: ServerResponse): void => {
    answered.posts += 1;
    if (!fault.on || graph === undefined || typeof graph === 'string') response.writeHead(204).end();
    else if (typeof graph === 'number') response.writeHead(graph).end();
    else graph(response);
  };
  if (graph === 'untrusted') {
    const { port, trust, close } = await tlsServer((_request, response) => answer(response), false);
    return { origin: `https://127.0.0.1:${port}`, answered, mend: trust, close };
  }
  const server = await loopbackServer((_seen, response) => answer(response));
  if (graph !== 'gone') return { origin: server.origin, answered, mend: () => undefined, close: server.close };
  await server.close();
  const { createServer } = await import('node:http');
  const again = createServer((_request, response) => answer(response));
  const mend = () => void again.listen(Number(new URL(server.origin).port), '127.0.0.1');
  return { origin: server.origin, answered, mend, close: async () => void again.close() };
}

/** Sends one report into the fault, ends the fault, and waits until Graph has it; what was refused is sent again. */
export async function course(wrong: GraphFault): Promise<Course> {
  const folder = mkdtempSync(join(tmpdir(), 'otherleg-fault-'));
  const fault = { on: true };
  const clock = { now: () => Date.now() / 1000 + (wrong.clockOff ?? 0) };
  const graph = await faultyGraph(wrong, fault);
  const tokens = wrong.login === 'silent' ? await faultyLogin(fault, clock) : plainTokens;
  const store = sqliteStore({ path: join(folder, 'otherleg.db'), owner: 'agent', now: clock.now });
  await store.open();
  const options = { apiVersion: 'v1.0', userAgent: 'otherleg/0', tokens, clock } as const;
  const client = graphClient({ ...options, baseUrl: graph.origin, deadlineSeconds: DEADLINE_SECONDS });
  const logger = { info: () => undefined, warn: () => undefined };
  const parts = { store, graph: client, clock, random: Math.random, logger };
  const delivery = new Delivery(parts, { owner: 'agent', ...DELIVERY_DEFAULTS });
  try {
    const { leg, report } = endedLeg(1, '11111111-1111-1111-1111-111111111111', clock.now());
    await store.endLeg(leg, { report });
    delivery.start();
    const began = performance.now();
    const first = await until(async () => (await store.attempts(report.mediaLegId))[0], PATIENCE_SECONDS);
    await sleep(Math.max(0, FAULT_SECONDS * 1000 - (performance.now() - began)));
    fault.on = false;
    graph.mend();
    const well = performance.now();
    if (first.kind === 'refused' && (await store.requeueReport(report.mediaLegId, clock.now()))) delivery.wake();
    await until(async () => (await store.leg(leg))?.delivery.state === 'delivered', PATIENCE_SECONDS);
    return { first, posts: graph.answered.posts, recovered: (performance.now() - well) / 1000 };
  } finally {
    await delivery.stop();
    await store.close();
    await graph.close();
    rmSync(folder, { recursive: true });
  }
}
