/** Finds a driver by its name: one of ours, or the npm package `coprhd-driver-<name>`. Loaded once, when first needed. */
import { fail } from '../../lib/diagnostic.ts';
import { nearest } from '../../lib/suggest.ts';
import type { BlockArrayManifest, DriverManifest, SystemIdentity } from '../driver/contract.ts';
import type { NetworkSystemManifest } from '../driver/network-contract.ts';
import type { DeviceKind } from '../model/device-kinds.ts';
import type { NetworkDriverFacts } from '../observe/network-observation.ts';
import type { DriverFacts } from '../observe/observation.ts';
import { BUILT_IN, type DriverModule } from './built-in-drivers.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
export const BUILT_IN_DRIVERS: readonly string[] = Object.keys(BUILT_IN);

export const manifestsOf = (module: DriverModule): readonly DriverManifest[] =>
  module.networkSystem ? [module.default, module.networkSystem] : [module.default];

export async function loadDriver(name: string): Promise<DriverModule> {
  if (Object.hasOwn(BUILT_IN, name)) return BUILT_IN[name]!.load();
  try {
    if (NAME.test(name)) return (await import(`coprhd-driver-${name}`)) as DriverModule;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
  }
  const guess = nearest(name, BUILT_IN_DRIVERS);
  fail('error', {
    code: 'COPRHD-DEVICE-003',
    summary: `there is no driver ${JSON.stringify(name)}`,
    detail: `known: ${BUILT_IN_DRIVERS.join(', ')}`,
    fix: guess ? `did you mean ${guess}?` : `install the package coprhd-driver-${name}, or use one of these`,
  });
}

/** The manifest of a driver for storage systems. */
export async function loadBlockArray(name: string): Promise<BlockArrayManifest> {
  const all = manifestsOf(await loadDriver(name));
  const found = all.find((manifest) => manifest.kind === 'block-array');
  if (found) return found;
  fail('error', {
    code: 'COPRHD-DEVICE-003',
    summary: `driver ${name} is for a ${all[0]!.kind}, not for a storage system`,
    fix: 'use a driver of kind block-array: coprhd driver list',
  });
}

/** The manifest of a driver for network systems. */
export async function loadNetworkSystem(name: string): Promise<NetworkSystemManifest> {
  const all = manifestsOf(await loadDriver(name));
  const found = all.find((manifest) => manifest.kind === 'network-system');
  if (found) return found;
  fail('error', {
    code: 'COPRHD-DEVICE-003',
    summary: `driver ${name} is for a ${all[0]!.kind}, not for a network system`,
    fix: 'use a driver of kind network-system: coprhd driver list',
  });
}

/** Of the kind that a plan file, or a command, says. */
export const loadDevice = (kind: DeviceKind, name: string): Promise<BlockArrayManifest | NetworkSystemManifest> =>
  kind === 'storageSystem' ? loadBlockArray(name) : loadNetworkSystem(name);

/** A driver's management verbs, for `coprhd sim`: functions of its `manage` module. */
export async function loadManagement(
  name: string,
): Promise<Readonly<Record<string, (args: unknown) => Promise<unknown>>>> {
  const manage = BUILT_IN[name]?.manage;
  if (manage === undefined) throw new Error(`driver ${name} has nothing to manage`);
  return (await manage()) as Readonly<Record<string, (args: unknown) => Promise<unknown>>>;
}

/** The same of its `serve` module, for `coprhd sim serve`. */
export async function loadServing(
  name: string,
): Promise<Readonly<Record<string, (args: unknown) => Promise<unknown>>>> {
  const serve = BUILT_IN[name]?.serve;
  if (serve === undefined) throw new Error(`driver ${name} has nothing to serve`);
  return (await serve()) as Readonly<Record<string, (args: unknown) => Promise<unknown>>>;
}

/** With what the device itself says of its limits and of what it lacks. */
export function driverFacts(
  manifest: BlockArrayManifest,
  { limits = {}, lacks = [] }: Pick<SystemIdentity, 'limits' | 'lacks'> = {},
): DriverFacts {
  return {
    name: manifest.name,
    ownershipMark: manifest.ownershipMark,
    capabilities: manifest.capabilities.filter((capability) => !lacks.includes(capability)),
    volumeNameLengthMax: limits.volumeNameLengthMax ?? manifest.naming.volumeLengthMax,
    maskNameLengthMax: limits.maskNameLengthMax ?? manifest.naming.maskLengthMax,
    nameAlphabet: manifest.naming.alphabet.source,
    hluMin: manifest.hlu.min,
    hluMax: limits.hluMax ?? manifest.hlu.max,
    concurrencyMax: manifest.concurrencyMax,
    limits: manifest.limits,
  };
}

export function networkDriverFacts(manifest: NetworkSystemManifest): NetworkDriverFacts {
  return {
    name: manifest.name,
    zoneKinds: manifest.zoneKinds,
    membersMax: manifest.membersMax,
    nameLengthMax: manifest.naming.lengthMax,
    nameAlphabet: manifest.naming.alphabet.source,
    concurrencyMax: manifest.concurrencyMax,
    limits: manifest.limits,
  };
}
