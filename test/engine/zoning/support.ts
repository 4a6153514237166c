/** Masks, contexts and records for tests of zoning. */
import type { ZoneMember } from '../../../src/engine/driver/network-contract.ts';
import { type Urn, urnFromSeed } from '../../../src/engine/model/urn.ts';
import type { SeenFabric } from '../../../src/engine/observe/network-observation.ts';
import { deltaOf } from '../../../src/engine/zoning/delta.ts';
import { maskZones } from '../../../src/engine/zoning/mask-zones.ts';
import type { MaskPaths, MaskZones, OurZone, ZoningContext } from '../../../src/engine/zoning/types.ts';
import { ModelFabric } from './model-fabric.ts';

const hex = (number: number) => number.toString(16).padStart(2, '0');
export const initiator = (host: number, number: number): string => `10:00:00:00:00:${hex(host)}:00:${hex(number)}`;
export const port = (system: number, number: number): string => `50:00:00:00:00:${hex(system)}:00:${hex(number)}`;
export const maskOf = (host: number, system: number): Urn => urnFromSeed('test', 'exportMask', `${host} ${system}`);

/** Of host and system: [initiator, port] by number. */
export const masked = (host: number, system: number, pairs: readonly (readonly [number, number])[]): MaskPaths => ({
  mask: maskOf(host, system),
  host: `esx-${host}`,
  system: `array-${system}`,
  serialNumber: `00029790012${system}`,
  paths: pairs.map(([i, p]) => ({
    initiator: initiator(host, i),
    port: port(system, p),
    portName: `FA-${p}D:0_${p}`,
  })),
});

export const all = (initiators: number, ports: number): (readonly [number, number])[] =>
  Array.from({ length: initiators * ports }, (_, n) => [Math.floor(n / ports), n % ports]);

export const wwpns = (...names: readonly string[]) => names.map((wwpn) => ({ type: 'wwpn' as const, wwpn }));

export const contextOf = (seen: SeenFabric, more: Partial<ZoningContext> = {}): ZoningContext => ({
  installation: 'installation-1',
  network: 'fabric-a',
  policy: {},
  driver: {
    name: 'brocade-fos',
    zoneKinds: ['standard', 'peer', 'smart'],
    membersMax: 255,
    nameLengthMax: 64,
    nameAlphabet: '^[A-Za-z0-9_]+$',
    concurrencyMax: 1,
    limits: [],
  },
  seen,
  recorded: [],
  ...more,
});

export function zonesOf(context: ZoningContext, mask: Urn, wanted: MaskPaths | undefined): MaskZones {
  const before = context.recorded.filter((zone) => zone.mask === mask);
  const result = maskZones(context, before, wanted);
  if (!result.ok) throw new Error(result.hold.summary);
  const { ok: _ok, ...zones } = result;
  return zones;
}

/** What is recorded once the zones of a mask are done. */
export function afterwards(recorded: readonly OurZone[], { add, change, remove }: MaskZones): OurZone[] {
  const isIn = (list: readonly OurZone[], zone: OurZone) =>
    list.some(({ mask, zoneName }) => mask === zone.mask && zoneName === zone.zoneName);
  const gone = [...remove, ...change.map(({ from }) => from)];
  return [...recorded.filter((zone) => !isIn(gone, zone)), ...change.map(({ to }) => to), ...add];
}

/** Plans and does it; what is recorded then. */
export function zoned(
  fabric: ModelFabric,
  context: ZoningContext,
  mask: Urn,
  wanted: MaskPaths | undefined,
): OurZone[] {
  const zones = zonesOf({ ...context, seen: fabric.seen() }, mask, wanted);
  fabric.apply(deltaOf(zones, { ...context, seen: fabric.seen() }));
  return afterwards(context.recorded, zones);
}

export const MASK = maskOf(1, 1);
export const [I0, I1, P0, P1, P2] = [initiator(1, 0), initiator(1, 1), port(1, 0), port(1, 1), port(1, 2)];

export function fabricWith(...zones: readonly (readonly [string, readonly ZoneMember[]])[]): ModelFabric {
  const fabric = new ModelFabric();
  for (const [name, members] of [['anchor', wwpns('aa:00:00:00:00:00:00:00')] as const, ...zones]) {
    fabric.put({ name, members });
  }
  return fabric;
}

export const planned = (
  fabric: ModelFabric,
  pairs: MaskPaths['paths'] | readonly (readonly [number, number])[],
  more: Partial<ZoningContext> = {},
) => zonesOf(contextOf(fabric.seen(), more), MASK, masked(1, 1, pairs as readonly (readonly [number, number])[]));

export const shapes = (zones: readonly OurZone[]) =>
  zones
    .map(({ kind, members }) => [kind, members.map(({ portName, role }) => (role ? `${role} ${portName}` : portName))])
    .sort();

export function heldBy(context: ZoningContext, wanted: MaskPaths | undefined): string {
  const before = context.recorded.filter(({ mask }) => mask === MASK);
  const result = maskZones(context, before, wanted);
  return result.ok ? 'not held' : `${result.hold.code} ${result.hold.summary}`;
}
