/**
 * What a route of CoprHD's API is, and how it is served: who may, what the body is, what the answer's document is. A route says
 * what it does in terms of operations; everything around it is here, once.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { INPUTS } from '../../engine/operations/inputs.ts';
import type { EngineClient, ResultOf } from '../../engine/operations/types.ts';
import { OperationError } from '../../lib/diagnostic.ts';
import { mayDo, type Principal, type RouteRight } from '../gate.ts';
import { Refusal } from '../refusal.ts';
import { beginCall, engineFor, type RouteServices } from '../services.ts';
import { answer } from '../wire/answer.ts';
import { fromXml, WRAPPED } from '../wire/xml.ts';
import { createGatherer, type Gatherer } from './gathering.ts';
import { problemOf } from './problems.ts';

export interface Asked<B> {
  /** The engine, asked by the caller. */
  readonly engine: EngineClient;
  readonly principal: Principal;
  readonly body: B;
  /** Goes on when the answer is sent, and is told when the daemon stops. What it throws is logged. */
  readonly background: (work: (signal: AbortSignal) => Promise<void>) => void;
  readonly gatherer: Gatherer;
  readonly nowMs: () => number;
  /** Of the path, by name. */
  readonly params: Readonly<Record<string, string>>;
  /** Those that were given more than once have their first value. */
  readonly query: Readonly<Record<string, string | undefined>>;
}

export interface Answer {
  /** Root element of the XML document. */
  readonly root: string;
  readonly body: object;
  /** Of the one resource that it shows. */
  readonly etag?: string;
  /** 202 where work was begun by POST or DELETE. */
  readonly status?: 200 | 202;
}

export interface Route<B = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As in CoprHD, with `:id`. */
  readonly path: string;
  readonly right: RouteRight;
  /** True: who asks in the name of another is refused. */
  readonly noProxy?: boolean;
  readonly body?: z.ZodType<B>;
  /** CoprHD has it and here it is refused, for this reason: 405. */
  readonly refused?: string;
  readonly run: (asked: Asked<B>) => Promise<Answer>;
}

/** Keeps the type of the body from the schema to `run`. */
export const route = <B>(made: Route<B>): Route => made as unknown as Route;

/** What CoprHD's clients may ask, and is not done here; who may not ask it at all is told that first. */
export const refused = (method: Route['method'], path: string, why: string, right: RouteRight = 'administer'): Route =>
  route({
    method,
    path,
    right,
    refused: why,
    run: async () => {
      throw new Refusal('methodNotAllowed', why);
    },
  });

export function serveRoutes(app: FastifyInstance, services: RouteServices, routes: readonly Route[]): void {
  const methods = new Map<string, Set<string>>();
  const gatherer = createGatherer(services.nowMs);
  for (const each of routes) {
    const { method, path } = each;
    methods.set(path, (methods.get(path) ?? new Set()).add(method));
    app.route({
      method,
      url: path,
      handler: async (request, reply) => answer(request, reply, await carryOut(services, gatherer, each, request)),
    });
  }
  const isRefused = (path: string, method: string) =>
    routes.some((each) => each.path === path && each.method === method && each.refused !== undefined);
  for (const [path, known] of methods) {
    const possible = [...known].filter((method) => !isRefused(path, method));
    const words = possible.length === 0 ? 'nothing is' : `but ${possible.join(', ')}`;
    const others = (['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const).filter((method) => !known.has(method));
    app.route({
      method: others,
      url: path,
      // GET answers HEAD too.
      handler: async (request) => {
        throw new Refusal('methodNotAllowed', `${request.method} is not possible here, ${words}`);
      },
    });
  }
}

async function carryOut(
  services: RouteServices,
  gatherer: Gatherer,
  { method, path, right, noProxy, body: schema, run }: Route,
  request: FastifyRequest,
): Promise<Answer> {
  const principal = request.principal!;
  if (!mayDo(principal, right)) throw new Refusal('forbidden', `${principal.user} has no role that may ${right}`);
  if (noProxy) refuseProxy(principal);
  const engine = engineFor(services.client, principal, request.id);
  const body = schema === undefined ? undefined : parsedBody(schema, request.body);
  const params = request.params as Record<string, string>;
  const query = firstOf(request.query as Record<string, string | string[]>);
  let begun = 0;
  // One request may begin several, one after the other.
  const background: Asked<unknown>['background'] = (work) =>
    inBackground(services, work, `${request.id}${begun++ === 0 ? '' : `-${begun}`}`, principal.user);
  const asking = { principal, body, background, gatherer, nowMs: services.nowMs, params, query };
  if (method !== 'GET') return problemOf(run({ engine: guarded(engine, params.id, request), ...asking }));
  const noted = noting(engine, path.endsWith('/:id') ? params.id : undefined);
  const answer = await problemOf(run({ engine: noted.engine, ...asking }));
  const etag = noted.etag();
  return etag === undefined ? answer : { ...answer, etag };
}

/** Notes the revision at which the resource of the path is read on the way to its answer. */
function noting(
  engine: EngineClient,
  id: string | undefined,
): { engine: EngineClient; etag: () => string | undefined } {
  let revision: number | undefined;
  const call: EngineClient['call'] = async (name, input, options) => {
    const result = await engine.call(name, input, options);
    if (name === 'record.find') {
      const { records } = result as ResultOf<'record.find'>;
      if (records.length === 1 && records[0]!.record.urn === id) revision = records[0]!.revision;
    }
    return result;
  };
  return { engine: { ...engine, call }, etag: () => (revision === undefined ? undefined : `"${revision}"`) };
}

/**
 * With If-Match the resource of the path is changed only while it is at that revision. Where a request changes something else,
 * the header is refused before anything is done.
 */
function guarded(engine: EngineClient, id: string | undefined, request: FastifyRequest): EngineClient {
  const given = request.headers['if-match'];
  if (given === undefined || given === '*') return engine;
  const revision = /^(?:W\/)?"(\d{1,16})"$/.exec(given)?.[1];
  if (revision === undefined) throw new Refusal('precondition', `If-Match: ${given} is no tag of a resource here`);
  const call: EngineClient['call'] = (name, input, options) => {
    // What carries the change out, or says that nothing was to be done, comes after the one that is guarded.
    const isAfter = name === 'apply' || name === 'task.settle';
    if (isAfter || INPUTS[name].right === 'read') return engine.call(name, input, options);
    const { addresses } = input as { readonly addresses?: readonly string[] };
    if (id === undefined || !addresses?.includes(id))
      throw new Refusal('invalid', 'If-Match: what this request changes is not the resource of its path');
    return engine.call(name, { ...input, ifRevisions: { [id]: Number(revision) } } as typeof input, options);
  };
  return { ...engine, call };
}

function inBackground(
  { running, onError }: RouteServices,
  work: (signal: AbortSignal) => Promise<void>,
  id: string,
  user: string,
): void {
  const stop = new AbortController();
  beginCall(running, id, { user, operation: 'apply', stop });
  work(stop.signal)
    .catch((error: unknown) => {
      // What an operation says is in the task, or was the answer.
      if (!(error instanceof OperationError)) onError(error, id);
    })
    .finally(() => running.end(id));
}

const firstOf = (query: Record<string, string | string[]>): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(query).map(([key, value]) => [key, Array.isArray(value) ? value[0] : value]));

/** For what is one's own, and no matter of who asks in one's name. */
export function refuseProxy({ user, proxiedBy }: Principal): void {
  if (proxiedBy === undefined) return;
  throw new Refusal('forbidden', `${proxiedBy} may not do that in the name of ${user}`);
}

/** Throws a Refusal with CoprHD's code for what is wrong. */
export function parsedBody<B>(schema: z.ZodType<B>, given: unknown): B {
  const raw = present(given instanceof XmlText ? fromXml(given.text) : (given ?? {}));
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const { code, path = [], message = '' } = issue ?? {};
  const where = path.join('.');
  if (code === 'unrecognized_keys')
    throw new Refusal('badRequest', `unknown field: ${(issue as { keys: string[] }).keys.join(', ')}`);
  if (path.length > 0 && at(raw, path) === undefined) throw new Refusal('missing', `${where} is missing`);
  if (code === 'too_big' || code === 'too_small') throw new Refusal('range', `${where}: ${message}`);
  throw new Refusal(path.length === 0 ? 'badRequest' : 'invalid', where === '' ? message : `${where}: ${message}`);
}

const DEPTH_MAX = 32;

/** Fields that are null, or empty as in XML, are not there. */
function present(value: unknown, depth = 0): unknown {
  if (depth > DEPTH_MAX) throw new Refusal('badRequest', `nested deeper than ${DEPTH_MAX}`);
  if (Array.isArray(value)) return value.map((item) => present(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== null && field !== '');
  return Object.fromEntries(entries.map(([key, field]) => [key, present(field, depth + 1)]));
}

type Fields = Readonly<Record<PropertyKey, unknown>>;

/** The only one of a list may come without it, and lists inside their wrapper (wire/leaves.ts). */
const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inside, key, index) => {
    if (typeof key !== 'number' || Array.isArray(inside)) return (inside as Fields | undefined)?.[key];
    const items = (inside as Fields | undefined)?.[WRAPPED[String(path[index - 1])] ?? ''] ?? inside;
    return Array.isArray(items) ? items[key] : key === 0 ? items : undefined;
  }, value);

/** A body that came as XML: what it means, the schema of its route says. */
export class XmlText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
