/** Two copies of one state must not manage one array: the later epoch wins, the older one only looks. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openLocalClient } from '../../../src/engine/operations/local-client.ts';
import { ROOT } from '../../architecture/sources.ts';

const directory = mkdtempSync(join(tmpdir(), 'coprhd-epoch-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const open = (state: string) =>
  openLocalClient({ state: join(directory, state), actor: { type: 'local', name: 'test', uid: 0 } });

function source(size: string) {
  const texts = ['simulator/infrastructure.simulator.yaml', 'stack.yaml'].map((file) => ({
    file,
    text: readFileSync(join(ROOT, 'plans/quickstart', file), 'utf8').replace('256MiB', size),
  }));
  return { texts, variables: { directory: join(directory, 'arrays') } };
}

test('an imported state only observes until its devices are reviewed, and then the old one is held', async () => {
  const old = await open('old');
  await old.call('init', {});
  await old.call('sim', { verb: 'up', arguments: { directory: join(directory, 'arrays') } });
  const applied = await old.call('apply', { source: source('256MiB'), skipHeld: false, claimWaitMs: 0 });
  expect(applied.outcome).toBe('ok');
  const { document } = await old.call('state.export', {});

  const copy = await open('copy');
  expect((await copy.call('state.import', { document, replace: false })).epoch).toBe(2);
  const grown = source('300MiB');
  const before = await copy.call('plan', grown);
  expect(before.outcome).toBe('held');
  expect(before.diagnostics.map(({ code }) => code)).toEqual(['COPRHD-HELD-006', 'COPRHD-HELD-006']);

  const review = await copy.call('device.review', { name: 'array-1', accept: 'manage' });
  expect(review).toMatchObject({ outcome: 'ok', diagnostics: [], device: { effectiveMode: 'manage' } });
  expect((await copy.call('plan', grown)).outcome).toBe('changes');

  const stale = await old.call('plan', grown);
  expect(stale.outcome).toBe('held');
  expect(stale.diagnostics.map(({ code }) => code)).toEqual(['COPRHD-HELD-011', 'COPRHD-HELD-011']);
  expect(stale.plan?.units).toEqual([]);
  await Promise.all([old.close(), copy.close()]);
});
