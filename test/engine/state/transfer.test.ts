/** Export and import of a whole state. */
import { describe, expect, it } from 'vitest';
import { initialiseState, openState, readInstallation } from '../../../src/engine/state/installation.ts';
import { keys } from '../../../src/engine/state/keys.ts';
import { registerProcess } from '../../../src/engine/state/leases.ts';
import { STATE_VERSION } from '../../../src/engine/state/migrations.ts';
import { putRecordOps } from '../../../src/engine/state/records.ts';
import { type StateStore, StoreMissingError } from '../../../src/engine/state/store.ts';
import { exportState, importState } from '../../../src/engine/state/transfer.ts';
import { sha256Hex } from '../../../src/lib/canonical-json.ts';
import type { OperationError } from '../../../src/lib/diagnostic.ts';
import version0 from './fixtures/v0.json' with { type: 'json' };
import { commit, dump, environment, volume } from './fixtures.ts';

const host = {
  process: { host: 'h', bootId: 'b', pidNamespace: 'n', pid: 1, startTime: '1' },
  startTimeOf: () => '1',
};

async function filled(seed = 1, volumes = 300) {
  const env = environment(seed);
  const installation = await initialiseState(env.store, env);
  for (let number = 1; number <= volumes; number++) await commit(env.store, putRecordOps(volume(number, `v${number}`)));
  await registerProcess(env.store, { ...env, host, installation: installation.installationId });
  await env.store.txn({
    success: [
      { type: 'put', key: keys.workflow('w1'), value: '{"phase":"running"}' },
      { type: 'put', key: keys.sharedClaim(volume(1, 'v1').urn, 'w1'), value: 'w1' },
      { type: 'put', key: 'b/abc/0000', value: `t${'ü\n"'.repeat(100_000)}` },
    ],
  });
  return { ...env, installation };
}

/** What must survive: everything but the epoch and what belongs to a lease. */
async function content(store: StateStore) {
  const { [keys.epoch]: epoch, ...rest } = await dump(store);
  return { epoch, rest: Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith('p/'))) };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: OperationError) => error.diagnostics[0]!.code,
  );

/** A document with other lines, sealed as an export is. */
function seal(lines: readonly string[]): string {
  const body = `${lines.join('\n')}\n`;
  return `${body}${JSON.stringify({ count: lines.length - 1, sha256: sha256Hex(body) })}\n`;
}

describe('export and import', () => {
  it('carries everything but process leases to an empty store, at the next epoch', async () => {
    const source = await filled();
    const { document, records } = await exportState(source.store);
    const { store } = environment();
    const result = await importState(store, document);
    expect([records, result.records]).toEqual([301, 301]);
    expect((await content(store)).rest).toEqual((await content(source.store)).rest);
    expect((await store.range({ prefix: 'p/' })).items).toEqual([]);
    expect(result.installation).toEqual({ ...source.installation, epoch: 2 });
    expect(await readInstallation(store)).toEqual(result.installation);
    const header = JSON.parse(document.split('\n')[0]!) as unknown;
    expect(header).toMatchObject({
      version: STATE_VERSION,
      installation: source.installation.installationId,
      epoch: 1,
    });
  });

  it('replaces an existing state only when asked, above the larger of both epochs', async () => {
    const source = await filled(1, 3);
    const { document } = await exportState(source.store);
    const target = await filled(2, 200);
    await target.store.txn({ success: [{ type: 'put', key: keys.epoch, value: '7' }] });
    const before = await dump(target.store);
    expect(await codeOf(importState(target.store, document))).toBe('COPRHD-STATE-004');
    expect(await dump(target.store)).toEqual(before);
    expect((await importState(target.store, document, { replace: true })).installation.epoch).toBe(8);
    expect((await content(target.store)).rest).toEqual((await content(source.store)).rest);
    expect((await target.store.range({ prefix: 'p/' })).items).toHaveLength(1);
  });

  it('raises the epoch again when the same document is imported twice', async () => {
    const source = await filled(1, 1);
    const { document } = await exportState(source.store);
    await importState(source.store, document, { replace: true });
    expect((await importState(source.store, document, { replace: true })).installation.epoch).toBe(3);
  });

  it('refuses the state after a crash at any point of an import, until it was run again', async () => {
    const { document } = await exportState((await filled()).store);
    for (let at = 1; ; at++) {
      const { store } = environment();
      let left = at;
      const dying: StateStore = {
        ...store,
        txn: async (txn) => {
          if (left-- > 0) return store.txn(txn);
          throw new Error('killed');
        },
      };
      const ended = await importState(dying, document).then(
        () => 'done',
        () => 'killed',
      );
      if (ended === 'done') {
        expect(at).toBeGreaterThan(6);
        break;
      }
      expect(await codeOf(openState(async () => store.client(), environment()))).toBe('COPRHD-STATE-003');
      const again = await importState(store, document);
      expect(again.records).toBe(301);
      expect((await openState(async () => store.client(), environment())).installation).toEqual(again.installation);
    }
  });

  it('refuses a document that was cut, changed, or is something else, and writes nothing', async () => {
    const { document } = await exportState((await filled(1, 5)).store);
    const lines = document.split('\n').slice(0, -2);
    const header = JSON.parse(lines[0]!) as Record<string, unknown>;
    const bad: [string, string][] = [
      ['COPRHD-STATE-008', ''],
      ['COPRHD-STATE-008', 'hello'],
      ['COPRHD-STATE-008', document.slice(0, document.length / 2)],
      ['COPRHD-STATE-008', lines.join('\n')],
      ['COPRHD-STATE-008', document.replace('v3', 'v9')],
      ['COPRHD-STATE-008', document.split('\n').toSpliced(3, 1).join('\n')],
      ['COPRHD-STATE-008', seal([...lines, '{"not":"an entry"}'])],
      ['COPRHD-STATE-008', seal(lines.filter((line) => !line.includes(keys.installation)))],
      ['COPRHD-STATE-008', seal([JSON.stringify({ ...header, format: 'other' }), ...lines.slice(1)])],
      ['COPRHD-STATE-002', seal([JSON.stringify({ ...header, version: STATE_VERSION + 1 }), ...lines.slice(1)])],
    ];
    for (const [code, text] of bad) {
      const { store } = environment();
      expect(await codeOf(importState(store, text)), text.slice(0, 80)).toBe(code);
      expect(await dump(store)).toEqual({});
    }
    expect(await codeOf(importState(environment().store, seal(lines)))).toBe('no error');
  });

  it('brings the document of an older version to this one', async () => {
    const header = { format: 'coprhd-state-export', version: 0, installation: 'x', epoch: 3, revision: 9 };
    const document = seal([JSON.stringify(header), ...Object.entries(version0).map((pair) => JSON.stringify(pair))]);
    const { store } = environment();
    expect((await importState(store, document)).installation).toMatchObject({ epoch: 4, version: STATE_VERSION });
    expect(await store.get('u/project/zone/shop')).toBeDefined();
    expect(await store.get('u/project/zone/Shop')).toBeUndefined();
  });

  it('has nothing to export from a store that is not a state', async () => {
    await expect(exportState(environment().store)).rejects.toThrow(StoreMissingError);
  });
});
