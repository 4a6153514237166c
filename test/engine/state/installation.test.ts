/** Making, reading and opening a state. */
import { describe, expect, it } from 'vitest';
import { ROOT_TENANT_URN } from '../../../src/engine/model/urn.ts';
import { initialiseState, openState, readInstallation } from '../../../src/engine/state/installation.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { STATE_VERSION } from '../../../src/engine/state/migrations.ts';
import { type StateStore, StoreDamagedError, StoreError, StoreMissingError } from '../../../src/engine/state/store.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import version0 from './fixtures/v0.json' with { type: 'json' };
import { dump, environment, readRecord } from './fixtures.ts';

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => {
      if (!(error instanceof OperationError)) throw error;
      expect(error.diagnostics[0]!.fix).toBeTruthy();
      return error.diagnostics[0]!.code;
    },
  );

async function storeWith(content: Record<string, string>): Promise<StateStore> {
  const { store } = environment();
  for (const [key, value] of Object.entries(content)) await store.txn({ success: [{ type: 'put', key, value }] });
  return store;
}

describe('a new state', () => {
  it('has an identity, the first epoch, this version, and the root tenant under its name', async () => {
    const env = environment();
    const made = await initialiseState(env.store, env);
    expect(made).toMatchObject({ createdAtMs: env.clock.nowMs(), epoch: 1, version: STATE_VERSION });
    expect(made.installationId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(await readInstallation(env.store)).toEqual(made);
    const root = await readRecord(env.store, ROOT_TENANT_URN);
    expect(root.record).toMatchObject({ name: 'root', owner: { type: 'api' }, createdBy: env.actor });
    expect((await env.store.get(keys.unique('tenant', 'zone', 'ROOT')))?.value).toBe(ROOT_TENANT_URN);
  });

  it('has another identity each time', async () => {
    const [one, two] = [environment(1), environment(2)];
    const ids = [await initialiseState(one.store, one), await initialiseState(two.store, two)];
    expect(ids[0]!.installationId).not.toBe(ids[1]!.installationId);
  });

  it('is refused where there is one, also to one of two who try at once', async () => {
    const env = environment();
    const both = [codeOf(initialiseState(env.store, env)), codeOf(initialiseState(env.store, env))];
    expect((await Promise.all(both)).sort()).toEqual(['COPRHD-STATE-004', 'no error']);
    const before = await dump(env.store);
    expect(await codeOf(initialiseState(env.store, env))).toBe('COPRHD-STATE-004');
    expect(await dump(env.store)).toEqual(before);
  });
});

describe('opening a state', () => {
  const open = (store: StateStore, readOnly = false) => openState(async () => store, { ...environment(), readOnly });

  it('gives the installation of a state of this version and changes nothing', async () => {
    const env = environment();
    const made = await initialiseState(env.store, env);
    const before = await dump(env.store);
    const { installation, store } = await open(env.store);
    expect(installation).toEqual(made);
    expect(store).toBe(env.store);
    expect(await dump(store)).toEqual(before);
  });

  it('says that there is no state, whether the store is missing or empty', async () => {
    expect(await codeOf(open(environment().store))).toBe('COPRHD-STATE-001');
    const missing = async () => {
      throw new StoreMissingError('there is no state in /x');
    };
    expect(await codeOf(openState(missing, environment()))).toBe('COPRHD-STATE-001');
  });

  it('refuses a newer state and closes it', async () => {
    const env = environment();
    await initialiseState(env.store, env);
    await env.store.txn({ success: [{ type: 'put', key: keys.version, value: String(STATE_VERSION + 1) }] });
    expect(await codeOf(open(env.store))).toBe('COPRHD-STATE-002');
    await expect(env.store.get('a')).rejects.toThrow(/closed/);
  });

  it('brings an older state to this version', async () => {
    const { installation, store } = await open(await storeWith(version0));
    expect(installation).toMatchObject({ epoch: 3, version: STATE_VERSION });
    expect(await readInstallation(store)).toEqual(installation);
    expect(await store.get('u/project/zone/shop')).toBeDefined();
  });

  it('reads an older state without writing to it when it must not be written', async () => {
    const old = (await storeWith(version0)) as ReturnType<typeof environment>['store'];
    const witness = old.client();
    const { installation, store } = await open(old, true);
    expect(installation.version).toBe(STATE_VERSION);
    expect(await store.get('u/project/zone/shop')).toBeDefined();
    expect(await dump(witness)).toEqual(version0);
  });

  it('says that a state is damaged', async () => {
    expect(await codeOf(open(await storeWith({ ...version0, 'm/installation': '{' })))).toBe('COPRHD-STATE-003');
    expect(await codeOf(open(await storeWith({ ...version0, 'm/epoch': 'x' })))).toBe('COPRHD-STATE-003');
    expect(await codeOf(open(await storeWith({ ...version0, 'r/volume/x': '{' })))).toBe('COPRHD-STATE-003');
    const damaged = async () => {
      throw new StoreDamagedError('cut off');
    };
    expect(await codeOf(openState(damaged, environment()))).toBe('COPRHD-STATE-003');
  });

  it('passes on that the store failed', async () => {
    const failing = async () => {
      throw new StoreError('unreachable', { unknown: false });
    };
    await expect(openState(failing, environment())).rejects.toThrow('unreachable');
  });
});
