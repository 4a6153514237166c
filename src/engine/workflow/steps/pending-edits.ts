/** What others have saved on a fabric and not enabled, as it is now: right before an activation that would enable it. */
import { DriverError } from '../../driver/errors.ts';
import {
  type NetworkSystem,
  type PendingZone,
  ZONES_PER_READ_MAX,
  type ZoneObservation,
  type ZoningObservation,
} from '../../driver/network-contract.ts';
import { type Collected, collectNamed } from '../../observe/collect.ts';
import { isNothingInEffect, type PendingEdit, pendingZones, withSaved } from '../../zoning/pending.ts';
import type { StepIo } from './handler.ts';

interface Place {
  readonly network: NetworkSystem;
  /** Native id. */
  readonly fabric: string;
  readonly configuration: string;
}

/** Without those of `own`, which the delta itself names. */
export async function pendingNow(
  io: StepIo,
  place: Place,
  zoning: ZoningObservation,
  own: ReadonlySet<string>,
): Promise<readonly PendingEdit[]> {
  const all = isNothingInEffect(zoning) ? await allZones(io, place) : undefined;
  const others = pendingZones(zoning, place.configuration, all ?? []).filter(({ name }) => !own.has(name));
  if (others.length === 0) return [];
  const zones = new Map((all ?? (await named(io, place, others))).map((zone) => [zone.name, zone]));
  return withSaved(others, zones, { aliases: await aliasesIn(io, place, [...zones.values()]) });
}

function whole<T>({ items, why }: Collected<T>): readonly T[] {
  if (why !== undefined) throw new DriverError({ class: 'transient', message: why });
  return items;
}

async function allZones(io: StepIo, { network, fabric }: Place): Promise<readonly ZoneObservation[]> {
  return whole(await collectNamed('zones', (ctx, page) => network.listZones(ctx, fabric, page), io.context()));
}

async function named(
  io: StepIo,
  { network, fabric }: Place,
  pending: readonly PendingZone[],
): Promise<readonly ZoneObservation[]> {
  const names = pending.slice(0, ZONES_PER_READ_MAX).map(({ name }) => name);
  return network.readZones(io.context(), fabric, names);
}

async function aliasesIn(io: StepIo, { network, fabric }: Place, zones: readonly ZoneObservation[]) {
  const isNamed = zones.some(({ defined }) => defined?.some(({ type }) => type === 'alias'));
  if (!isNamed) return new Map();
  const list = await collectNamed('aliases', (ctx, page) => network.listAliases(ctx, fabric, page), io.context());
  return new Map(whole(list).map((alias) => [alias.name, alias]));
}
