/** Connections to devices: driver, session, secret and configuration put together; one connection a device, kept. */
import { isAbsolute, resolve } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { type Diagnostic, OperationError } from '../../lib/diagnostic.ts';
import type { HostKey } from '../../lib/host-key.ts';
import type { BlockArray, BlockArrayManifest, CallContext } from '../driver/contract.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { CredentialResolver } from './credentials.ts';
import { type DeviceSpec, openSession, readHostKeysOf } from './device-session.ts';
import { loadBlockArray } from './drivers.ts';

export interface OpenDevice {
  readonly array: BlockArray;
  readonly manifest: BlockArrayManifest;
  /** Of the machines on the way, as pinned or as seen; empty until something was sent. */
  hostKeys(): readonly HostKey[];
}

export interface DeviceRegistry {
  /** Throws DriverError when the device can't be reached, OperationError when what is declared is wrong. */
  connect(spec: DeviceSpec): Promise<OpenDevice>;
  open(system: ResourceRecord<'storageSystem'>): Promise<OpenDevice>;
  reopen(system: ResourceRecord<'storageSystem'>): Promise<OpenDevice>;
  /** What the machines on the way to it show now; ends at the first whose key isn't the pinned one. */
  readHostKeys(spec: DeviceSpec): Promise<readonly HostKey[]>;
  close(): Promise<void>;
}

export function deviceSpec(system: ResourceRecord<'storageSystem'>): DeviceSpec {
  const { driver, endpoint, ssh, configuration, credential } = system.spec;
  const hostKeys = system.status.identity?.hostKeys;
  return { name: system.name, driver, endpoint, ssh, configuration, credential, hostKeys };
}

export function createDeviceRegistry(clock: Clock, resolve: CredentialResolver): DeviceRegistry {
  const connections = new Map<string, Promise<OpenDevice>>();
  const keyOf = ({ driver, endpoint, ssh, configuration, credential, hostKeys = [] }: DeviceSpec) =>
    JSON.stringify([driver, endpoint, ssh, configuration, credential, hostKeys]);
  const connect = (spec: DeviceSpec): Promise<OpenDevice> => {
    const key = keyOf(spec);
    const known = connections.get(key);
    if (known) return known;
    const opening = openConnection(spec, clock, resolve);
    connections.set(key, opening);
    opening.catch(() => connections.delete(key));
    return opening;
  };
  const drop = async (spec: DeviceSpec) => {
    const open = connections.get(keyOf(spec));
    connections.delete(keyOf(spec));
    // A connection that failed to open has nothing to close.
    await open?.then(({ array }) => array.close()).catch(() => {});
  };
  return {
    connect,
    open: (system) => connect(deviceSpec(system)),
    reopen: async (system) => {
      await drop(deviceSpec(system));
      return connect(deviceSpec(system));
    },
    readHostKeys: (spec) => readHostKeysOf(spec, clock, resolve),
    close: async () => {
      const all = [...connections.values()];
      connections.clear();
      await Promise.allSettled(all.map(async (opening) => (await opening).array.close()));
    },
  };
}

async function openConnection(spec: DeviceSpec, clock: Clock, resolve: CredentialResolver): Promise<OpenDevice> {
  const manifest = await loadBlockArray(spec.driver);
  const parsed = manifest.configuration.safeParse(spec.configuration);
  if (!parsed.success) throw new OperationError('error', configurationProblems(spec.name, parsed.error.issues));
  const { session, credential, hostKeys } = await openSession(spec, manifest, clock, resolve);
  const array = await manifest.connect({ configuration: parsed.data, session, ...(credential ? { credential } : {}) });
  return { array, manifest, hostKeys };
}

export function configurationProblems(
  name: string,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): Diagnostic[] {
  return issues.map((issue) => ({
    code: 'COPRHD-DEVICE-004',
    severity: 'error',
    summary: `configuration of storage system ${name}: ${issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : ''}${forPeople(issue.message)}`,
    fix: 'see the README of its driver',
  }));
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};
const typeWords = (type: string): string => TYPES[type] ?? type;

/** The schema library speaks to programmers. */
function forPeople(message: string): string {
  return message
    .replace(/^Invalid input: /, '')
    .replace(/^expected (\w+), received undefined$/, (_, type: string) => `it is missing (${typeWords(type)})`)
    .replace(
      /^expected (\w+), received (\w+)$/,
      (_, wanted: string, given: string) => `it must be ${typeWords(wanted)}, not ${typeWords(given)}`,
    )
    .replace(
      /^Invalid option: expected one of (.*)$/,
      (_, options: string) => `it must be one of ${options.replaceAll('|', ', ')}`,
    )
    .replace(/^Unrecognized keys?: (.*)$/, (_, keys: string) => `${keys}: there is no such setting`)
    .replace(/^Too (?:small|big): expected \w+ to (?:be|have) (.*)$/, (_, bound: string) => `it must be ${bound}`);
}

/**
 * Makes the paths in a configuration absolute. `paths` is the manifest's configurationPaths: dotted, `*` = any key.
 * Returns the names of relative ones that have no directory to start from.
 */
export function absolutePaths(
  configuration: Readonly<Record<string, unknown>>,
  paths: readonly string[],
  directory: string | undefined,
): { configuration: Record<string, unknown>; relative: string[] } {
  const copy = structuredClone(configuration) as Record<string, unknown>;
  const relative: string[] = [];
  const visit = (node: unknown, parts: readonly string[], trail: string): void => {
    if (node === null || typeof node !== 'object' || parts.length === 0) return;
    const map = node as Record<string, unknown>;
    const [head, ...rest] = parts as [string, ...string[]];
    for (const key of head === '*' ? Object.keys(map) : [head]) {
      const value = map[key];
      const name = trail === '' ? key : `${trail}.${key}`;
      if (rest.length > 0) visit(value, rest, name);
      else if (typeof value === 'string' && !isAbsolute(value)) {
        if (directory === undefined) relative.push(name);
        else map[key] = resolve(directory, value);
      }
    }
  };
  for (const path of paths) visit(copy, path.split('.'), '');
  return { configuration: copy, relative };
}

/** Context of a device call outside the executor (observations): deadline from now. */
export function callContext(clock: Clock, signal: AbortSignal, deadlineInMs: number): CallContext {
  return { nowMs: () => clock.nowMs(), deadlineMs: clock.nowMs() + deadlineInMs, signal, log: { debug: () => {} } };
}
