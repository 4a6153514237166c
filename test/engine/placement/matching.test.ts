import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ResourceRecord } from '../../../src/engine/model/record.ts';
import { demandOf, matchMisses, type PoolToMatch } from '../../../src/engine/placement/matching.ts';
import { explainPlacement, place } from '../../../src/engine/placement/place.ts';
import type { Candidate, RoleRequest } from '../../../src/engine/placement/request.ts';
import { ARRAY, candidate, GIB, someCandidates, unit, urn } from './support.ts';

type VirtualPool = ResourceRecord<'virtualPool'>;

const virtualPool = (spec: Partial<VirtualPool['spec']> = {}) => ({
  record: {
    urn: urn('virtualPool', 1),
    name: 'gold',
    spec: {
      type: 'block',
      protocols: ['iscsi'],
      provisioning: 'thin',
      paths: { min: 1, max: 2, perInitiator: 1 },
      limits: { utilisation: 0.8, subscription: 2 },
      ...spec,
    },
  } as VirtualPool,
  virtualArrays: [ARRAY],
});

const poolOf = (of: Candidate): PoolToMatch => ({
  pool: { urn: of.pool, name: of.attributes.name, spec: { nativeId: of.poolNativeId } } as ResourceRecord<'pool'>,
  system: {
    urn: of.system,
    name: of.systemName,
    spec: { driver: of.systemType },
  } as unknown as ResourceRecord<'storageSystem'>,
  virtualArrays: of.virtualArrays,
  attributes: of.attributes,
});

const wanted = fc
  .record({
    provisioning: fc.constantFrom('thin' as const, 'thick' as const),
    driveType: fc.constantFrom('ssd', undefined),
    raidLevels: fc.constantFrom(['raid5'], undefined),
    systemTypes: fc.constantFrom(['simulator', 'tgt'], ['tgt'], undefined),
  })
  .map((fields) =>
    virtualPool(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never),
  );

const roleOf = ({ record }: ReturnType<typeof virtualPool>, sizeBytes: number): RoleRequest => ({
  role: 'source',
  sizeBytes,
  virtualArray: ARRAY,
  ...demandOf(record),
});

it('a pool that a virtual pool may not use is never chosen for it, and one that is chosen may be used', () => {
  fc.assert(
    fc.property(wanted, someCandidates, fc.integer({ min: 1, max: 30 * GIB }), (asked, candidates, sizeBytes) => {
      const { decisions } = place({ units: [unit('v', roleOf(asked, sizeBytes))] }, candidates);
      const chosen = decisions[0]?.placed[0]?.pool;
      if (chosen === undefined) return;
      const home = candidates.find(({ pool }) => pool === chosen)!;
      expect(matchMisses(asked, poolOf(home))).toEqual([]);
    }),
  );
});

it('whatever matching refuses, placement refuses by the same fact', () => {
  fc.assert(
    fc.property(wanted, someCandidates, (asked, candidates) => {
      const open = candidates.map((one) => ({ ...one, manageable: true }));
      const [role] = explainPlacement({ units: [unit('v', roleOf(asked, 1))] }, open);
      for (const one of open) {
        const [miss] = matchMisses(asked, poolOf(one));
        const refusal = role!.rejections.find(({ pool }) => pool === one.pool);
        if (miss)
          expect(refusal).toMatchObject({ filter: miss.filter, fact: miss.fact, needed: miss.needed, had: miss.had });
        else expect(refusal?.filter ?? 'capacity').toMatch(/^(capacity|volume-size)$/);
      }
    }),
  );
});

it('a refusal goes when the fact that it names is put right', () => {
  const asked = virtualPool({ driveType: 'nvme', raidLevels: ['raid6'], systemTypes: ['tgt'], provisioning: 'thick' });
  const wrong = candidate(1, { attributes: { provisioning: ['thin'], protocols: ['fc'], usable: false } });
  const names = (pool: PoolToMatch) => matchMisses(asked, pool).map(({ filter }) => filter);
  const pool = poolOf(wrong);
  expect(names(pool)).toEqual(['usable', 'provisioning', 'system-type', 'protocols', 'raid-level', 'drive-type']);
  const right: PoolToMatch = {
    ...pool,
    system: { ...pool.system, spec: { ...pool.system.spec, driver: 'tgt' } },
    attributes: {
      ...pool.attributes,
      usable: true,
      provisioning: ['thin', 'thick'],
      protocols: ['iscsi'],
      raidLevels: ['raid6'],
      driveType: 'nvme',
    },
  };
  expect(names(right)).toEqual([]);
  expect(names({ ...right, virtualArrays: [] })).toEqual(['virtual-array']);
  expect(names({ ...right, attributes: { ...right.attributes, driveType: 'ssd' } })).toEqual(['drive-type']);
});

it('a virtual pool that is in no virtual array may use nothing, and says so', () => {
  const nowhere = { ...virtualPool(), virtualArrays: [] };
  expect(matchMisses(nowhere, poolOf(candidate(1)))).toMatchObject([
    { filter: 'virtual-array', had: 'gold is in none' },
  ]);
});
