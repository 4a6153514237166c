/** `device scan` on simulated arrays in a directory: two registered, two not, one of a model that the driver doesn't know. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDiskArray } from '../../../drivers/simulator/disk.ts';
import { simFault, simShow } from '../../../drivers/simulator/manage.ts';
import { generateTopology, type Topology } from '../../../drivers/simulator/topology.ts';
import { openLocalClient } from '../../../src/engine/operations/local-client.ts';
import type { EngineClient, InputOf, ResultOf } from '../../../src/engine/operations/types.ts';
import { OperationError } from '../../../src/lib/diagnostic.ts';
import { ACTOR } from '../planner/estate.ts';
import { sourceOf } from '../planner/texts.ts';

const root = mkdtempSync(join(tmpdir(), 'coprhd-scan-'));
// A space and a quote: what is printed must come back from a shell, and from a plan file.
const directory = join(root, "it's arrays");
const NAMES = ['sim-1', 'sim-2', 'sim-3', 'sim-4', 'odd'];

let client: EngineClient;
const scan = (more: Partial<InputOf<'device.scan'>> = {}) =>
  client.call('device.scan', { driver: 'simulator', configuration: { directory }, ...more });
const system = (name: string, array: string) =>
  `  ${name}: { driver: simulator, configuration: { directory: ${JSON.stringify(directory)}, array: ${array} } }`;
const MINE = ['kind: infrastructure', 'storageSystems:', system('gold-1', 'sim-1'), system('sim-3', 'sim-2'), ''].join(
  '\n',
);

function topology(name: string): Topology {
  const [made] = generateTopology({ arrays: 1 });
  return { ...made!, name, ...(name === 'odd' ? { model: 'Prototype: X\n# 9' } : {}) };
}

async function refused(work: Promise<unknown>): Promise<{ code: string; summary: string; fix: string | undefined }> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OperationError)) throw error ?? new Error('it was not refused');
  const { code, summary, fix } = error.diagnostics[0]!;
  return { code, summary, fix };
}

const shown = ({ systems }: ResultOf<'device.scan'>) =>
  systems.map(({ name, supported, registered, register }) => [name, supported, registered?.name, register?.name]);

beforeAll(async () => {
  mkdirSync(directory);
  for (const name of NAMES) createDiskArray(directory, topology(name));
  writeFileSync(join(directory, 'notes.txt'), 'what somebody left beside the arrays');
  client = await openLocalClient({ state: join(root, 'state'), actor: ACTOR });
  await client.call('init', {});
  const applied = await client.call('apply', { source: sourceOf(MINE), skipHeld: false, claimWaitMs: 0 });
  expect(applied.outcome).toBe('ok');
});
afterAll(async () => {
  await client.close();
  rmSync(root, { recursive: true, force: true });
});

describe('device scan', () => {
  it('lists all, those that are registered under their name, the others with a free name and the command', async () => {
    const result = await scan();
    expect([result.outcome, result.complete, result.diagnostics, result.yaml]).toEqual(['ok', true, [], undefined]);
    expect(shown(result)).toEqual([
      ['odd', false, undefined, 'odd'],
      ['sim-1', true, 'gold-1', undefined],
      ['sim-2', true, 'sim-3', undefined],
      ['sim-3', true, undefined, 'sim-3-2'],
      ['sim-4', true, undefined, 'sim-4'],
    ]);
    const set = `'directory=${directory.replaceAll("'", "'\\''")}'`;
    expect(result.systems[3]).toMatchObject({
      configuration: { directory, array: 'sim-3' },
      nativeGuid: expect.stringMatching(/^SIMULATOR\+/),
      register: { command: `coprhd device add sim-3-2 --driver simulator --set ${set} --set array=sim-3` },
    });
  });

  it('stores nothing and changes nothing on the arrays', async () => {
    const seen = async () => [
      (await client.call('state.export', {})).document,
      ...(await Promise.all(NAMES.map((array) => simShow({ directory, array })))),
    ];
    const before = await seen();
    await scan({ stack: 'found' });
    expect(await seen()).toEqual(before);
  });

  it('writes a plan file that plans without a complaint but what is said of the unknown model, and takes nothing away', async () => {
    const { yaml } = await scan({ stack: 'all found/2026' });
    const source = sourceOf(yaml!);
    const { plan, diagnostics } = await client.call('plan', source);
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['COPRHD-DEVICE-006', 'warning']]);
    const systems = plan!.changes.filter(({ kind }) => kind === 'storageSystem');
    expect(systems.map(({ address, action }) => [address, action]).sort()).toEqual([
      ['all-found-2026/storageSystem.odd', 'create'],
      ['all-found-2026/storageSystem.sim-3-2', 'create'],
      ['all-found-2026/storageSystem.sim-4', 'create'],
    ]);
    expect(plan!.changes.filter(({ action }) => action === 'delete')).toEqual([]);
    const formatted = await client.call('fmt', { texts: source.texts });
    expect(formatted.files.map(({ changed }) => changed)).toEqual([false]);
    expect(yaml).toContain('stack: all-found-2026');
  });

  it('finds nothing more to register once that file is applied, and refuses a second file of its stack', async () => {
    const { yaml } = await scan({ stack: 'found' });
    const applied = await client.call('apply', { source: sourceOf(yaml!), skipHeld: false, claimWaitMs: 0 });
    expect(applied.outcome).toBe('ok');
    const again = await scan({ stack: 'other' });
    expect([again.yaml, shown(again).map(([, , name]) => name)]).toEqual([
      undefined,
      ['odd', 'gold-1', 'sim-3', 'sim-3-2', 'sim-4'],
    ]);
    expect(await refused(scan({ stack: 'Found' }))).toMatchObject({
      code: 'COPRHD-USAGE-001',
      fix: expect.stringContaining('another name'),
    });
  });

  it('says that a system is deregistered', async () => {
    await client.call('device.deregister', { name: 'gold-1' });
    const { systems } = await scan();
    expect(systems.find(({ name }) => name === 'sim-1')?.registered).toEqual({
      name: 'gold-1',
      registrationStatus: 'UNREGISTERED',
    });
  });

  it('ends with an error, and shows the others, where one does not answer', async () => {
    await simFault({ directory, array: 'sim-4', add: { operation: 'identify', before: 'transient' } });
    const result = await scan();
    await simFault({ directory, array: 'sim-4', clear: 'all' });
    expect([result.outcome, result.complete, result.systems.length]).toEqual(['error', false, 4]);
    expect(result.diagnostics).toMatchObject([
      { code: 'COPRHD-DEVICE-001', severity: 'warning', summary: expect.stringContaining('sim-4: ') },
    ]);
  });

  it('refuses a driver that has no scan, by its name, and says what to do', async () => {
    expect(await refused(scan({ driver: 'tgt' }))).toEqual({
      code: 'COPRHD-DEVICE-007',
      summary: "driver tgt can't scan: behind one login of it there is one storage system",
      fix: 'register each by itself: coprhd device add NAME --driver tgt ...',
    });
  });

  it.each([
    [{ directory: '/x', array: 'sim-1' }, 'COPRHD-DEVICE-004', 'array names one storage system'],
    [{ directory: '/x', more: 1 }, 'COPRHD-DEVICE-004', 'configuration of driver simulator: "more"'],
    [{}, 'COPRHD-DEVICE-004', 'directory: it is missing'],
    [{ directory: 'relative' }, 'COPRHD-DEVICE-004', 'directory: give an absolute path'],
    [{ directory: join(root, 'none') }, 'COPRHD-DEVICE-002', 'there are no simulated arrays in'],
  ])('refuses %j', async (configuration, code, summary) => {
    const said = await refused(scan({ configuration }));
    expect(said).toMatchObject({ code, summary: expect.stringContaining(summary) });
  });

  it('refuses an endpoint that the driver does not take', async () => {
    expect(await refused(scan({ endpoint: 'ssh://root@10.0.0.1' }))).toMatchObject({ code: 'COPRHD-DEVICE-002' });
  });
});
