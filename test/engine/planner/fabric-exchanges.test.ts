/** Paths that are exchanged: an HBA for another, a storage port for another, a better choice for an older one. */
import { describe, expect, it } from 'vitest';
import { checkIntegrity } from '../../../src/engine/state/integrity.ts';
import { changeOf, type Estate, lines } from './estate.ts';
import {
  createAnchoredEstate,
  editFabric,
  fabricText,
  hba,
  ownZonesOn,
  paths,
  portOf,
  showFabric,
  zoneNames,
} from './fabric-estate.ts';
import { stack } from './texts.ts';

const volumes = { d1: null, d2: null };
const exported = (host = 'h1') => stack({ volumes, exports: { e: `host: ${host}, volumes: [d1, d2]` } });

async function applied(estate: Estate, verb: 'path.rebalance' | 'port.replace', input: object) {
  const made = (await estate.run(verb, input as never)) as Awaited<ReturnType<typeof ask>>;
  if (made.outcome === 'changes') {
    const result = await estate.run('apply', { plan: made.plan!, skipHeld: false, claimWaitMs: 0 });
    expect(result.outcome).toBe('ok');
  }
  return made;
  function ask() {
    return estate.run('port.replace', { from: '', to: '' });
  }
}

/** WWPNs of storage ports that the zones of a fabric have in effect, ours and others. */
function zonedPorts(estate: Estate, fabric: 'fa' | 'fb'): string[] {
  const { items } = showFabric(estate, fabric).zones as { items: readonly { effective?: readonly string[] }[] };
  return [...new Set(items.flatMap(({ effective = [] }) => effective))].filter((name) => name.startsWith('50')).sort();
}

it('an HBA that takes the place of another one of its host gets the same storage ports', async () => {
  const estate = await createAnchoredEstate({ directors: 4 });
  await estate.applied([fabricText(), exported()]);
  const before = await paths(estate);
  const fresh = '10:00:00:00:00:00:99:01';
  const text = fabricText().replace(hba(1, 0), fresh);
  const plan = await estate.planned([text, exported()]);
  const { children } = changeOf(plan, 'infrastructure/host.h1').children.length
    ? changeOf(plan, 'infrastructure/host.h1')
    : changeOf(plan, 's/export.e');
  expect(children.some(({ kind }) => kind === 'initiator')).toBe(true);
  // No fabric shows it: mistyped, or not plugged in yet.
  expect(plan.diagnostics).toContainEqual(
    expect.objectContaining({
      ...{ code: 'COPRHD-PATH-008', severity: 'warning' },
      summary: `${fresh} of h1 gets the paths of another initiator, and net-a does not show it`,
    }),
  );
  expect(changeOf(plan, 's/export.e').reason).toBe('follows a change of h1');
  await estate.applied([text, exported()]);
  expect(await paths(estate)).toEqual(before.map((path) => path.replace(hba(1, 0), fresh)).sort());
  expect((await ownZonesOn(estate, 'fa')).length).toBe(2);
  expect(lines(await estate.planned([text, exported()]))).toEqual([]);
  expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
});

describe('a storage port in the place of another', () => {
  it('gets the paths first; the old ones go when somebody says that hosts use the new ones', async () => {
    const estate = await createAnchoredEstate({ directors: 4 });
    await estate.applied([fabricText(), exported()]);
    const before = await paths(estate);
    const used = before[0]!.split(' -> ')[1]!;
    const free = ['FA-1-1', 'FA-2-1', 'FA-3-1', 'FA-4-1'].find((name) => !before.some((path) => path.endsWith(name)))!;
    expect(used).toMatch(/-1$/);
    const input = { from: `array-1/${used}`, to: `array-1/${free}` };

    const first = await applied(estate, 'port.replace', input);
    expect(first.adjustments).toMatchObject([
      { host: 'h1', add: [{ initiator: hba(1, 0), port: free }], remove: [], later: [{ port: used }], keep: 3 },
    ]);
    const summaries = first.plan!.changes.flatMap(({ children }) => children.map(({ summary }) => summary));
    expect(summaries).toContainEqual(expect.stringMatching(/ on array-1 \(host h1, 5 ports\)$/));
    expect(await paths(estate)).toEqual([...before, `${hba(1, 0)} -> ${free}`].sort());
    expect(lines(await estate.planned([fabricText(), exported()]))).toEqual([]);

    const again = await applied(estate, 'port.replace', input);
    expect([again.outcome, again.adjustments[0]?.later.length]).toEqual(['ok', 1]);

    const last = await applied(estate, 'port.replace', { ...input, remove: true });
    expect(last.adjustments).toMatchObject([{ add: [], remove: [{ port: used }], later: [] }]);
    expect(await paths(estate)).toEqual(before.map((path) => path.replace(` ${used}`, ` ${free}`)).sort());
    const director = Number(free.split('-')[1]);
    expect(zonedPorts(estate, 'fa')).toContain(portOf(1, director, 1));
    expect(zonedPorts(estate, 'fa')).not.toContain(portOf(1, Number(used.split('-')[1]), 1));
    expect((await zoneNames(estate)).length).toBe(4);
    expect(lines(await estate.planned([fabricText(), exported()]))).toEqual([]);
    expect((await applied(estate, 'port.replace', { ...input, remove: true })).adjustments).toEqual([]);
    expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
  });

  it('waits for edits that others saved, unless they were reviewed', async () => {
    const estate = await createAnchoredEstate({ directors: 4 });
    await estate.applied([fabricText(), exported()]);
    const before = await paths(estate);
    const used = before[0]!.split(' -> ')[1]!;
    const free = ['FA-1-1', 'FA-2-1', 'FA-3-1', 'FA-4-1'].find((name) => !before.some((path) => path.endsWith(name)))!;
    const members = ['bb:00:00:00:00:00:00:01', 'bb:00:00:00:00:00:00:02'];
    editFabric(estate, 'fa', { edit: 'create-zone', zone: 'hers', members, enable: false });
    const input = { from: `array-1/${used}`, to: `array-1/${free}` };
    const held = await estate.run('port.replace', input);
    expect(held.diagnostics.map(({ code }) => code)).toContain('COPRHD-ZONE-002');
    expect(await paths(estate)).toEqual(before);
    const done = await applied(estate, 'port.replace', { ...input, activatePending: true });
    expect(done.outcome).toBe('changes');
    expect(await paths(estate)).toContain(`${hba(1, 0)} -> ${free}`);
  });

  it('of another fabric is refused, as is one of another storage system; nothing changes', async () => {
    const estate = await createAnchoredEstate({ arrays: 2 });
    await estate.applied([fabricText({ arrays: 2 }), exported()]);
    const [path] = await paths(estate);
    const used = path!.split(' -> ')[1]!;
    const system = (await estate.records('volume'))[0]!.record.status.device!.system;
    const name = (await estate.records('storageSystem')).find(({ record }) => record.urn === system)!.record.name;
    const other = name === 'array-1' ? 'array-2' : 'array-1';
    const changes = estate.changes.length;
    const wrong = await estate.run('port.replace', { from: `${name}/${used}`, to: `${name}/FA-1-2` });
    expect(wrong.diagnostics[0]).toMatchObject({
      code: 'COPRHD-PATH-007',
      summary: expect.stringContaining('not in the network'),
    });
    await expect(estate.run('port.replace', { from: `${name}/${used}`, to: `${other}/FA-1-1` })).rejects.toThrow();
    expect(estate.changes.length).toBe(changes);
  });
});

describe('paths of an export, chosen afresh', () => {
  it('stay where nothing is better', async () => {
    const estate = await createAnchoredEstate();
    await estate.applied([fabricText(), exported()]);
    const before = await paths(estate);
    const result = await applied(estate, 'path.rebalance', { address: 's/export.e' });
    expect([result.outcome, result.adjustments]).toMatchObject(['ok', [{ add: [], remove: [], later: [], keep: 4 }]]);
    expect(await paths(estate)).toEqual(before);
  });

  it('use directors that have come since: added first, and what they replace goes later', async () => {
    const estate = await createAnchoredEstate({ directors: 4 });
    const later = ['FA-3-1', 'FA-3-2', 'FA-4-1', 'FA-4-2'];
    await estate.applied([fabricText({ paths: '{ min: 1, max: 2, perInitiator: 1 }' }), stack({ volumes })]);
    for (const name of later) await estate.run('port.deregister', { name: `array-1/${name}` });
    const text = fabricText({ paths: '{ min: 2, max: 4, perInitiator: 2 }' });
    await estate.applied([text, exported()]);
    const before = await paths(estate);
    expect(new Set(before.map((path) => path.split('-')[2]))).toEqual(new Set(['1', '2']));
    for (const name of later) await estate.run('port.register', { name: `array-1/${name}` });

    const first = await applied(estate, 'path.rebalance', { address: 's/export.e' });
    expect(first.adjustments[0]?.improvements[0]).toContain('HA domains');
    expect(first.adjustments[0]?.add.length).toBe(2);
    expect(await paths(estate)).toEqual(expect.arrayContaining(before));
    expect(lines(await estate.planned([text, exported()]))).toEqual([]);

    await applied(estate, 'path.rebalance', { address: 's/export.e', remove: true });
    const after = await paths(estate);
    expect(after.length).toBe(4);
    expect(new Set(after.map((path) => path.split('-')[2])).size).toBe(4);
    expect(lines(await estate.planned([text, exported()]))).toEqual([]);
    expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
  });
});

describe('paths that somebody names', () => {
  const freeOf = (before: readonly string[]) =>
    ['FA-1-1', 'FA-2-1', 'FA-3-1', 'FA-4-1'].find((name) => !before.some((path) => path.endsWith(name)))!;

  it('are added, with their zones; those that they replace go later; and `explain` knows why', async () => {
    const estate = await createAnchoredEstate({ directors: 4 });
    await estate.applied([fabricText(), exported()]);
    const before = await paths(estate);
    const used = before[0]!.split(' -> ')[1]!;
    const free = freeOf(before);
    const named = (port: string) => [{ initiator: hba(1, 0).toUpperCase(), port: `array-1/${port}` }];
    const input = { address: 's/export.e', exactly: { add: named(free), remove: named(used) } };

    const first = await applied(estate, 'path.rebalance', input);
    expect(first.adjustments).toMatchObject([{ add: [{ port: free }], remove: [], later: [{ port: used }], keep: 3 }]);
    expect(await paths(estate)).toEqual([...before, `${hba(1, 0)} -> ${free}`].sort());
    expect((await zoneNames(estate)).length).toBe(5);
    const why = JSON.stringify(await estate.run('explain', { source: undefined, address: 's/export.e' } as never));
    expect(why).toMatch(new RegExp(`${free} \\(net-a\\): chosen [^,]+ because it was named, usage `));
    expect(lines(await estate.planned([fabricText(), exported()]))).toEqual([]);

    await applied(estate, 'path.rebalance', { ...input, remove: true });
    expect(await paths(estate)).toEqual(before.map((path) => path.replace(` ${used}`, ` ${free}`)).sort());
    expect(lines(await estate.planned([fabricText(), exported()]))).toEqual([]);
    expect((await applied(estate, 'path.rebalance', { ...input, remove: true })).outcome).toBe('ok');
    expect((await checkIntegrity(estate.engine.store)).problems).toEqual([]);
  });

  it('are refused against the rules, of others, and on storage systems that show nothing', async () => {
    const estate = await createAnchoredEstate({ directors: 4, arrays: 2 });
    await estate.applied([
      fabricText({ arrays: 2 }),
      stack({ volumes: { d1: null }, exports: { e: 'host: h1, volumes: [d1]' } }),
    ]);
    const before = await paths(estate);
    const system = (await estate.records('volume'))[0]!.record.status.device!.system;
    const of = (await estate.records('storageSystem')).find(({ record }) => record.urn === system)!.record.name;
    const path = (initiator: string, port: string) => ({ initiator, port });
    const ask = (add: object[], remove: object[] = []) =>
      estate.run('path.rebalance', { address: 's/export.e', exactly: { add, remove } as never });
    const over = await ask([path(hba(1, 0), `${of}/${freeOf(before)}`)]);
    expect(over.diagnostics[0]).toMatchObject({
      code: 'COPRHD-PATH-007',
      summary: expect.stringContaining('4 at most'),
    });
    const other = of === 'array-1' ? 'array-2' : 'array-1';
    await expect(ask([path(hba(1, 0), `${other}/FA-1-1`)])).rejects.toThrow(/shows h1 nothing of that storage system/);
    await expect(ask([path(hba(2, 0), `${of}/FA-1-1`)])).rejects.toThrow(/no Fibre Channel initiator of h1/);
    const input = { address: 's/export.e', among: { system: other } };
    await expect(estate.run('path.rebalance', input)).rejects.toThrow(/no paths over Fibre Channel/);
    expect(await paths(estate)).toEqual(before);
  });
});
