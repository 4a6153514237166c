/** Import by pattern: plan text of what is on a device, which the planner then adopts as it is. */
import { describe, expect, it } from 'vitest';
import { createNames, filled } from '../../../src/engine/operations/import-names.ts';
import type { ImportMatchInput } from '../../../src/engine/operations/import-types.ts';
import { createEstate, type Estate, GIB, lines, TIB } from '../planner/estate.ts';
import { infrastructure, iqn, stack } from '../planner/texts.ts';

const POOLS = [
  { name: 'fast', totalBytes: 50 * TIB, driveType: 'ssd' },
  { name: 'slow', totalBytes: 50 * TIB, driveType: 'hdd' },
];
const infra = () =>
  infrastructure({ pools: ['fast', 'slow'] }).replace('provisioning: thin,', 'provisioning: thin, driveType: ssd,');

async function estateWith(
  volumes: readonly { name: string; pool?: string; provisioning?: 'thin' | 'thick' }[],
): Promise<Estate> {
  const estate = await createEstate({ arrays: [{ pools: POOLS }] });
  for (const { name, pool = 'fast', provisioning = 'thin' } of volumes) {
    estate.edit({ edit: 'add-volume', name, pool, sizeBytes: GIB, provisioning });
  }
  await estate.applied(infra());
  return estate;
}

const ASK: ImportMatchInput = {
  what: 'volumes',
  pattern: '*',
  system: 'array-1',
  project: 'p',
  virtualPool: 'gold',
  virtualArray: 'dc1',
};
const ask = (estate: Estate, more: Partial<ImportMatchInput> = {}) => estate.run('import.match', { ...ASK, ...more });

describe('import by pattern', () => {
  it('writes what matches; applied it is adopted, the second plan is empty, and nothing is left to write', async () => {
    const estate = await estateWith([{ name: 'erp_1' }, { name: 'ERP_2' }, { name: 'other' }]);
    const before = await estate.revision();
    const { outcome, yaml, declared, skipped, recorded } = await ask(estate, { pattern: 'erp_?' });
    expect({ outcome, skipped, recorded }).toEqual({ outcome: 'ok', skipped: [], recorded: 0 });
    expect(declared.map(({ address, name, sizeBytes, pool }) => [address, name, sizeBytes, pool])).toEqual([
      ['volume.ERP_2', 'ERP_2', GIB, 'fast'],
      ['volume.erp_1', 'erp_1', GIB, 'fast'],
    ]);
    expect(estate.changes).toEqual([]);
    expect(await estate.revision()).toBe(before);
    const plan = await estate.planned({ 'imported.yaml': yaml! });
    expect(lines(plan)).toEqual(['adopt imported/volume.ERP_2', 'adopt imported/volume.erp_1']);
    const shown = (name: string) => {
      const { mark: _mark, ...rest } = JSON.parse(
        JSON.stringify([...estate.array().kv.texts].find(([, text]) => text.includes(`"${name}"`))),
      );
      return rest;
    };
    const other = shown('other');
    await estate.applied({ 'imported.yaml': yaml! });
    expect(estate.changes.every((change) => /mark/i.test(change))).toBe(true);
    expect(shown('other')).toEqual(other);
    expect(lines(await estate.planned({ 'imported.yaml': yaml! }))).toEqual([]);
    expect((await estate.record('volume', 'erp_1')).record).toMatchObject({
      policy: { protect: true },
      status: { device: { label: 'erp_1', origin: 'imported' } },
    });
    const again = await ask(estate, { pattern: 'erp_?' });
    expect(again).toMatchObject({ outcome: 'ok', declared: [], skipped: [], recorded: 2 });
    expect(again.yaml).toBeUndefined();
  });

  it('comes out the same from fmt, and plans with what else the files say', async () => {
    const estate = await estateWith([{ name: 'a' }]);
    const { yaml } = await ask(estate);
    const { files } = await estateFmt(yaml!);
    expect(files[0]).toMatchObject({ changed: false });
    const plan = await estate.planned({ 'imported.yaml': yaml!, 'infrastructure.yaml': infra() });
    expect(lines(plan)).toEqual(['adopt imported/volume.a']);
  });

  it('takes exported volumes over with their hosts, numbers and a cluster, in one file; applied, nothing but marks is new', async () => {
    const estate = await estateWith(['boot-1', 'boot-2', 'data-1', 'data-2', 'alone'].map((name) => ({ name })));
    const hosts = ['n1', 'n2'].map((name, index) => {
      const initiator = iqn(name);
      const mappings = [
        { volume: `boot-${index + 1}`, hlu: 0 },
        { volume: 'data-1', hlu: 3 },
        { volume: 'data-2', hlu: 4 },
      ];
      estate.edit({ edit: 'add-mask', name, initiators: [initiator], mappings });
      estate.edit({ edit: 'login', initiator });
      return initiator;
    });
    estate.edit({
      edit: 'add-mask',
      name: 'known',
      initiators: [iqn('h1')],
      mappings: [{ volume: 'alone', hlu: 9 }],
    });
    const { outcome, yaml, declared, skipped } = await ask(estate);
    expect([outcome, skipped]).toEqual(['ok', []]);
    expect(declared.map(({ address }) => address).filter((address) => !address.startsWith('volume.'))).toEqual([
      'host.n1',
      'host.n2',
      'export.h1',
      'export.n1',
      'export.n2',
      'export.n1-n2',
    ]);
    expect(yaml).toContain('n1-n2: { hosts: [n1, n2] }');
    expect(yaml).toContain(
      'n1-n2: { cluster: n1-n2, volumes: [{ volume: data-1, hlu: 3 }, { volume: data-2, hlu: 4 }] }',
    );
    expect(yaml).toContain('n1: { host: n1, volumes: [boot-1] }');
    const shown = () => JSON.stringify(estate.show(), (key, value: unknown) => (key === 'tag' ? undefined : value));
    const before = shown();
    const files = { 'imported.yaml': yaml! };
    await estate.applied(files);
    expect(shown()).toBe(before);
    expect(lines(await estate.planned(files))).toEqual([]);
    const maps = (await estate.records('lunMap')).map(({ record }) => `${record.name} ${record.spec.hlu}`).sort();
    expect(maps).toEqual([
      'alone@h1 9',
      'boot-1@n1 0',
      'boot-2@n2 0',
      'data-1@n1 3',
      'data-1@n2 3',
      'data-2@n1 4',
      'data-2@n2 4',
    ]);
    expect(hosts.length).toBe(2);
    expect(await ask(estate)).toMatchObject({ outcome: 'ok', declared: [], skipped: [], recorded: 5 });
  });

  it('leaves out what hosts share that are no cluster, or see at different numbers, and what no host could be declared for', async () => {
    const estate = await estateWith(['shared', 'uneven', 'nobody', 'fine'].map((name) => ({ name })));
    const mask = (name: string, initiators: string[], mappings: { volume: string; hlu: number }[]) =>
      estate.edit({ edit: 'add-mask', name, initiators, mappings });
    mask(
      'a',
      [iqn('h1')],
      [
        { volume: 'shared', hlu: 1 },
        { volume: 'uneven', hlu: 2 },
      ],
    );
    mask(
      'b',
      [iqn('h3')],
      [
        { volume: 'shared', hlu: 1 },
        { volume: 'uneven', hlu: 3 },
      ],
    );
    mask('c', [], [{ volume: 'nobody', hlu: 1 }]);
    const { yaml, skipped } = await ask(estate);
    const why = Object.fromEntries(skipped.map((each) => [each.name, each.why]));
    expect(why.shared).toBe('hosts h1, h3 share it, and are no cluster');
    expect(why.uneven).toBe('it is at different LUN numbers: 2 in a, 3 in b');
    expect(why.nobody).toMatch(/^it is mapped by c, which admits nobody/);
    expect(lines(await estate.planned({ 'imported.yaml': yaml! }))).toEqual(['adopt imported/volume.fine']);
  });

  it('tells what can not be taken over, and why, and writes the rest', async () => {
    const estate = await estateWith([
      { name: 'fine' },
      { name: 'thick', provisioning: 'thick' },
      { name: 'slow', pool: 'slow' },
      { name: 'mapped' },
    ]);
    estate.edit({
      edit: 'add-mask',
      name: 'theirs',
      initiators: [iqn('h1'), iqn('x')],
      mappings: [{ volume: 'mapped', hlu: 1 }],
    });
    const { outcome, yaml, declared, skipped } = await ask(estate);
    expect(outcome).toBe('ok');
    expect(declared.map(({ name }) => name)).toEqual(['fine']);
    const why = Object.fromEntries(skipped.map((each) => [each.name, each.why]));
    expect(why.thick).toBe('it is thick, virtual pool gold is thin');
    expect(why.slow).toMatch(/^it is in the wrong pool: virtual pool gold wants drive type ssd, slow has hdd$/);
    expect(why.mapped).toMatch(/^mask theirs admits .*:x, and host h1 has /);
    expect(lines(await estate.planned({ 'imported.yaml': yaml! }))).toEqual(['adopt imported/volume.fine']);
  });

  it('finds by native id and WWN, and names as asked', async () => {
    const estate = await estateWith([{ name: 'one' }, { name: 'two' }]);
    const all = await ask(estate);
    const [one, two] = all.declared;
    const byId = await ask(estate, { pattern: one!.nativeId, nameTemplate: 'old-{name}-{id}', stack: 'legacy' });
    expect(byId.declared.map(({ address }) => address)).toEqual([`volume.old-one-${one!.nativeId}`]);
    expect(byId.yaml).toMatch(/stack: "?legacy/);
    expect((await ask(estate, { pattern: two!.name })).declared).toHaveLength(1);
  });

  it('refuses what it does not understand, with what to do, and leaves everything as it is', async () => {
    const estate = await estateWith([{ name: 'one' }]);
    const codeOf = async (more: Partial<ImportMatchInput>) => {
      try {
        const { outcome, diagnostics, yaml } = await ask(estate, more);
        return [outcome, yaml, ...diagnostics.map(({ code }) => code)];
      } catch (error) {
        return (error as { diagnostics: { code: string }[] }).diagnostics.map(({ code }) => code);
      }
    };
    expect(await codeOf({ pattern: 'nothing-*' })).toEqual(['COPRHD-IMPORT-001']);
    expect(await codeOf({ system: 'array-9' })).toEqual(['COPRHD-STATE-005']);
    expect(await codeOf({ virtualPool: 'silver' })).toEqual(['error', undefined, 'COPRHD-CONFIG-005']);
    expect(await codeOf({ project: 'nobody' })).toEqual(['error', undefined, 'COPRHD-CONFIG-005']);
    expect(await codeOf({ virtualPool: 'thick' })).toEqual(['error', undefined, 'COPRHD-IMPORT-001']);
    estate.takeDown('sim-1');
    expect(await codeOf({})).toEqual(['COPRHD-DEVICE-001']);
    expect(estate.changes).toEqual([]);
  });

  it('gives names that are free in the project, whatever the device calls them', async () => {
    const estate = await estateWith([]);
    await estate.applied(stack({ volumes: { Data: null } }));
    const odd = ['data', 'da ta', 'da/ta', 'größe', '{a,b}', '"\n- x: ${var.y}'];
    for (const [index] of odd.entries())
      estate.edit({ edit: 'add-volume', name: `v${index}`, pool: 'fast', sizeBytes: GIB, provisioning: 'thin' });
    estate.wrap = (array) => ({
      ...array,
      listVolumes: async (ctx, page) => {
        const answer = await array.listVolumes(ctx, page);
        const named = answer.items.map((item) => ({
          ...item,
          name: odd[Number(/^v(\d)$/.exec(item.name)?.[1])] ?? item.name,
        }));
        return { ...answer, items: named };
      },
    });
    const { yaml, declared } = await ask(estate);
    expect(declared.map(({ address }) => address).sort()).toEqual(
      ['volume.a-b', 'volume.da-ta', 'volume.da-ta-2', 'volume.data-2', 'volume.gro-e', 'volume.x-var.y'].sort(),
    );
    expect(lines(await estate.planned({ 'imported.yaml': yaml! }))).toHaveLength(odd.length);
  });
});

describe('import of hosts by pattern', () => {
  it('declares one host a foreign mask, and what it writes plans, applies and is then empty', async () => {
    const estate = await estateWith([]);
    estate.edit({ edit: 'add-mask', name: 'db.server', initiators: [iqn('db-a'), iqn('db-b')], mappings: [] });
    estate.edit({ edit: 'add-mask', name: 'app', initiators: [iqn('app'), iqn('h1')], mappings: [] });
    // Arrays that let an initiator be in two masks.
    estate.wrap = (array) => ({
      ...array,
      listMasks: async (ctx, page) => {
        const answer = await array.listMasks(ctx, page);
        const loggedIn = (name: string) => (name === 'app' ? [iqn('db-a')] : []);
        return { ...answer, items: answer.items.map((mask) => ({ ...mask, loggedIn: loggedIn(mask.name) })) };
      },
    });
    const { outcome, yaml, declared, skipped } = await ask(estate, { what: 'hosts' });
    expect(outcome).toBe('ok');
    expect(declared.map(({ address, initiators }) => [address, initiators])).toEqual([
      ['host.app', [iqn('app'), iqn('db-a')]],
      ['host.db.server', [iqn('db-b')]],
    ]);
    expect(skipped.map(({ name, why }) => `${name}: ${why}`).sort()).toEqual([
      `app: ${iqn('h1')} is recorded as an initiator of host h1`,
      `db.server: ${iqn('db-a')} is in mask app, too`,
    ]);
    const plan = await estate.planned({ 'hosts.yaml': yaml! });
    expect(lines(plan)).toEqual(['create imported-hosts/host.app', 'create imported-hosts/host.db.server']);
    await estate.applied({ 'hosts.yaml': yaml! });
    expect(lines(await estate.planned({ 'hosts.yaml': yaml! }))).toEqual([]);
    const [only] = (await ask(estate, { what: 'hosts', pattern: 'db*' })).skipped;
    expect(only!.why).toMatch(/is recorded as an initiator of host/);
  });

  it('leaves hosts out whose network it can not tell', async () => {
    const estate = await estateWith([]);
    estate.edit({ edit: 'add-mask', name: 'fc', initiators: ['10:00:00:00:c9:00:00:01'], mappings: [] });
    const { outcome, yaml, skipped } = await ask(estate, { what: 'hosts' });
    expect([outcome, yaml]).toEqual(['error', undefined]);
    expect(skipped[0]!.why).toBe('no network of virtual array dc1 is one that 10:00:00:00:c9:00:00:01 comes through');
  });
});

it('an imported host is in the fabric of which its WWPN is an endpoint, in none that the virtual array has not', async () => {
  const wwpns = ['10:00:00:00:c9:00:00:01', '10:00:00:00:c9:00:00:02'] as const;
  const estate = await estateWith([]);
  await estate.applied(
    infrastructure({ arrays: ['array-1'] })
      .replace(
        'networks:\n',
        `networks:\n  a: { transport: fc }\n  b: { transport: fc, endpoints: ["${wwpns[0]}"] }\n  c: { transport: fc, endpoints: ["${wwpns[1]}"] }\n`,
      )
      .replace('networks: [san]', 'networks: [san, a, b]'),
  );
  for (const [index, wwpn] of wwpns.entries())
    estate.edit({ edit: 'add-mask', name: `fc-${index}`, initiators: [wwpn], mappings: [] });
  const { yaml, skipped } = await ask(estate, { what: 'hosts' });
  expect(yaml).toContain(`{ wwpn: "${wwpns[0]}", network: b }`);
  expect(skipped.map(({ name }) => name)).toEqual(['fc-1']);
});

describe('names', () => {
  it('are legal, and each once, ignoring case', () => {
    const nameFor = createNames(['A']);
    expect(
      ['a', 'a', '  ', '', 'é', 'x'.repeat(300)].map((text) => nameFor(text, 'volume')).map((n) => n.slice(0, 12)),
    ).toEqual(['a-2', 'a-3', 'volume', 'volume-2', 'e', 'x'.repeat(12)]);
    expect(nameFor('x'.repeat(300), 'volume').length).toBeLessThanOrEqual(128);
    expect(filled('{system}.{id}.{wwn}.{else}', { name: 'n', id: '7', system: 's' })).toBe('s.7.7.{else}');
  });
});

async function estateFmt(text: string) {
  const { fmt } = await import('../../../src/engine/operations/formatting.ts');
  return fmt({ texts: [{ file: 'imported.yaml', text }] });
}
