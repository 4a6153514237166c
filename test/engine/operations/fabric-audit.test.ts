/** What an audit finds on fabrics that people edited by hand. */
import { expect, it } from 'vitest';
import type { FabricEdit } from '../../../drivers/simulator/san/edits.ts';
import type { AuditCheck, AuditFinding } from '../../../src/engine/model/audit.ts';
import { type Estate, GIB } from '../planner/estate.ts';
import { createFabricEstate, editFabric, fabricText, hba, portOf } from '../planner/fabric-estate.ts';
import { stack } from '../planner/texts.ts';

const TEXTS = [fabricText(), stack({ volumes: { a: null }, exports: { e: 'host: h1, volumes: [a]' } })];
const OF_FABRICS: readonly AuditCheck[] = [
  'default-zone-open',
  'zoning-not-in-effect',
  'zoning-held-open',
  'zone-dead-member',
];
const OF_HOSTS: readonly AuditCheck[] = ['mapped-not-zoned', 'too-few-paths', 'paths-through-one', 'zoned-not-mapped'];

/** Host h1 has four open paths, two in each fabric. */
async function exported(foreignZones = 0): Promise<Estate> {
  const estate = await createFabricEstate({ foreignZones });
  for (const fabric of foreignZones === 0 ? (['fa', 'fb'] as const) : []) {
    // A configuration keeps its last zone.
    const members = ['9,8', '9,9'];
    editFabric(estate, fabric, { edit: 'create-zone', zone: 'anchor', members, configuration: 'legacy', enable: true });
  }
  await estate.applied(TEXTS);
  return estate;
}

const edit = (estate: Estate, one: FabricEdit, fabric: 'fa' | 'fb' = 'fa') => editFabric(estate, fabric, one);

async function found(estate: Estate, checks: readonly AuditCheck[], system?: string): Promise<readonly AuditFinding[]> {
  const only = system === undefined ? {} : { system };
  return (await estate.run('audit', { ...only, refresh: 'full', checks })).findings;
}

/** Deletes the zones of h1 to these ports, in effect too. */
async function close(estate: Estate, ...ports: readonly string[]): Promise<void> {
  for (const { record } of await estate.records('zone')) {
    const to = record.spec.members.find(({ portName }) => ports.includes(portName));
    if (!to) continue;
    edit(
      estate,
      { edit: 'delete-zone', zone: record.spec.zoneName, enable: true },
      /:0[13]$/.test(to.portName) ? 'fa' : 'fb',
    );
  }
}

it('fabrics as we zoned them have no finding, and nothing is written', async () => {
  const estate = await exported();
  const before = [await estate.revision(), estate.changes.length];
  expect(await found(estate, [...OF_FABRICS, ...OF_HOSTS])).toEqual([]);
  expect([await estate.revision(), estate.changes.length]).toEqual(before);
});

it('what others did to a fabric is found: dead members, saved edits and whose, an open transaction and default zone', async () => {
  const estate = await exported();
  edit(estate, { edit: 'create-zone', zone: 'ghosts', members: [hba(9, 0), portOf(1, 1, 1), '2,7'], enable: true });
  edit(estate, { edit: 'create-zone', zone: 'draft', members: [hba(3, 0), portOf(1, 1, 1)], enable: false });
  edit(estate, { edit: 'default-zone', access: 'permit' });
  edit(estate, { edit: 'open-transaction', owner: 'bob' });
  const findings = await found(estate, OF_FABRICS);
  expect(findings.map(({ check, system, object }) => [check, system, object])).toEqual([
    ['default-zone-open', 'sw-fa', 'net-a'],
    ['zoning-not-in-effect', 'sw-fa', 'net-a'],
    ['zoning-held-open', 'sw-fa', 'net-a'],
    ['zone-dead-member', 'sw-fa', 'ghosts'],
  ]);
  expect(findings.map(({ evidence }) => evidence)).toMatchObject([
    // h2 and h3 are in no zone in effect.
    { configurationInEffect: 'legacy', portsInNoZone: 2, ports: [hba(2, 0), hba(3, 0)] },
    { zones: ['draft (added, others)'], count: 1, ours: 0, ofOthers: 1 },
    { owner: 'bob' },
    { dead: [hba(9, 0)], members: 3, configurations: ['legacy'], inEffect: 'yes' },
  ]);
  // Of one storage system nothing is said that is wrong with fabrics.
  expect(await found(estate, OF_FABRICS, 'array-1')).toEqual([]);
});

it('masks and zones that do not go together are found, of ours and of others', async () => {
  const estate = await exported(4);
  // Of others, for two of our hosts: h2 is zoned to FA-2-1 and mapped nothing, h3 is mapped and in no zone.
  estate.edit({ edit: 'add-volume', name: 'theirs', pool: 'fast', sizeBytes: GIB, provisioning: 'thin' });
  estate.edit({ edit: 'add-mask', name: 'by-hand', initiators: [hba(3, 0)], mappings: [{ volume: 'theirs', hlu: 0 }] });
  await close(estate, portOf(1, 2, 1));
  const checks: readonly AuditCheck[] = ['mapped-not-zoned', 'zoned-not-mapped'];
  const findings = await found(estate, checks);
  expect(findings.map(({ check, object, address }) => [check, object, address])).toEqual([
    ['mapped-not-zoned', expect.stringMatching(/^h1-/), 's/export.e'],
    ['mapped-not-zoned', 'by-hand', undefined],
    ['zoned-not-mapped', 'h2', undefined],
  ]);
  expect(findings.map(({ evidence }) => evidence)).toMatchObject([
    { notZoned: [`${hba(1, 0)} - FA-2-1`], hosts: ['h1'] },
    { notZoned: [`${hba(3, 0)} - any port of the mask`], hosts: ['h3'] },
    { pairs: 2, zoned: [expect.stringMatching(/^10:.* - FA-2-1 by z000002$/), expect.stringContaining('FA-2-2')] },
  ]);
  // A member by the port of the switch that h3 is plugged in at lets it in, too.
  edit(estate, { edit: 'create-zone', zone: 'by-port', members: ['1,1', portOf(1, 1, 1)], enable: true });
  expect((await found(estate, ['mapped-not-zoned'])).map(({ object }) => object)).not.toContain('by-hand');
});

it('a host whose open paths all go through one switch or HA domain is found, and one with too few', async () => {
  const estate = await exported();
  await close(estate, portOf(1, 1, 2), portOf(1, 2, 2));
  const [one, ...others] = await found(estate, ['paths-through-one', 'too-few-paths']);
  expect(others).toEqual([]);
  expect(one).toMatchObject({
    ...{ check: 'paths-through-one', severity: 'risk', system: 'array-1', object: 'h1', address: 's/export.e' },
    evidence: { switches: ['fa-sw1'], haDomains: [], paths: [`${hba(1, 0)} - FA-1-1`, `${hba(1, 0)} - FA-2-1`] },
  });
  await close(estate, portOf(1, 2, 1));
  const findings = await found(estate, ['paths-through-one', 'too-few-paths']);
  expect(findings.map(({ check }) => check)).toEqual(['too-few-paths', 'paths-through-one']);
  expect(findings[0]?.evidence).toMatchObject({ open: [`${hba(1, 0)} - FA-1-1`], minimum: 2, minimumOf: 'gold' });
  expect(findings[1]?.evidence).toMatchObject({ haDomains: ['FA-1'] });
});

it('of a fabric that does not answer nothing is concluded, and that is said', async () => {
  const estate = await exported();
  await close(estate, portOf(1, 1, 1), portOf(1, 2, 1));
  estate.takeDown('fa');
  const result = await estate.run('audit', { refresh: 'full', checks: [...OF_FABRICS, ...OF_HOSTS] });
  expect(result).toMatchObject({ outcome: 'error', findings: [], diagnostics: [{ code: 'COPRHD-DEVICE-001' }] });
  expect(result.networks.map(({ network, trust }) => [network, trust])).toEqual([
    ['net-a', 'unreachable'],
    ['net-b', 'whole'],
  ]);
  // Who asks for nothing of fabrics needs none.
  const { networks, outcome } = await estate.run('audit', { refresh: 'full', checks: ['filled-pool'] });
  expect([networks, outcome]).toEqual([[], 'ok']);
});
