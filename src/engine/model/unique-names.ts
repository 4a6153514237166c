/**
 * Unique keys of a record: `u/{kind}/{scope}/{folded name}`. They make names unique and, being ranges by parent, they are
 * how children are found without a secondary index (the LUN map of a mask, the maps of an export, the pools of a system).
 */
import { foldName } from './address.ts';
import type { KindName } from './kinds.ts';
import { memberName, memberOfName } from './members.ts';
import type { ResourceRecord } from './record.ts';
import type { RecordedSpec } from './specs.ts';
import { parseUrn, type Urn, uuidOf } from './urn.ts';

export interface UniqueName {
  readonly kind: KindName;
  readonly scope: string;
  readonly name: string;
}

export const ZONE = 'zone';

const specOf = <K extends KindName>(record: ResourceRecord, _kind: K) => record.spec as RecordedSpec<K>;

/** HLUs sort as numbers in a range. */
export const hluName = (hlu: number): string => `hlu-${String(hlu).padStart(5, '0')}`;

/** Keys ignore case; devices may not: two pools of a device may differ in nothing else. */
const exactName = (nativeId: string): string => nativeId.replace(/[\^\p{Lu}]/gu, '^$&');

/**
 * Names that a record holds now. A tombstone holds none, but for a freed HLU: it stays taken until its quarantine ends.
 */
export function uniqueNames(record: ResourceRecord): UniqueName[] {
  const names = liveNames(record);
  if (record.status.phase !== 'deleted') return names;
  return record.kind === 'lunMap' && record.status.freedAtMs !== undefined ? names.slice(0, 1) : [];
}

function liveNames(record: ResourceRecord): UniqueName[] {
  const one = (scope: string, name: string): UniqueName => ({ kind: record.kind, scope, name: foldName(name) });
  // Policies are shared by projects, in which the same names are found.
  const byPolicy = (project: Urn, policy: Urn | undefined) =>
    policy === undefined ? [] : [one(uuidOf(policy), `${uuidOf(project)}.${record.name}`)];
  switch (record.kind) {
    case 'pool':
    case 'port': {
      const spec = specOf(record, 'pool');
      return [one(uuidOf(spec.system), exactName(spec.nativeId))];
    }
    case 'initiator': {
      const spec = specOf(record, 'initiator');
      return [one(ZONE, spec.portName), one(uuidOf(spec.host), spec.portName)];
    }
    case 'ipInterface': {
      const { address, host } = specOf(record, 'ipInterface');
      return [one(ZONE, address), one(uuidOf(host), address)];
    }
    case 'endpoint': {
      const { portName, network } = specOf(record, 'endpoint');
      return [one(ZONE, portName), one(uuidOf(network), portName)];
    }
    case 'exportMask': {
      const spec = specOf(record, 'exportMask');
      return [one(uuidOf(spec.system), uuidOf(spec.host))];
    }
    case 'lunMap': {
      const spec = specOf(record, 'lunMap');
      const [mask, volume] = [uuidOf(spec.mask), uuidOf(spec.volume)];
      return [one(mask, hluName(spec.hlu)), one(uuidOf(spec.export), `${volume}.${mask}`), one(volume, mask)];
    }
    case 'path': {
      const { mask, initiator, port } = specOf(record, 'path');
      const pair = `${uuidOf(initiator)}.${uuidOf(port)}`;
      return [one(uuidOf(mask), pair), one(uuidOf(port), pair)];
    }
    case 'zone': {
      const { mask, network, zoneName } = specOf(record, 'zone');
      // An existing zone may serve several masks.
      const inNetwork = exactName(`${zoneName}.${uuidOf(mask)}`);
      return [one(uuidOf(mask), `${uuidOf(network)}.${exactName(zoneName)}`), one(uuidOf(network), inNetwork)];
    }
    case 'member': {
      const { of, list, member } = specOf(record, 'member');
      const entry = one(uuidOf(of), memberName(list, member));
      // Exports are found by who sees by them, and by what waits in them.
      return parseUrn(of).kind === 'export' ? [entry, one(uuidOf(member), memberOfName(of))] : [entry];
    }
    case 'volume': {
      const { project, consistencyGroup, copyOf, snapshotPolicy } = specOf(record, 'volume');
      // The members of a group are found by it, and full copies by what they are copies of.
      const parents = [consistencyGroup, copyOf].filter((urn) => urn !== undefined);
      const names = [project, ...parents].map((urn) => one(uuidOf(urn), record.name));
      return [...names, ...byPolicy(project, snapshotPolicy)];
    }
    case 'snapshot': {
      const { project, volume, consistencyGroup } = specOf(record, 'snapshot');
      const parents = consistencyGroup === undefined ? [volume] : [volume, consistencyGroup];
      return [project, ...parents].map((urn) => one(uuidOf(urn), record.name));
    }
    case 'consistencyGroup': {
      const { project, snapshotPolicy } = specOf(record, 'consistencyGroup');
      return [one(uuidOf(project), record.name), ...byPolicy(project, snapshotPolicy)];
    }
    case 'export':
      return [one(uuidOf(specOf(record, 'export').project), record.name)];
    default:
      return [one(ZONE, record.name)];
  }
}
