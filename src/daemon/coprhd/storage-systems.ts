/** Storage systems: registered with what logs in to them, changed, discovered, taken out of use; and their pools and ports. */
import { z } from 'zod';
import type { FoundRecord } from '../../engine/operations/record-types.ts';
import type { InputOf } from '../../engine/operations/types.ts';
import { OperationError } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { Refusal } from '../refusal.ts';
import { flag, list, text, whole } from '../wire/leaves.ts';
import { about, changed } from './changing.ts';
import { storagePool, storagePort, storageSystem, task as taskDocument } from './documents.ts';
import { find, inPath, PLACES, type Place } from './finding.ts';
import { deactivating, one, type Show } from './making.ts';
import { type Answer, type Asked, type Route, route } from './route.ts';

const ignored = {
  serial_number: text.optional(),
  smis_provider_ip: text.optional(),
  smis_port_number: whole.optional(),
  smis_user_name: text.optional(),
  smis_password: text.optional(),
  smis_use_ssl: flag.optional(),
};

const create = z.strictObject({
  name: text,
  /** Name of a driver. */
  system_type: text,
  ip_address: text,
  port_number: whole.optional(),
  user_name: text.optional(),
  password: text.optional(),
  ...ignored,
  /** Ours: the driver's own, as in a plan file, and the pools in scope; without these all that there are. */
  configuration: z.record(z.string(), z.unknown()).optional(),
  pools: list('pools', text).optional(),
});

const update = z.strictObject({
  name: text.optional(),
  ip_address: text.optional(),
  port_number: whole.optional(),
  user_name: text.optional(),
  password: text.optional(),
  ...ignored,
  max_resources: whole.optional(),
  unlimited_resources: flag.optional(),
});

/** `local` is this machine; with a user it is reached over SSH, else over HTTPS. */
export function endpointOf({
  ip_address: host,
  port_number: port,
  user_name: user,
}: Pick<z.output<typeof create>, 'ip_address' | 'port_number' | 'user_name'>): string {
  if (host.toLowerCase() === 'local') return 'local';
  const place = `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}${port ? `:${port}` : ''}`;
  return user === undefined ? `https://${place}` : `ssh://${encodeURIComponent(user)}@${place}`;
}

/** Each password has a name of its own: the one before is a fallback while a rotation is open. */
export async function keepSecret(
  { engine, nowMs }: Asked<unknown>,
  system: string,
  password: string,
  kind: 'storage' | 'network' = 'storage',
): Promise<string> {
  const name = `${kind}-systems/${system}/${nowMs()}`;
  await engine.call('secret.set', { name, value: password });
  return name;
}

/** As CoprHD's clients expect, it is managed at once. The password is kept in the vault. */
async function register(asked: Asked<z.output<typeof create>>): Promise<Answer> {
  const { engine, body } = asked;
  const { name, system_type: driver, password, configuration = {}, pools } = body;
  const secret = password === undefined ? undefined : await keepSecret(asked, name, password);
  const input: InputOf<'device.add'> = {
    ...{ name, driver: driver.toLowerCase(), configuration, mode: 'manage', pools: pools ?? [] },
    endpoint: endpointOf(body),
    ...(pools === undefined ? { allPools: true } : {}),
    ...(secret === undefined ? {} : { credential: `vault:${secret}` }),
  };
  const made = { name: 'create storageSystem', resources: [{ kind: 'storageSystem' as const, name }] };
  try {
    const [task] = await changed(asked, made, () => engine.call('device.add', input));
    return { root: 'task', status: 202, body: task! };
  } catch (error) {
    if (secret !== undefined) await engine.call('secret.remove', { name: secret });
    throw error;
  }
}

/** Its credential, and how many volumes of ours may be there. Where it is reached stays. */
async function updateSystem(asked: Asked<z.output<typeof update>>): Promise<Answer> {
  const { engine, body, params } = asked;
  const { record } = (await inPath(engine, PLACES.system, params.id!)).found;
  const { name = record.name, ip_address, port_number, user_name, password } = body;
  if (name !== record.name) throw new Refusal('invalid', 'name: a storage system keeps its name');
  if ([ip_address, port_number, user_name].some((given) => given !== undefined))
    throw new Refusal('invalid', 'ip_address, port_number, user_name: register the storage system anew');
  if (body.max_resources !== undefined || body.unlimited_resources !== undefined)
    throw new Refusal('invalid', 'max_resources: declare `limits` in a plan file');
  if (password === undefined) throw new Refusal('missing', 'password is missing: nothing else of it is changed');
  const secret = await keepSecret(asked, record.name, password);
  try {
    await engine.call('device.rotate', { name: record.name, credential: `vault:${secret}` });
  } catch (error) {
    await engine.call('secret.remove', { name: secret });
    throw error;
  }
  const { tasks } = await engine.call('task.settle', about('update storageSystem', record));
  return { root: 'task', body: taskDocument(tasks[0]!) };
}

/** Asked for as a task; the answer comes when it is known what became of it. */
export async function discovered(asked: Asked<unknown>, systems: readonly FoundRecord['record'][]) {
  const { engine } = asked;
  const resources = systems.map(({ kind, name, urn: id }) => ({ kind, name, urn: id }));
  if (resources.length === 0) return [];
  const settle = async (problem?: InputOf<'task.settle'>['problem']) =>
    (await engine.call('task.settle', { name: 'discover', resources, ...(problem ? { problem } : {}) })).tasks;
  try {
    const { outcome, diagnostics } = await engine.call('discover', { systems: systems.map(({ urn: id }) => id) });
    const worst = diagnostics.find(({ severity }) => severity === 'error');
    if (outcome === 'ok' || !worst) return await settle();
    return await settle({ code: worst.code, details: worst.summary });
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const [first] = error.diagnostics;
    return settle({ code: first?.code ?? 'COPRHD-DEVICE-001', details: error.message.slice(0, 4_000) });
  }
}

/** What can be registered and deregistered: its place, its operations, and how it is called there. */
const REGISTERED = [
  { place: PLACES.system, kind: 'device', root: 'storage_system', show: storageSystem },
  { place: PLACES.pool, kind: 'pool', root: 'storage_pool', show: storagePool },
  { place: PLACES.port, kind: 'port', root: 'storage_port', show: storagePort },
] as const satisfies readonly { place: Place; kind: string; root: string; show: Show }[];

interface Registered {
  readonly place: Place;
  readonly kind: 'device' | 'pool' | 'port';
  readonly root: string;
  readonly show: Show;
}

/** `param`: of the path. Pools and ports are named after their storage system. */
export async function registration(
  { engine, params }: Asked<unknown>,
  { place, kind, root, show }: Registered,
  word: 'register' | 'deregister',
  param = 'id',
): Promise<Answer> {
  const { found, names } = await inPath(engine, place, params[param]!);
  const { system } = found.record.spec as { readonly system?: string };
  if (param !== 'id' && system !== params.id)
    throw new Refusal('notFound', `${params[param]} is not of storage system ${params.id}`);
  // A storage and a network system may have the same name.
  const name = system === undefined ? found.record.urn : `${names[system]}/${found.record.name}`;
  await engine.call(`${kind}.${word}`, { name });
  return one(engine, place, root, show, found.record.urn);
}

const [SYSTEM, ...PARTS] = REGISTERED;

const ofParts = PARTS.flatMap((part) => {
  const param = part.kind;
  const path = `/vdc/storage-systems/:id/storage-${part.kind}s/:${param}`;
  return [
    route({
      method: 'POST',
      path: `${part.place.path}/:id/deregister`,
      right: 'administer',
      run: (asked) => registration(asked, part, 'deregister'),
    }),
    route({
      method: 'POST',
      path: `${path}/register`,
      right: 'administer',
      run: (asked) => registration(asked, part, 'register', param),
    }),
    route({
      method: 'GET',
      path,
      right: 'monitor',
      run: async ({ engine, params }) => {
        const { found } = await inPath(engine, part.place, params[param]!);
        const { system } = found.record.spec as { readonly system: string };
        if (system !== params.id)
          throw new Refusal('notFound', `${params[param]} is not of storage system ${params.id}`);
        return { root: part.root, body: part.show(found) };
      },
    }),
  ];
});

export const STORAGE_SYSTEM_ROUTES: readonly Route[] = [
  route({ method: 'POST', path: '/vdc/storage-systems', right: 'administer', body: create, run: register }),
  route({ method: 'PUT', path: '/vdc/storage-systems/:id', right: 'administer', body: update, run: updateSystem }),
  route({
    method: 'POST',
    path: '/vdc/storage-systems/discover',
    right: 'administer',
    run: async (asked) => {
      const systems = (await find(asked.engine, 'storageSystem', { all: true })).records.map(({ record }) => record);
      const tasks = await discovered(asked, systems.slice(0, LIMITS.bulkMax));
      return { root: 'tasks', status: 202, body: { task: tasks.map(taskDocument) } };
    },
  }),
  route({
    method: 'POST',
    path: '/vdc/storage-systems/:id/discover',
    right: 'administer',
    run: async (asked) => {
      const { record } = (await inPath(asked.engine, PLACES.system, asked.params.id!)).found;
      const [task] = await discovered(asked, [record]);
      return { root: 'task', status: 202, body: taskDocument(task!) };
    },
  }),
  ...(['register', 'deregister'] as const).map((word) =>
    route({
      method: 'POST',
      path: `/vdc/storage-systems/:id/${word}`,
      right: 'administer',
      run: (asked) => registration(asked, SYSTEM, word),
    }),
  ),
  deactivating(PLACES.system),
  ...ofParts,
];
