/** Puts right the one fact that a refusal names, in the estate or in the request, and nothing else. */
import type { Candidate, PlacementRequest, Rejection, RoleRequest } from '../../../src/engine/placement/request.ts';

export interface Situation {
  readonly role: RoleRequest;
  readonly candidates: readonly Candidate[];
}

export function mended({ role, candidates }: Situation, miss: Rejection): Situation {
  const own = candidates.find(({ pool }) => pool === miss.pool)!;
  const change = (of: (candidate: Candidate) => boolean, more: (candidate: Candidate) => Partial<Candidate>) => ({
    role,
    candidates: candidates.map((each) => (of(each) ? { ...each, ...more(each) } : each)),
  });
  const pool = (more: Partial<Candidate>) =>
    change(
      (each) => each === own,
      () => more,
    );
  const attributes = (more: Partial<Candidate['attributes']>) => pool({ attributes: { ...own.attributes, ...more } });
  const system = (more: (candidate: Candidate) => Partial<Candidate>) =>
    change((each) => each.system === own.system, more);
  switch (miss.filter) {
    case 'virtual-array':
      return pool({ virtualArrays: [role.virtualArray] });
    case 'managed':
      return pool({ manageable: true });
    case 'usable':
      return attributes({ usable: true });
    case 'provisioning':
      return attributes({ provisioning: ['thin', 'thick'] });
    case 'thin-pre-allocation':
      return pool({ thinPreAllocation: true });
    case 'system-type':
      return pool({ systemType: role.systemTypes![0]! });
    case 'protocols':
      return attributes({ protocols: role.protocols as Candidate['attributes']['protocols'] });
    case 'raid-level':
      return attributes({ raidLevels: role.raidLevels! });
    case 'drive-type':
      return attributes({ driveType: role.driveType! });
    case 'tiering-policy':
      return attributes({ tieringPolicies: [{ name: role.tieringPolicy!, provisioning: ['thin', 'thick'] }] });
    case 'io-limits':
      return attributes({ ioLimits: true });
    case 'compression':
    case 'deduplication':
      return attributes({ [miss.filter]: true });
    case 'long-term-retention':
      return attributes({ longTermRetention: role.longTermRetention ?? false });
    case 'assigned-pools': {
      const { assignedPools: _named, ...rest } = role;
      return { role: rest, candidates };
    }
    case 'consistency-groups':
      return pool({ consistencyGroups: true });
    case 'paths': {
      const what = miss.fact.startsWith('usable') ? 'usable' : 'haDomains';
      return pool({ ports: { iscsi: { ...own.ports!.iscsi!, [what]: Number(miss.needed) } } });
    }
    case 'chosen-pools': {
      const { require, avoid, ...rest } = role;
      const kept = miss.fact === 'required pools' ? { avoid } : { require };
      return { role: { ...rest, ...kept } as RoleRequest, candidates };
    }
    case 'volume-size':
      return attributes(
        miss.fact === 'largest volume' ? { volumeBytesMax: Number.MAX_SAFE_INTEGER } : { volumeBytesMin: 1 },
      );
    case 'volume-count':
      return pool({ volumesLeft: 1 });
    case 'system-volume-count':
      return miss.fact.includes('of the project')
        ? system((each) => ({ projectVolumesLeft: { ...each.projectVolumesLeft, [role.project!]: 1 } }))
        : system(() => ({ systemVolumesLeft: 1 }));
    case 'capacity': {
      const which = miss.fact.startsWith('subscription') ? 'subscribedBytes' : 'allocatedBytes';
      return pool({ promised: { ...own.promised, [which]: own.promised[which] - miss.lackBytes! } });
    }
    default:
      throw new Error(`nobody knows how to mend ${miss.filter}`);
  }
}

export const requestOf = ({ role }: Situation): PlacementRequest => ({
  units: [{ id: 'asked', roles: [role], constraints: [] }],
});
