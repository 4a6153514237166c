/**
 * The HTTPS server: who calls, how much, and what becomes of errors; the routes are in routes/, by service. Nothing here
 * knows what an operation does.
 */
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { LocalClient } from '../engine/operations/local-client.ts';
import type { Clock } from '../lib/clock.ts';
import { LIMITS } from '../lib/limits.ts';
import { type Random, uuid } from '../lib/random.ts';
import { serveRoutes, XmlText } from './coprhd/route.ts';
import { COPRHD_ROUTES } from './coprhd/routes.ts';
import { type Gate, isRefused, type Principal } from './gate.ts';
import { metricsRoutes } from './metrics.ts';
import { createRateLimit } from './rate-limit.ts';
import { Refusal } from './refusal.ts';
import { apiRoutes } from './routes/api.ts';
import { authRoutes, OPEN_ROUTES, proxyTokenOf, tokenOf } from './routes/auth.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { operationRoutes } from './routes/operations.ts';
import { namedPasswordRoutes, ownPasswordRoutes } from './routes/passwords.ts';
import type { RunningCalls } from './running.ts';
import { SERVICE_NAMES, type ServiceName, serviceOf } from './service-names.ts';
import { refuse } from './wire/answer.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before every route but the open ones. */
    principal?: Principal;
  }
}

export interface ServerOptions {
  readonly client: LocalClient;
  readonly gate: Gate;
  readonly running: RunningCalls;
  readonly clock: Clock;
  readonly random: Random;
  /** PEM. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly onError: (error: unknown, call: string) => void;
  /** Of the program. */
  readonly version: string;
  /** Default: LIMITS.requestHeadDeadlineMs. */
  readonly headDeadlineMs?: number;
  /** Default: all. */
  readonly services?: readonly ServiceName[] | undefined;
  /** Its name among several. */
  readonly node?: string | undefined;
}

export function createServer(options: ServerOptions): FastifyInstance {
  const {
    client,
    gate,
    running,
    clock,
    random,
    tls,
    version,
    onError,
    headDeadlineMs = LIMITS.requestHeadDeadlineMs,
    services: served = SERVICE_NAMES,
    node,
  } = options;
  const app = Fastify({
    https: {
      ...tls,
      minVersion: 'TLSv1.2',
      headersTimeout: headDeadlineMs,
      connectionsCheckingInterval: Math.ceil(headDeadlineMs / 4),
    },
    bodyLimit: LIMITS.restBodyBytesMax,
    requestTimeout: LIMITS.requestReadDeadlineMs,
    keepAliveTimeout: LIMITS.keepAliveMs,
    genReqId: () => uuid(random),
    // A field that JSON.parse would give the prototype of an object is an error.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    forceCloseConnections: 'idle',
    // What the framework refuses before there is a route: addresses that can't be read, or are too long.
    frameworkErrors: (error, request, reply) =>
      refuse(request, reply, new Refusal('notFound', `${error.message.slice(0, 200)}`)),
    routerOptions: { caseSensitive: false, maxParamLength: LIMITS.pathParameterLengthMax },
  }) as unknown as FastifyInstance;
  app.server.maxConnections = LIMITS.connectionsMax;
  const limit = createRateLimit(clock, {
    perSecond: LIMITS.requestsPerSecond,
    burst: LIMITS.requestsBurst,
    callersMax: LIMITS.callersRememberedMax,
  });
  app.removeContentTypeParser('text/plain');
  // Clients of CoprHD say application/json with requests that have no body.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined);
    return app.getDefaultJsonParser('error', 'error')(_request, body as string, done);
  });
  for (const type of ['application/xml', 'text/xml']) {
    app.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) =>
      done(null, body === '' ? undefined : new XmlText(body as string)),
    );
  }
  app.addHook('onRequest', async (request) => admit(request, gate, limit.take));
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    if (error instanceof Refusal) return refuse(request, reply, error);
    const known = refusalOf(error);
    if (known) return refuse(request, reply, known);
    onError(error, request.id);
    return refuse(
      request,
      reply,
      new Refusal('internal', `internal error in call ${request.id}; the daemon's log has it`),
    );
  });
  app.setNotFoundHandler((request, reply) =>
    refuse(request, reply, new Refusal('notFound', `${request.method} ${pathOf(request)}`)),
  );
  const services = { client, running, onError, nowMs: () => clock.nowMs() };
  healthRoutes(app, { client, running, node });
  metricsRoutes(app, { client, running, version });
  const routes = COPRHD_ROUTES.filter(({ path }) => served.includes(serviceOf(path)));
  serveRoutes(app, services, routes);
  if (served.includes('auth')) {
    authRoutes(app, gate);
    namedPasswordRoutes(app, gate);
  }
  if (served.includes('sys')) ownPasswordRoutes(app, gate);
  if (served.includes('api')) {
    apiRoutes(app, version);
    operationRoutes(app, services);
    eventRoutes(app, services);
  }
  return app;
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0]!;

/** Requests are counted by token where it is one, and else, made-up ones too, by address. */
async function admit(
  request: FastifyRequest,
  gate: Gate,
  takes: (caller: string) => number | undefined,
): Promise<void> {
  const token = tokenOf(request);
  const principal = token === undefined ? undefined : await gate.check(token, proxyTokenOf(request));
  const isKnown = principal !== undefined && !isRefused(principal);
  const waitMs = takes(isKnown ? `token ${token}` : `address ${request.ip}`);
  if (waitMs !== undefined) {
    throw new Refusal('tooMany', `${LIMITS.requestsPerSecond} requests a second at most`, {
      retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
    });
  }
  if (OPEN_ROUTES.has(pathOf(request).toLowerCase())) return;
  if (principal === undefined) throw new Refusal('unauthorized', 'there is no token: log in first');
  if (isRefused(principal)) throw new Refusal('unauthorized', principal.refused);
  request.principal = principal;
}

/** What fastify itself refuses. */
function refusalOf({ statusCode, message }: { statusCode?: number; message: string }): Refusal | undefined {
  switch (statusCode) {
    case 400:
      return new Refusal('badRequest', message);
    case 413:
      return new Refusal('tooLarge', message);
    case 415:
      return new Refusal('mediaType', message);
    default:
      return undefined;
  }
}
