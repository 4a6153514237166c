/** The zoning of one VSAN, read with the fewest commands that show it twice, and as the contract shows it. */
import {
  type AliasObservation,
  type CallContext,
  type ConfigurationObservation,
  DriverError,
  type Page,
  PENDING_ZONES_MAX,
  type ZoneObservation,
  type ZoningObservation,
} from 'coprhd/driver';
import { withoutComplaint } from './cli/answer.ts';
import { isInProgress, parseZoneStatus, type ZoneStatus } from './cli/status.ts';
import type { Switch } from './cli/switch.ts';
import { parseDeviceAliases } from './cli/system.ts';
import { parseAliases, parseZones, parseZonesets } from './cli/zones.ts';
import type { MdsClient } from './client.ts';
import { needVsan } from './fabrics.ts';
import { assemble, needsDeviceAliases } from './model/assemble.ts';
import { fingerprintOf, isRouted, pendingOf, resolved, type Zoning, zonesetsOf } from './model/zoning.ts';

export interface ZoningRead {
  readonly status: ZoneStatus;
  readonly zoning: Zoning;
  /** Why it isn't whole. */
  readonly incomplete?: string;
}

export const readStatus = async (ctx: CallContext, device: Switch, vsan: number): Promise<ZoneStatus> =>
  parseZoneStatus(await device.show(ctx, `show zone status vsan ${vsan}`));

export async function readZoning(ctx: CallContext, device: Switch, vsan: number): Promise<ZoningRead> {
  let complaint: string | undefined;
  const show = async (what: string) => {
    const shown = withoutComplaint(await device.show(ctx, `${what} vsan ${vsan}`));
    complaint ??= shown.complaint;
    return shown.text;
  };
  const status = await readStatus(ctx, device, vsan);
  const zones = parseZones(await show('show zone'));
  const zonesets = parseZonesets(await show('show zoneset'));
  const active = parseZonesets(await show('show zoneset active'), 'show zoneset active');
  const aliases = status.full.aliases > 0 ? parseAliases(await show('show fcalias')) : [];
  const groups = [...zones, ...aliases, ...active.flatMap((set) => set.zones)];
  const deviceAliases = needsDeviceAliases(groups)
    ? parseDeviceAliases(await device.show(ctx, 'show device-alias database'))
    : new Map<string, string>();
  const assembled = assemble({ status, zones, zonesets, active, aliases, deviceAliases });
  return { status, ...assembled, ...(complaint === undefined ? {} : { incomplete: complaint }) };
}

const SETTLE_LOOKS_MAX = 10;
const SETTLE_MS = 200;

/**
 * Read when no commit or activation is in progress any more. Where one that was cut off from us goes on, what is shown of
 * it before its end would say that it was not done.
 */
async function readSettled(ctx: CallContext, device: Switch, vsan: number): Promise<ZoningRead> {
  for (let look = 1; ; look++) {
    const read = await readZoning(ctx, device, vsan);
    if (!isInProgress(read.status)) return read;
    if (look >= SETTLE_LOOKS_MAX) return { ...read, incomplete: `${read.status.last}, and goes on` };
    await device.pause(ctx, SETTLE_MS);
  }
}

/** `transient` when it isn't whole. */
export async function readWhole(ctx: CallContext, device: Switch, vsan: number): Promise<ZoningRead> {
  const read = await readSettled(ctx, device, vsan);
  if (read.incomplete === undefined) return read;
  throw new DriverError({
    class: 'transient',
    message: `the zoning of VSAN ${vsan} is not shown whole: ${read.incomplete}`,
    hint: 'it is read again; when it stays so, the version of NX-OS may be one that this driver does not know',
  });
}

export function zoneObservation(zoning: Zoning, name: string): ZoneObservation | undefined {
  const { full, active } = zoning;
  const [saved, enforced] = [full.zones.get(name), active?.zones.get(name)];
  if (!saved && !enforced) return undefined;
  const isStandard = (saved?.marks ?? []).length + (enforced?.marks ?? []).length === 0;
  return {
    name,
    kind: isStandard && !isRouted(zoning, name) ? 'standard' : 'other',
    ...(saved ? { defined: saved.members } : {}),
    configurations: zonesetsOf(full, name),
    ...(enforced ? { effective: resolved(full, enforced.members) } : {}),
  };
}

export function zoneObservations(zoning: Zoning, names: readonly string[]): ZoneObservation[] {
  return names.flatMap((name) => zoneObservation(zoning, name) ?? []);
}

export function zoningObservation({ status, zoning }: ZoningRead): ZoningObservation {
  const pending = pendingOf(zoning);
  return {
    fingerprint: fingerprintOf(zoning),
    defaultZone: status.defaultZone,
    ...(zoning.active ? { effectiveConfiguration: zoning.active.name } : {}),
    ...(status.session ? { transaction: { owner: status.session.holder } } : {}),
    pending: pending.slice(0, PENDING_ZONES_MAX),
    pendingCount: pending.length,
    databaseBytes: status.usedBytes,
    databaseBytesMax: status.maxBytes,
  };
}

const inOrder = (names: Iterable<string>): string[] => [...new Set(names)].sort();

function page<T>({ incomplete }: ZoningRead, items: readonly T[]): Page<T> {
  return { items, complete: incomplete === undefined };
}

export function zoningCalls(client: MdsClient) {
  const read = (ctx: CallContext, fabric: string, how = readSettled): Promise<ZoningRead> =>
    client.use(ctx, async (device) => how(ctx, device, await needVsan(ctx, client, device, fabric)));
  return {
    listAliases: async (ctx: CallContext, fabric: string): Promise<Page<AliasObservation>> => {
      const seen = await read(ctx, fabric);
      const { aliases } = seen.zoning.full;
      return page(
        seen,
        inOrder(aliases.keys()).map((name) => ({ name, members: aliases.get(name)!.members })),
      );
    },
    listZones: async (ctx: CallContext, fabric: string): Promise<Page<ZoneObservation>> => {
      const seen = await read(ctx, fabric);
      const { full, active } = seen.zoning;
      const names = inOrder([...full.zones.keys(), ...(active?.zones.keys() ?? [])]);
      return page(seen, zoneObservations(seen.zoning, names));
    },
    listConfigurations: async (ctx: CallContext, fabric: string): Promise<Page<ConfigurationObservation>> => {
      const seen = await read(ctx, fabric);
      const { full, active } = seen.zoning;
      const names = inOrder([...full.zonesets.keys(), ...(active ? [active.name] : [])]);
      const items = names.map((name) => ({
        name,
        zones: full.zonesets.get(name)?.size ?? 0,
        effective: name === active?.name,
      }));
      return page(seen, items);
    },
    readZones: async (ctx: CallContext, fabric: string, names: readonly string[]): Promise<ZoneObservation[]> =>
      zoneObservations((await read(ctx, fabric, readWhole)).zoning, names),
    readZoning: async (ctx: CallContext, fabric: string): Promise<ZoningObservation> =>
      zoningObservation(await read(ctx, fabric, readWhole)),
  };
}
