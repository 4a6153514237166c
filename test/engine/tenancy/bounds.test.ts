import { describe, expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import type { ProjectAcl } from '../../../src/engine/model/tenancy-specs.ts';
import { makeUrn, ROOT_TENANT_URN, type Urn } from '../../../src/engine/model/urn.ts';
import { withoutForeign } from '../../../src/engine/operations/foreign-names.ts';
import type { RecordIndex } from '../../../src/engine/state/record-index.ts';
import {
  type Bounds,
  type BoundsReader,
  mayChange,
  mayFill,
  mayMake,
  maySee,
} from '../../../src/engine/tenancy/bounds.ts';

const records = new Map<Urn, ResourceRecord>();
let count = 0;
function made(kind: ResourceRecord['kind'], spec: object, more: object = {}): ResourceRecord {
  const urn = makeUrn(kind, `00000000-0000-4000-8000-0000000001${String(++count).padStart(2, '0')}`);
  const owner = { type: 'stack', tenant: ROOT_TENANT_URN, name: 'x' };
  const record = { urn, kind, name: `${kind}-${count}`, spec, scope: {}, owner, ...more } as unknown as ResourceRecord;
  records.set(urn, record);
  return record;
}
const [mine, other] = [made('tenant', {}), made('tenant', {})];
const acl: ProjectAcl = [
  { user: 'Bob', privilege: 'ALL' },
  { group: 'Keepers', privilege: 'BACKUP' },
  { group: 'keepers', privilege: 'ALL' },
];
const project = made('project', { tenant: mine.urn, acl }) as ResourceRecord<'project'>;
const inProject = { scope: { tenant: mine.urn, project: project.urn } };
const volume = made('volume', { project: project.urn }, inProject);
const shown = made('export', { project: project.urn }, inProject);
const map = made('lunMap', { export: shown.urn, volume: volume.urn });
const host = made('host', { tenant: mine.urn });
const initiator = made('initiator', { host: host.urn });
const foreign = made('project', { tenant: other.urn });
const lost = made('project', { tenant: makeUrn('tenant', '00000000-0000-4000-8000-000000000999') });
const [used, unused] = [made('virtualPool', {}), made('virtualPool', {})];
const system = made('storageSystem', {});
const reader: BoundsReader = {
  get: (urn) => records.get(urn),
  uses: (tenant, list, urn) => tenant === mine.urn && list === 'use.virtualPools' && urn === used.urn,
};
const bounds = (user: string, more: Partial<Bounds> = {}): Bounds => ({
  ...{ user, groups: [], tenant: mine.urn, roles: [] },
  ...more,
});
const seen = (who: Bounds, ...some: ResourceRecord[]) => some.map((record) => maySee(who, record, reader));
const changed = (who: Bounds, ...some: ResourceRecord[]) => some.map((record) => mayChange(who, record, reader));

describe('bounds', () => {
  const admin = bounds('ann', { roles: ['TENANT_ADMIN'] });
  it("let an administrator see and change all of the tenant's but the tenant, and nothing else", () => {
    expect(seen(admin, mine, project, volume, shown, map, host, initiator, used, system)).toEqual(Array(9).fill(true));
    expect(seen(admin, other, foreign, lost, unused)).toEqual([false, false, false, false]);
    expect(changed(admin, project, volume, host, initiator)).toEqual([true, true, true, true]);
    expect(changed(admin, mine, foreign, lost, used, system)).toEqual(Array(5).fill(false));
  });

  it('follow the rights in a project, of users and groups in any case, the greater one first', () => {
    expect(changed(bounds('BOB'), volume, shown, project, host)).toEqual([true, true, false, false]);
    expect(mayFill(bounds('bob'), project, reader)).toBe(true);
    expect(seen(bounds('eve'), project, volume, map, host)).toEqual([false, false, false, true]);
    expect(changed(bounds('eve', { groups: ['KEEPERS'] }), volume)).toEqual([true]);
    const backup = { ...project, spec: { ...project.spec, acl: [acl[1]!] } };
    records.set(project.urn, backup);
    expect(seen(bounds('eve', { groups: ['keepers'] }), volume)).toEqual([true]);
    expect(changed(bounds('eve', { groups: ['keepers'] }), volume)).toEqual([false]);
    records.set(project.urn, project);
  });

  it('let who made a project, or is named as its owner, change it', () => {
    const own = (more: object) => ({ ...project, ...more }) as ResourceRecord<'project'>;
    const maker = own({ owner: { type: 'api', user: 'carol' } });
    expect(changed(bounds('Carol'), maker)).toEqual([true]);
    const given = own({ owner: { type: 'api', user: 'carol' }, spec: { ...project.spec, owner: 'dan' } });
    expect([...changed(bounds('carol'), given), ...changed(bounds('dan'), given)]).toEqual([false, true]);
  });

  it('let projects be made by whose job it is, hosts and clusters by administrators', () => {
    expect((['project', 'host', 'cluster'] as const).map((kind) => mayMake(admin, kind))).toEqual([true, true, true]);
    const maker = bounds('pat', { roles: ['PROJECT_ADMIN'] });
    expect((['project', 'host', 'cluster'] as const).map((kind) => mayMake(maker, kind))).toEqual([true, false, false]);
  });

  it('let the root tenant use everything', () => {
    expect(seen(bounds('root-user', { tenant: ROOT_TENANT_URN }), unused)).toEqual([true]);
  });
});

describe('what is said to somebody of a tenant', () => {
  const all = [...records.values()];
  const index = {
    ofKind: (kind: string) => all.filter((record) => record.kind === kind).map((record) => ({ record })),
  };
  const clean = (summary: string, said: unknown = {}) =>
    withoutForeign(
      [{ code: 'COPRHD-STATE-006', severity: 'error', summary }],
      index as unknown as RecordIndex,
      (record) => maySee(bounds('ann', { roles: ['TENANT_ADMIN'] }), record, reader),
      said,
    )[0]!.summary;

  it('names nothing of another, however it is written', () => {
    for (const text of [
      `taken by ${foreign.name}`,
      `"${foreign.name.toUpperCase()}".`,
      `web/project.${foreign.name}: no`,
      foreign.urn,
    ])
      expect(clean(text)).toBe('it collides with something of another tenant');
    for (const text of [`taken by ${project.name}`, `${foreign.name}x`, 'nothing at all'])
      expect(clean(text)).toBe(text);
  });

  it('repeats what the caller said', () => {
    expect(clean(`${foreign.name} is taken`, { name: foreign.name })).toBe(`${foreign.name} is taken`);
  });
});
