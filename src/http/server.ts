import type { RequestListener } from 'node:http';
import https from 'node:https';
import swagger from '@fastify/swagger';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject, validatorCompiler } from 'fastify-type-provider-zod';
import type { AccessToken } from './access.ts';
import { guardAccess } from './access-guard.ts';
import { readCalls, writeCalls } from './calls-routes.ts';
import { type Certificate, renewCertificate } from './certificate.ts';
import { compressAnswers } from './compressed.ts';
import { readEvents } from './events-routes.ts';
import { closeAnswers, guardHosts } from './guard.ts';
import type { Agent } from './http.ts';
import { readLegs, writeLegs } from './legs-routes.ts';
import { readMetrics } from './metrics-routes.ts';
import { servePage } from './page.ts';
import { readPlots } from './plots-routes.ts';
import { probes } from './probes.ts';
import { answerProblem, answerProblems } from './problem.ts';
import { readQualities } from './qualities-routes.ts';
import { readReports, writeReports } from './reports-routes.ts';
import { readSources } from './sources-routes.ts';
import { whip } from './whip-routes.ts';

/** A stats report of a large conference has some hundred entries of 300 octets. */
const BODY_LIMIT = 4 * 1024 * 1024;

/** A whole request takes no longer: who sends one octet a minute holds a connection and what was sent so far. Milliseconds. */
const REQUEST_MILLIS = 60_000;

/** Characters; a path has them percent-encoded. */
const LONGEST_ALIAS = 1024;

/** Bodies are JSON, or SDP where it is said; nothing else is parsed, and an empty body is no body. */
function parseBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const json = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else json(request, body.toString(), done);
  });
  app.addContentTypeParser('application/sdp', { parseAs: 'string' }, (_request, body, done) => done(null, body));
}

async function describe(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'otherleg', version, description: 'The VTC leg that Teams cannot see: control and read API.' },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

/** `all`: control and reading; `read`: everything that changes nothing. */
export type Scope = 'all' | 'read';

/**
 * Who may speak to a listener (without tokens everybody), its certificate, and where the built page is. A Unix socket has the
 * rights of its file and no tokens. Which it is has to be told: a connection that is gone does not say any more.
 */
export type Door = {
  readonly isSocket?: boolean;
  readonly tokens?: readonly AccessToken[];
  readonly tls?: Certificate;
  readonly page?: string;
};

function secured(tls: Certificate, handler: RequestListener, log: FastifyBaseLogger): https.Server {
  const server = https.createServer({ cert: tls.cert, key: tls.key }, handler);
  server.once('close', renewCertificate(server, tls, log));
  return server;
}

/** One listener's routes. Not listening yet. */
export async function buildServer(
  agent: Agent,
  loggerInstance: FastifyBaseLogger,
  scope: Scope,
  { isSocket = false, tokens = [], tls, page }: Door = {},
): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance,
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 3 * LONGEST_ALIAS },
    frameworkErrors: (error, _request, response) => void answerProblem(error, response),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    ...(tls && { serverFactory: (handler: RequestListener) => secured(tls, handler, loggerInstance) }),
  });
  app.server.requestTimeout = REQUEST_MILLIS; // a server of a factory does not take fastify's option
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value)); // answers are ours: their schemas only describe them
  parseBodies(app);
  answerProblems(app);
  compressAnswers(app);
  closeAnswers(app);
  guardHosts(app, isSocket || tokens.length > 0);
  if (tokens.length > 0) guardAccess(app, tokens, agent.refusals);
  await describe(app, agent.version);
  await servePage(app, page);
  app.register(async (routes) => {
    if (scope === 'all') {
      writeLegs(routes, agent);
      writeReports(routes, agent);
      writeCalls(routes, agent);
      whip(routes, agent);
    }
    readLegs(routes, agent);
    readQualities(routes, agent);
    readCalls(routes, agent);
    readReports(routes, agent);
    readSources(routes, agent);
    readEvents(routes, agent);
    readPlots(routes, agent);
    probes(routes, agent);
    readMetrics(routes, agent);
    routes.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  });
  await app.ready();
  return app;
}
