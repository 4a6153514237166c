/**
 * The REST interface of FOS 8.2.1 and later, pure: a request and a state give an answer and the next state. Serves each
 * module under the name of its YANG module (`brocade-zone`) and under the older short one (`zoning`): clients of the vendor
 * use either on the same switches.
 */
import { firstHalf } from '../faults.ts';
import { traitsOf } from '../state/firmware.ts';
import { type FosFabric, type FosState, fabricOfFid } from '../state/model.ts';
import { FosRefusal } from '../state/refusal.ts';
import type { Actor } from '../state/transaction.ts';
import { errorAnswer, errorOf, RestError } from './errors.ts';
import { empty, type Json, type JsonObject, objectIn, type RestAnswer, type RestRequest, written } from './message.ts';
import {
  chassisJson,
  fabricSwitchJson,
  logicalSwitchJson,
  nameServerJson,
  portsJson,
  switchJson,
} from './read-switch.ts';
import { type DefinedJson, definedJson, effectiveJson, lockJson } from './read-zoning.ts';
import { loggedIn, loggedOut, userOf } from './sessions.ts';
import { type WriteMethod, writeDefined, writeEffective } from './write-zoning.ts';

export interface RestContext {
  readonly nowMs: number;
  readonly busy?: boolean;
  readonly rejects?: boolean;
  readonly partial?: boolean;
}

export interface RestDone {
  readonly state: FosState;
  readonly answer: RestAnswer;
}

const PREFIX = '/rest/running/';
const SHORT_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    zoning: 'brocade-zone',
    switch: 'brocade-fibrechannel-switch',
    fabric: 'brocade-fabric',
    'name-server': 'brocade-name-server',
    'logical-switch': 'brocade-fibrechannel-logical-switch',
    chassis: 'brocade-chassis',
  }),
);

const notFound = () => new RestError(404, 'invalid-value', 'Not Found');

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) throw new RestError(400, 'invalid-value', 'The URL is malformed');
    throw error;
  }
}

/** Segments behind /rest/running, with the long name of the module. */
export function segmentsOf({ path }: RestRequest): readonly string[] {
  if (!path.startsWith(PREFIX)) throw notFound();
  const [module = '', ...rest] = path.slice(PREFIX.length).replace(/\/$/, '').split('/').map(decoded);
  return [SHORT_NAMES.get(module) ?? module, ...rest];
}

function fabricFor(state: FosState, { fid }: RestRequest): FosFabric {
  if (fid === undefined || fid === '-1') return fabricOfFid(state, state.defaultFid)!;
  if (!state.virtualFabrics)
    throw new RestError(400, 'invalid-value', 'VF ID is not supported: virtual fabric is disabled');
  const fabric = fabricOfFid(state, Number(fid));
  if (!fabric) throw new RestError(404, 'invalid-value', `Invalid VF ID ${fid}`);
  return fabric;
}

type Read = (state: FosState, fabric: FosFabric) => JsonObject;

const READS: ReadonlyMap<string, Read> = new Map(
  Object.entries({
    'brocade-fibrechannel-switch/fibrechannel-switch': (state, fabric) => ({
      'fibrechannel-switch': switchJson(state, fabric),
    }),
    'brocade-fabric/fabric-switch': (state, fabric) => ({ 'fabric-switch': fabricSwitchJson(state, fabric) }),
    'brocade-name-server/fibrechannel-name-server': (_, fabric) => ({
      'fibrechannel-name-server': nameServerJson(fabric),
    }),
    'brocade-interface/fibrechannel': (_, fabric) => ({ fibrechannel: portsJson(fabric) }),
    'brocade-chassis/chassis': (state) => ({ chassis: chassisJson(state) }),
    'brocade-fibrechannel-logical-switch/fibrechannel-logical-switch': (state) => ({
      'fibrechannel-logical-switch': logicalSwitchJson(state),
    }),
  } satisfies Record<string, Read>),
);

function readDefined(all: DefinedJson, [kind, key, name]: readonly string[]): JsonObject {
  if (kind === undefined) return { 'defined-configuration': { ...all } };
  const list = kind === 'cfg' || kind === 'zone' || kind === 'alias' ? all[kind] : undefined;
  if (!list) throw notFound();
  if (name === undefined) return { [kind]: list };
  const found = list.filter((one) => key === `${kind}-name` && one[key] === name);
  if (found.length === 0) throw new RestError(404, 'data-missing', 'No entries found');
  return { [kind]: found };
}

/** The items of a list that have this name. */
function named(list: Json | undefined, key: string, name: string | undefined): Json | undefined {
  const found = Array.isArray(list) ? (list as readonly Json[]).filter((one) => objectIn(one)?.[key] === name) : [];
  return found.length > 0 ? found : undefined;
}

function readZoning(state: FosState, fabric: FosFabric, [area, ...rest]: readonly string[]): JsonObject {
  if (area === 'defined-configuration') return readDefined(definedJson(state, fabric), rest);
  if (area === 'fabric-lock' && traitsOf(state.firmware).fabricLock) return { 'fabric-lock': lockJson(fabric) };
  if (area !== 'effective-configuration') throw notFound();
  const all = effectiveJson(state, fabric);
  const [leaf, key, name] = rest;
  if (leaf === undefined) return { 'effective-configuration': all };
  const whole = Object.hasOwn(all, leaf) ? all[leaf] : undefined;
  const value = key === undefined ? whole : named(whole, key, name);
  if (value === undefined) throw new RestError(404, 'data-missing', 'No entries found');
  return { 'effective-configuration': { [leaf]: value } };
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** Lists without their second half; members of what is left stay. */
function halved(value: JsonObject): JsonObject {
  const entries = Object.entries(value).map(([key, item]): [string, Json] => {
    if (isList(item)) return [key, item.length > 1 ? firstHalf(item) : item];
    const inner = objectIn(item);
    return [key, inner && key.endsWith('-configuration') ? halved(inner) : item];
  });
  return Object.fromEntries(entries);
}

function read(state: FosState, request: RestRequest, { partial }: RestContext): RestDone {
  const segments = segmentsOf(request);
  const fabric = fabricFor(state, request);
  const plain = READS.get(segments.join('/'));
  if (!plain && segments[0] !== 'brocade-zone') throw notFound();
  const value = plain ? plain(state, fabric) : readZoning(state, fabric, segments.slice(1));
  const body = { Response: partial ? halved(value) : value };
  return { state, answer: written(200, body, request, traitsOf(state.firmware)) };
}

function bodyOf({ body, contentType }: RestRequest): JsonObject {
  if (body.trim() === '') return {};
  if (contentType !== undefined && !contentType.includes('json')) {
    throw new RestError(415, 'not-supported', 'Only bodies of application/yang-data+json are read here');
  }
  try {
    return objectIn(JSON.parse(body) as Json) ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) throw new RestError(400, 'malformed-message', 'The body is no JSON');
    throw error;
  }
}

function write(state: FosState, request: RestRequest, actor: Actor, context: RestContext): FosState {
  const [module, area, ...rest] = segmentsOf(request);
  if (module !== 'brocade-zone') throw new RestError(405, 'not-supported', 'Method Not Allowed');
  if (context.busy) throw new FosRefusal('busy', 'Service Unavailable: The Fabric is busy, try again later.');
  const body = bodyOf(request);
  if (area === 'defined-configuration') return writeDefined(state, actor, request.method as WriteMethod, rest, body);
  if (area !== 'effective-configuration' || request.method !== 'PATCH') {
    throw new RestError(405, 'not-supported', 'Method Not Allowed');
  }
  const next = writeEffective(state, actor, rest, body);
  const activates = next.commits !== state.commits && (rest[0] === 'cfg-name' || 'cfg-name' in body);
  if (activates && context.rejects) throw new FosRefusal('rejected', 'error: cfgenable failed: rejected by the fabric');
  return next;
}

function handleOpen(state: FosState, request: RestRequest, context: RestContext): RestDone {
  const { method, path } = request;
  if (path === '/rest/login' && method === 'POST') {
    const { state: next, authorization } = loggedIn(state, request);
    return { state: next, answer: empty(200, { authorization, 'content-type': request.accept ?? 'text/plain' }) };
  }
  if (path === '/rest/logout' && method === 'POST') return { state: loggedOut(state, request), answer: empty(204) };
  const { session, account } = userOf(state, request);
  if (method === 'GET') return read(state, request, context);
  if (!['POST', 'PATCH', 'DELETE'].includes(method)) throw new RestError(405, 'not-supported', 'Method Not Allowed');
  if (account.role === 'user') throw new RestError(403, 'access-denied', 'RBAC permission denied');
  const { fid } = fabricFor(state, request);
  const actor = { session, user: account.user, via: 'rest', fid, nowMs: context.nowMs } as const;
  const next = write(state, request, actor, context);
  return { state: next, answer: empty(method === 'POST' ? 201 : 204) };
}

const NO_REST = '<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>';

/** Throws only for bugs. */
export function handleRest(state: FosState, request: RestRequest, context: RestContext): RestDone {
  const traits = traitsOf(state.firmware);
  if (!traits.rest) {
    return { state, answer: { status: 404, headers: { 'content-type': 'text/html' }, body: NO_REST } };
  }
  try {
    return handleOpen(state, request, context);
  } catch (error) {
    const known = error instanceof FosRefusal ? errorOf(error) : error;
    if (!(known instanceof RestError)) throw error;
    return { state, answer: errorAnswer(known, request, traits) };
  }
}
