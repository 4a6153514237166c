/**
 * brocade-zone as REST shows it. Shapes: openstack/cinder (cinder/zonemanager/drivers/brocade/rest_constants.py,
 * brcd_rest_fc_zone_client.py, Apache-2.0), jconsoli/brcdapi (zone.py, util.py, Apache-2.0), brocade/pyfos
 * (pyfos/pyfos_brocade_zone.py, Apache-2.0).
 */
import { type FirmwareTraits, traitsOf } from '../state/firmware.ts';
import { type FosFabric, type FosState, type FosZone, shownDatabase, transactionAt } from '../state/model.ts';
import { databaseBytes } from '../state/resolve.ts';
import { checksumOf } from '../state/transaction.ts';
import type { Json, JsonObject } from './message.ts';

const TYPES = { standard: [0, 'zone'], peer: [1, 'user-created-peer-zone'] } as const;

const byName = <V>(map: ReadonlyMap<string, V>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

function zoneJson(name: string, { kind, principals, members }: FosZone, traits: FirmwareTraits): JsonObject {
  const [type, text] = TYPES[kind];
  return {
    'zone-name': name,
    'zone-type': type,
    ...(traits.listsOfOne ? { 'zone-type-string': text } : {}),
    'member-entry': {
      'entry-name': members,
      ...(kind === 'peer' ? { 'principal-entry-name': principals } : {}),
    },
  };
}

export interface DefinedJson {
  readonly cfg: readonly JsonObject[];
  readonly zone: readonly JsonObject[];
  readonly alias: readonly JsonObject[];
}

/** With the edits that aren't saved. */
export function definedJson({ firmware }: FosState, fabric: FosFabric): DefinedJson {
  const { cfgs, zones, aliases } = shownDatabase(fabric);
  const traits = traitsOf(firmware);
  return {
    cfg: byName(cfgs).map(([name, names]) => ({ 'cfg-name': name, 'member-zone': { 'zone-name': names } })),
    zone: byName(zones).map(([name, zone]) => zoneJson(name, zone, traits)),
    alias: byName(aliases).map(([name, members]) => ({
      'alias-name': name,
      'member-entry': { 'alias-entry-name': members },
    })),
  };
}

export function effectiveJson({ firmware }: FosState, fabric: FosFabric): Readonly<Record<string, Json>> {
  const { effective, limits, defined } = fabric;
  const open = transactionAt(fabric);
  const committed = databaseBytes(defined);
  const traits = traitsOf(firmware);
  return {
    ...(effective ? { 'cfg-name': effective.cfg } : {}),
    checksum: checksumOf(fabric),
    'cfg-action': 0,
    'default-zone-access': fabric.defaultZone === 'all-access' ? 1 : 0,
    'db-max': limits.databaseBytesMax,
    'db-avail': Math.max(0, limits.databaseBytesMax - committed),
    'db-committed': committed,
    'db-transaction': open ? databaseBytes(open.buffer) : 0,
    'transaction-token': open?.token ?? 0,
    'db-chassis-wide-committed': committed,
    ...(effective
      ? { 'enabled-zone': byName(effective.zones).map(([name, zone]) => zoneJson(name, zone, traits)) }
      : {}),
  };
}

/** Since FOS 9: who holds the fabric's zoning. */
export function lockJson(fabric: FosFabric): JsonObject {
  const [open] = fabric.transactions;
  return {
    'lock-principal-domain-id': open?.domain ?? 0,
    'lock-principal-transaction-token': open?.token ?? 0,
    timeout: 300,
    'remaining-time': open ? 300 : 0,
  };
}
