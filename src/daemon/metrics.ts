/** What a daemon counts of itself, in the form that Prometheus reads. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LocalClient } from '../engine/operations/local-client.ts';
import { mayDo } from './gate.ts';
import { Refusal } from './refusal.ts';
import type { RunningCalls } from './running.ts';
import { engineFor } from './services.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** More are counted as this many. */
const WORKFLOWS_MAX = 5_000;

export interface Counted {
  readonly client: LocalClient;
  readonly running: RunningCalls;
  readonly version: string;
}

/** GET /metrics, for those who may read; and counts every request by its route, never by what is in its path. */
export function metricsRoutes(app: FastifyInstance, { client, running, version }: Counted): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: 'coprhd_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'coprhd_http_request_duration_seconds',
    help: 'From the head of a request to the end of its answer.',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers,
  });
  const calls = new Gauge({ name: 'coprhd_calls_running', help: 'Calls of operations under way.', registers });
  const workflows = new Gauge({ name: 'coprhd_workflows_open', help: 'Workflows that have not ended.', registers });
  new Gauge({ name: 'coprhd_build_info', help: 'Always 1.', labelNames: ['version'], registers }).set({ version }, 1);

  app.addHook('onResponse', async (request, reply) => {
    const labels = { method: request.method, route: request.routeOptions.url ?? 'unknown' };
    requests.inc({ ...labels, status: String(reply.statusCode) });
    durations.observe(labels, reply.elapsedTime / 1_000);
  });
  app.get('/metrics', async (request, reply) => {
    const principal = readerOf(request);
    const engine = engineFor(client, principal, request.id);
    const { values } = await engine.call('complete', { what: 'workflow', prefix: '', limit: WORKFLOWS_MAX });
    calls.set(running.size);
    workflows.set(values.length);
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

function readerOf({ principal }: FastifyRequest) {
  if (principal && mayDo(principal, 'monitor')) return principal;
  throw new Refusal('forbidden', `${principal?.user} has no role that may read`);
}
