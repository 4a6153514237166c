/**
 * Changes over REST: edits of the defined configuration go into the transaction that the command line uses too; saving and
 * activating are fenced by the checksum. Bodies: as cinder's client and the vendor's own (brcdapi, pyfos) send them.
 */
import { createObject, deleteObject, type ObjectKind, type ObjectSpec, replaceMembers } from '../state/edits.ts';
import { atLeast, traitsOf } from '../state/firmware.ts';
import { type FosState, needFabric, type ZoneDatabase } from '../state/model.ts';
import { FosRefusal } from '../state/refusal.ts';
import {
  type Actor,
  aborted,
  checksumOf,
  cleared,
  disabled,
  edited,
  editedDefaultZone,
  enabled,
  rulesOf,
  saved,
} from '../state/transaction.ts';
import { RestError } from './errors.ts';
import { type Json, type JsonObject, objectIn } from './message.ts';

export type WriteMethod = 'POST' | 'PATCH' | 'DELETE';

const KINDS = ['alias', 'zone', 'cfg'] as const satisfies readonly ObjectKind[];
const LISTS = {
  alias: ['member-entry', 'alias-entry-name'],
  zone: ['member-entry', 'entry-name'],
  cfg: ['member-zone', 'zone-name'],
} as const;

const PEER: ReadonlySet<string> = new Set(['1', 'user-created-peer-zone']);

const invalid = (message: string) => new RestError(400, 'invalid-value', message);

function textsIn(value: Json | undefined): string[] {
  const items = value === undefined ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value];
  return items.map((item) => {
    if (typeof item !== 'string') throw invalid('Members must be text');
    return item;
  });
}

/** `{"member-entry": {...}}`, and whose it is. */
function specOf(kind: ObjectKind, name: string, body: JsonObject): ObjectSpec {
  const [container, list] = LISTS[kind];
  const entries = objectIn(body[container]) ?? {};
  const members = textsIn(entries[list]);
  const isPeer = kind === 'zone' && PEER.has(String(body['zone-type'] ?? body['zone-type-string']));
  const principals = textsIn(entries['principal-entry-name']);
  return { kind, name, members, ...(isPeer || principals.length > 0 ? { principals } : {}) };
}

/** What a request is about: one object by its URL, or several in the body. */
function specsIn(path: readonly string[], body: JsonObject): ObjectSpec[] {
  const [kindText, key, name] = path;
  const kind = KINDS.find((one) => one === kindText);
  if (kind && key === `${kind}-name` && name !== undefined) return [specOf(kind, name, objectIn(body[kind]) ?? body)];
  if (path.length > (kind ? 1 : 0)) throw new RestError(404, 'invalid-value', 'Not Found');
  const all = objectIn(body['defined-configuration']) ?? body;
  return KINDS.filter((one) => !kind || one === kind).flatMap((one) => {
    const value = all[one];
    const items = value === undefined ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value];
    return items.map((item) => {
      const given = objectIn(item) ?? {};
      const own = given[`${one}-name`];
      if (typeof own !== 'string') throw invalid(`${one}-name is missing`);
      return specOf(one, own, given);
    });
  });
}

type Edit = (database: ZoneDatabase, spec: ObjectSpec, rules: ReturnType<typeof rulesOf>) => ZoneDatabase;

const EDITS: Readonly<Record<WriteMethod, Edit>> = {
  POST: createObject,
  PATCH: replaceMembers,
  DELETE: (database, { kind, name }) => deleteObject(database, kind, name),
};

/** `path` is behind defined-configuration. All of the request's objects, or none. */
export function writeDefined(
  state: FosState,
  actor: Actor,
  method: WriteMethod,
  path: readonly string[],
  body: JsonObject,
): FosState {
  const specs = specsIn(path, body);
  if (specs.length === 0) throw invalid('There is nothing to change');
  const { effective } = needFabric(state, actor.fid);
  if (method === 'DELETE' && specs.some(({ kind, name }) => kind === 'cfg' && name === effective?.cfg)) {
    throw new FosRefusal(
      'in-use',
      `error: "${effective?.cfg}" should not be deleted, it is the effective configuration`,
    );
  }
  const rules = rulesOf(state, actor.fid);
  return edited(state, actor, (buffer) =>
    specs.reduce((database, spec) => EDITS[method](database, spec, rules), buffer),
  );
}

function checkFence(state: FosState, { fid }: Actor, body: JsonObject): void {
  if (body.checksum !== checksumOf(needFabric(state, fid))) {
    throw new FosRefusal('checksum', 'error: Checksum mismatch: the zone database was changed by another user');
  }
}

/** 8.2 calls it an error when there is nothing to save. */
function save(state: FosState, actor: Actor): FosState {
  const done = saved(state, actor);
  if (!done.changed && !traitsOf(state.firmware).listsOfOne) {
    throw new RestError(400, 'operation-failed', 'No Change in Configuration');
  }
  return done.state;
}

interface Action {
  readonly fenced: boolean;
  run(state: FosState, actor: Actor): FosState;
}

const ACTIONS: ReadonlyMap<string, Action> = new Map(
  Object.entries({
    1: { fenced: true, run: save },
    2: { fenced: true, run: (state, actor) => disabled(state, actor).state },
    3: { fenced: true, run: cleared },
    4: { fenced: false, run: aborted },
  }),
);

/** Names of the actions in cfg-action-v2, since FOS 9.2. */
const ACTIONS_V2: ReadonlyMap<string, string> = new Map(
  Object.entries({ save: '1', disable: '2', clear: '3', 'transaction-abort': '4' }),
);

function runAction(state: FosState, actor: Actor, action: string, body: JsonObject): FosState {
  const known = ACTIONS.get(action);
  if (!known) throw invalid(`cfg-action ${action} is not supported`);
  if (known.fenced) checkFence(state, actor, body);
  return known.run(state, actor);
}

function setDefaultZone(state: FosState, actor: Actor, access: string): FosState {
  if (access !== '0' && access !== '1') throw invalid(`default-zone-access ${access} is not supported`);
  return save(editedDefaultZone(state, actor, access === '1' ? 'all-access' : 'no-access'), actor);
}

/** PATCH of effective-configuration; what is to be done is in the URL (`cfg-name/C`) or in the body. */
export function writeEffective(state: FosState, actor: Actor, path: readonly string[], given: JsonObject): FosState {
  const body = objectIn(given['effective-configuration']) ?? given;
  const leaf = ['cfg-name', 'cfg-action', 'cfg-action-v2', 'default-zone-access'].find((one) =>
    path.length > 0 ? path[0] === one : body[one] !== undefined,
  );
  const value = path[1] ?? (leaf === undefined ? undefined : body[leaf]);
  if (leaf === undefined || value === undefined || path.length > 2) throw invalid('There is nothing to do');
  const text = String(value);
  if (leaf === 'cfg-action') return runAction(state, actor, text, body);
  if (leaf === 'cfg-action-v2') {
    const known = atLeast(state.firmware, '9.2.0') ? ACTIONS_V2.get(text) : undefined;
    return runAction(state, actor, known ?? text, body);
  }
  if (leaf === 'default-zone-access') return setDefaultZone(state, actor, text);
  checkFence(state, actor, body);
  return enabled(state, actor, text).state;
}
