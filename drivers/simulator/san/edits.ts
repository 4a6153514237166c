/**
 * What a person does on fabrics and hosts by hand, without any check of ownership. Zones are saved and not enabled, unless
 * `enable` says so. `coprhd sim edit` and tests use it; the driver never does.
 */
import { z } from 'zod';
import type { Kv } from '../kv.ts';
import { invalid, refuse, WWPN } from '../objects.ts';
import { wwnOf } from '../wwn.ts';
import { cableId, cables, fabrics, fabricTables, hosts, type StoredCable, switches, wwpns } from './objects.ts';
import {
  activate,
  deactivate,
  defineAlias,
  defineZone,
  dropAlias,
  dropConfiguration,
  ensureConfiguration,
  memberList,
  openZoning,
  saved,
  type Zoning,
} from './zoning.ts';

const text = z.string().min(1);
const members = z.array(text).min(1);
/** Puts the configuration in effect (or `configuration`) into effect as saved, with everybody's changes. */
const enable = z.boolean().default(false);

/** Members are WWPNs, `domain,port` or names of aliases. `configuration`: the one in effect when left out. */
export const fabricEditSchema = z.discriminatedUnion('edit', [
  z.strictObject({ edit: z.literal('create-zone'), zone: text, members, configuration: text.optional(), enable }),
  z.strictObject({ edit: z.literal('change-zone'), zone: text, members, enable }),
  z.strictObject({ edit: z.literal('rename-zone'), zone: text, name: text, enable }),
  z.strictObject({ edit: z.literal('delete-zone'), zone: text, enable }),
  z.strictObject({ edit: z.literal('create-alias'), alias: text, members }),
  z.strictObject({ edit: z.literal('change-alias'), alias: text, members, enable }),
  z.strictObject({ edit: z.literal('delete-alias'), alias: text }),
  z.strictObject({ edit: z.literal('create-configuration'), configuration: text }),
  z.strictObject({ edit: z.literal('delete-configuration'), configuration: text }),
  z.strictObject({ edit: z.literal('enable-configuration'), configuration: text }),
  z.strictObject({ edit: z.literal('disable-configuration') }),
  /** Holds the zoning open, as a session that somebody left. */
  z.strictObject({ edit: z.literal('open-transaction'), owner: text }),
  z.strictObject({ edit: z.literal('close-transaction') }),
  z.strictObject({ edit: z.literal('default-zone'), access: z.enum(['deny', 'permit']) }),
  /** Its switch becomes a router to another fabric. */
  z.strictObject({ edit: z.literal('route'), to: text }),
]);
export type FabricEdit = z.infer<typeof fabricEditSchema>;

export const hostEditSchema = z.discriminatedUnion('edit', [
  /** Another HBA in the same place: another WWPN (made up when left out), the same cable. */
  z.strictObject({ edit: z.literal('replace-hba'), hba: text, wwpn: z.string().regex(WWPN).optional() }),
  /** The cable of a port goes to another port of a switch. */
  z.strictObject({ edit: z.literal('move-cable'), port: text, switch: text, switchPort: z.int().min(0) }),
]);
export type HostEdit = z.infer<typeof hostEditSchema>;

function configurationFor(zoning: Zoning, wanted: string | undefined): string {
  const name = wanted ?? zoning.fabric.effective;
  if (name === undefined) throw invalid('no configuration is in effect: name one with configuration=NAME');
  return name;
}

function editZone(zoning: Zoning, edit: FabricEdit): boolean {
  const { kv, tables } = zoning;
  const need = (name: string) => {
    const zone = tables.zones.need(kv, name);
    if (!zone.members) throw invalid(`zone ${name} is not saved any more`);
    return { members: zone.members, configurations: zone.configurations };
  };
  const mustBeFree = (name: string) => {
    if (tables.zones.get(kv, name)?.members) throw refuse(`zone ${name} is there already`, [name]);
  };
  switch (edit.edit) {
    case 'create-zone': {
      mustBeFree(edit.zone);
      const configuration = configurationFor(zoning, edit.configuration);
      ensureConfiguration(zoning, configuration);
      defineZone(zoning, edit.zone, { members: memberList(edit.members), configurations: [configuration] });
      return true;
    }
    case 'change-zone':
      defineZone(zoning, edit.zone, { ...need(edit.zone), members: memberList(edit.members) });
      return true;
    case 'rename-zone': {
      mustBeFree(edit.name);
      const zone = need(edit.zone);
      defineZone(zoning, edit.name, zone);
      defineZone(zoning, edit.zone, undefined);
      return true;
    }
    case 'delete-zone':
      need(edit.zone);
      defineZone(zoning, edit.zone, undefined);
      return true;
    default:
      return false;
  }
}

function editDatabase(zoning: Zoning, edit: FabricEdit): void {
  const { kv, tables } = zoning;
  switch (edit.edit) {
    case 'create-alias':
      if (tables.aliases.get(kv, edit.alias)) throw refuse(`alias ${edit.alias} is there already`, [edit.alias]);
      defineAlias(zoning, edit.alias, memberList(edit.members));
      break;
    case 'change-alias':
      tables.aliases.need(kv, edit.alias);
      defineAlias(zoning, edit.alias, memberList(edit.members));
      break;
    case 'delete-alias':
      dropAlias(zoning, edit.alias);
      break;
    case 'create-configuration':
      ensureConfiguration(zoning, edit.configuration);
      break;
    case 'delete-configuration':
      dropConfiguration(zoning, edit.configuration);
      break;
    case 'enable-configuration':
      activate(zoning, edit.configuration);
      break;
    case 'disable-configuration':
      deactivate(zoning);
      break;
    case 'open-transaction':
      zoning.fabric = { ...zoning.fabric, transaction: { owner: edit.owner } };
      break;
    case 'close-transaction': {
      const { transaction: _closed, ...fabric } = zoning.fabric;
      zoning.fabric = fabric;
      break;
    }
    case 'default-zone':
      zoning.fabric = { ...zoning.fabric, defaultZone: edit.access };
      break;
    case 'route': {
      const to = fabrics.need(kv, edit.to).name;
      zoning.fabric = { ...zoning.fabric, routed: [...new Set([...(zoning.fabric.routed ?? []), to])].sort() };
      break;
    }
  }
}

/** A person may do it all; refused is only what no fabric does. */
export function applyFabricEdit(kv: Kv, fabric: string, edit: FabricEdit): undefined {
  const zoning = openZoning(kv, fabric);
  if (!editZone(zoning, edit)) editDatabase(zoning, edit);
  if ('enable' in edit && edit.enable) {
    activate(zoning, configurationFor(zoning, 'configuration' in edit ? edit.configuration : undefined));
  }
  saved(zoning);
}

export function applyHostEdit(kv: Kv, host: string, edit: HostEdit): undefined {
  hosts.need(kv, host);
  if (edit.edit === 'replace-hba') return replaceHba(kv, host, edit);
  const cable = cables.need(kv, cableId(host, edit.port));
  const { fabric, ports } = switches.need(kv, edit.switch);
  if (cable.to.type !== 'fabric') throw invalid(`${cable.id} goes to no fabric`);
  if (edit.switchPort >= ports) throw invalid(`${edit.switch} has ports 0 to ${ports - 1}`);
  put(kv, cable, { ...cable, to: { type: 'fabric', fabric, switch: edit.switch, port: edit.switchPort } });
}

function replaceHba(kv: Kv, host: string, edit: Extract<HostEdit, { edit: 'replace-hba' }>): undefined {
  const cable = cables.need(kv, cableId(host, edit.hba));
  if (cable.wwpn === undefined) throw invalid(`${cable.id} is no HBA`);
  const wwpn = edit.wwpn ?? wwnOf('10:00', `${cable.id} after ${cable.wwpn}`);
  const holder = wwpns.get(kv, wwpn);
  if (holder !== undefined) throw refuse(`WWPN ${wwpn} is at ${holder}`, [holder]);
  put(kv, cable, { ...cable, wwpn });
}

/** Writes a cable with the indexes that lead to it. */
function put(kv: Kv, before: StoredCable, after: StoredCable): void {
  const indexes = ({ wwpn, to }: StoredCable, run: (wwpn: string, fabric: string) => void) => {
    if (wwpn !== undefined && to.type === 'fabric') run(wwpn, to.fabric);
  };
  indexes(before, (wwpn, fabric) => {
    wwpns.delete(kv, wwpn);
    fabricTables(fabric).endpoints.delete(kv, wwpn);
  });
  cables.put(kv, after.id, after);
  indexes(after, (wwpn, fabric) => {
    wwpns.put(kv, wwpn, after.id);
    fabricTables(fabric).endpoints.put(kv, wwpn, after.id);
  });
}
