/**
 * What goes into a bundle for support: enough to see what is wrong, and no secret. Nothing is taken that could hold one:
 * no sealed secret, no value of the environment, no plan text, no driver's configuration.
 */
import { isoTime } from '../../lib/clock.ts';
import { keys } from '../state/keys.ts';
import { rangeAll } from '../state/store.ts';
import { listSecrets, readKeyInUse } from '../state/vault.ts';
import { deviceList } from './device-operations.ts';
import type { Call } from './engine.ts';
import { stateList } from './showing.ts';

const LOG_ENTRIES_MAX = 200;

/** JSON documents by file name. */
export async function supportFiles(call: Call): Promise<Readonly<Record<string, unknown>>> {
  const { engine } = call;
  const { store, installation, clock } = engine;
  const [records, devices] = [await stateList(call, {}), await deviceList(call)];
  return {
    'state.json': {
      store: store.description,
      ...installation,
      madeAt: isoTime(clock.nowMs()),
      keys: await countKeys(call),
    },
    'records.json': records.resources,
    'devices.json': devices.devices,
    'workflows.json': await workflowValues(call),
    'vault.json': {
      inUse: (await readKeyInUse(store))?.value,
      secrets: (await listSecrets(store)).map(({ value: { name, keyId, setAtMs } }) => ({ name, keyId, setAtMs })),
    },
    'log-workflows.json': await engine.log.read('workflows', { limit: LOG_ENTRIES_MAX }),
    'log-audit.json': await engine.log.read('audit', { limit: LOG_ENTRIES_MAX }),
  };
}

/** How many keys of each sort there are. */
async function countKeys({ engine }: Call): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const { key } of rangeAll(engine.store, '', { keysOnly: true })) {
    const sort = key.startsWith('r/') ? key.split('/', 2).join('/') : key.split('/', 1)[0]!;
    counts[sort] = (counts[sort] ?? 0) + 1;
  }
  return counts;
}

/** Open ones with their owners and journals. */
async function workflowValues({ engine }: Call): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const prefix of [keys.workflows, keys.workflowOwners, keys.journals, keys.processes]) {
    for await (const { key, value } of rangeAll(engine.store, prefix)) found[key] = JSON.parse(value) as unknown;
  }
  return found;
}
