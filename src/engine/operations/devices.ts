/** Connections to devices: driver, session, secret and configuration put together; one connection a device, kept. */
import { isAbsolute, resolve } from 'node:path';
import { type Clock, isoTime } from '../../lib/clock.ts';
import { type Diagnostic, OperationError } from '../../lib/diagnostic.ts';
import { parseEndpoint } from '../../lib/endpoint.ts';
import type { HostKey } from '../../lib/host-key.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { BlockArray, BlockArrayManifest, CallContext, ConnectOptions } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import { parseCredential } from '../model/credential.ts';
import { credentialToUse } from '../model/credential-window.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { CredentialResolver } from './credentials.ts';
import { type DeviceSpec, openSession, readHostKeysOf } from './device-session.ts';
import { loadBlockArray } from './drivers.ts';

export interface OpenDevice {
  readonly array: BlockArray;
  readonly manifest: BlockArrayManifest;
  /** Of the machines on the way, as pinned or as seen; empty until something was sent. */
  hostKeys(): readonly HostKey[];
  /** It refused its credential and was logged in to with the one before: said wherever it is used. */
  readonly fellBack?: Diagnostic;
}

export interface DeviceRegistry {
  /** Throws DriverError when the device can't be reached, OperationError when what is declared is wrong. */
  connect(spec: DeviceSpec): Promise<OpenDevice>;
  open(system: ResourceRecord<'storageSystem'>): Promise<OpenDevice>;
  reopen(system: ResourceRecord<'storageSystem'>): Promise<OpenDevice>;
  /** What the machines on the way to it show now; ends at the first whose key isn't the pinned one. */
  readHostKeys(spec: DeviceSpec): Promise<readonly HostKey[]>;
  /** A connection of its own to a storage provider; whoever opens it closes it. `spec.configuration` was checked. */
  openProvider(spec: DeviceSpec, manifest: BlockArrayManifest): Promise<OpenProvider>;
  close(): Promise<void>;
}

export interface OpenProvider {
  readonly options: ConnectOptions<unknown>;
  /** Of the machines on the way, as pinned or as seen; empty until something was sent. */
  hostKeys(): readonly HostKey[];
  close(): Promise<void>;
}

export function deviceSpec(system: ResourceRecord<'storageSystem'>): DeviceSpec {
  const { driver, endpoint, ssh, configuration, credential, previousCredential: fallback } = system.spec;
  const hostKeys = system.status.identity?.hostKeys;
  return { name: system.name, driver, endpoint, ssh, configuration, credential, fallback, hostKeys };
}

/** A declared system's; `recorded` is what is known of it already. */
export function declaredSpec(
  declared: Omit<DeviceSpec, 'hostKeys' | 'fallback'>,
  recorded: ResourceRecord<'storageSystem'> | undefined,
): DeviceSpec {
  const credential = credentialToUse(declared.credential, recorded?.spec);
  const fallback = credential === recorded?.spec.credential ? recorded?.spec.previousCredential : undefined;
  return { ...declared, credential, fallback, hostKeys: recorded?.status.identity?.hostKeys };
}

/** `local`: devices on this machine, and secrets of this process, may be used; else only what the state holds. */
export function createDeviceRegistry(
  clock: Clock,
  resolve: CredentialResolver,
  { local }: { readonly local: boolean } = { local: true },
): DeviceRegistry {
  const connections = new Map<string, Promise<OpenDevice>>();
  /** Not used for new calls any more; those under way end on them. */
  const retired: Promise<OpenDevice>[] = [];
  const keyOf = ({ driver, endpoint, ssh, configuration, credential, fallback, hostKeys = [] }: DeviceSpec) =>
    JSON.stringify([driver, endpoint, ssh, configuration, credential, fallback, hostKeys]);
  const refuseLocal = (spec: DeviceSpec): void => {
    const what = local ? undefined : usesThisMachine(spec);
    if (what === undefined) return;
    throw new DriverError({
      class: 'invalid',
      message: `${what}: a daemon uses nothing of its own machine for others`,
      hint: 'reach the device over ssh:// or https://, with a secret of the vault (vault:NAME); or coprhd daemon start --allow-local',
    });
  };
  const connect = async (spec: DeviceSpec): Promise<OpenDevice> => {
    refuseLocal(spec);
    const key = keyOf(spec);
    const known = connections.get(key);
    if (known) {
      const { fellBack } = await known;
      if (fellBack === undefined || hasFallback(spec, clock)) return known;
      // The window is over: what was logged in to with the credential before isn't used on.
      if (connections.get(key) === known) {
        connections.delete(key);
        retired.push(known);
      }
      return connect(spec);
    }
    const opening = openEither(spec, clock, resolve);
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
    readHostKeys: async (spec) => {
      refuseLocal(spec);
      return readHostKeysOf(spec, clock, resolve);
    },
    openProvider: async (spec, manifest) => {
      refuseLocal(spec);
      const { session, credential, hostKeys } = await openSession(spec, manifest, clock, resolve);
      const { configuration } = spec;
      return {
        options: { configuration, session, ...(credential ? { credential } : {}) },
        hostKeys,
        close: () => session.close(),
      };
    },
    close: async () => {
      const all = [...connections.values(), ...retired.splice(0)];
      connections.clear();
      await Promise.allSettled(all.map(async (opening) => (await opening).array.close()));
    },
  };
}

/** What of the machine or the process that runs the engine the device would need. */
function usesThisMachine({ endpoint, credential, fallback, ssh }: DeviceSpec): string | undefined {
  if (parseEndpoint(endpoint)?.type === 'local') return `endpoint ${endpoint}`;
  const credentials = [credential, fallback?.credential, ssh?.jumpCredential].filter((text) => text !== undefined);
  const own = credentials.find((text) => parseCredential(text)?.scheme !== 'vault');
  return own === undefined ? undefined : `credential ${own.split(':', 1)[0]}`;
}

const hasFallback = ({ fallback }: DeviceSpec, clock: Clock): boolean =>
  fallback !== undefined && clock.nowMs() < fallback.untilMs;

/**
 * While a window is open a connection is tried before it is given to anybody, always with the new credential first: only a
 * device that refuses it is logged in to with the one before, once, and the connection says so.
 */
async function openEither(spec: DeviceSpec, clock: Clock, resolve: CredentialResolver): Promise<OpenDevice> {
  const { fallback, ...alone } = spec;
  if (fallback === undefined || !hasFallback(spec, clock)) return openConnection(alone, clock, resolve);
  const now = await logIn(alone, clock, resolve);
  if (!(now instanceof DriverError)) return now;
  const before = await logIn({ ...alone, credential: fallback.credential }, clock, resolve);
  if (!(before instanceof DriverError)) return { ...before, fellBack: fellBackDiagnostic(spec, fallback, now) };
  throw new DriverError({
    class: 'auth',
    message: `${now.message}; nor is ${fallback.credential} taken, which was its credential before`,
    ...(now.hint === undefined ? {} : { hint: now.hint }),
  });
}

/** The connection, or how its login was refused. What else is wrong with it is met by whoever uses it. */
async function logIn(spec: DeviceSpec, clock: Clock, resolve: CredentialResolver): Promise<OpenDevice | DriverError> {
  let device: OpenDevice | undefined;
  try {
    device = await openConnection(spec, clock, resolve);
    await device.array.identify(callContext(clock, new AbortController().signal, LIMITS.loginDeadlineMs));
    return device;
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    if (error.class !== 'auth') {
      if (device) return device;
      throw error;
    }
    await device?.array.close();
    return error;
  }
}

function fellBackDiagnostic(
  { name, credential }: DeviceSpec,
  fallback: NonNullable<DeviceSpec['fallback']>,
  refused: DriverError,
): Diagnostic {
  return {
    code: 'COPRHD-DEVICE-011',
    severity: 'warning',
    summary: `${name} refused ${credential}, and was logged in to with ${fallback.credential}, as before its rotation`,
    detail: `${refused.message}; from ${isoTime(fallback.untilMs)} on nothing is tried but ${credential}`,
    fix: `let the device take ${credential}, or go back: coprhd device rotate ${name} --back`,
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
  what = 'storage system',
): Diagnostic[] {
  return issues.map((issue) => ({
    code: 'COPRHD-DEVICE-004',
    severity: 'error',
    summary: `configuration of ${what} ${name}: ${issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : ''}${forPeople(issue.message)}`,
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
