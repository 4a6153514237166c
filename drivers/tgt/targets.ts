/**
 * Targets as tgtd runs them, together with the configuration files that hold the marks. Reading, writing files, and
 * `settle`, which makes a file say what runs. What may be changed and when is decided in masks.ts.
 */
import {
  type CallContext,
  DriverError,
  type MarkRequest,
  type MaskObservation,
  type OwnershipMark,
} from 'coprhd/driver';
import type { TgtClient } from './client.ts';
import { confOf, isAddress, markInConf, NOBODY, namesIn, renderConf } from './conf-file.ts';
import { parseShowPortal, type RuntimePortal } from './parse/show-portal.ts';
import { parseShowTarget, type RuntimeTarget } from './parse/show-target.ts';
import { surprise } from './parse/surprise.ts';
import type { StoredVolume } from './pool-files.ts';
import { shownDirectory } from './pool-links.ts';
import { CONF_WRITE, MASK_READ, TARGETS_READ } from './target-scripts.ts';

/** Each of many that change one target at once may write once what was true before the others did. */
const SETTLE_ATTEMPTS_MAX = 16;

export interface TargetsSeen {
  readonly targets: readonly RuntimeTarget[];
  readonly portals: readonly RuntimePortal[];
  /** Text of the configuration files by mask name. */
  readonly confs: ReadonlyMap<string, string>;
}

/** One target as it runs, with its file, and the native ids of the files that its LUNs have. */
export interface MaskSeen {
  /** Of targets at most the one that was asked for. */
  readonly seen: TargetsSeen;
  readonly target: RuntimeTarget | undefined;
  readonly volumes: VolumeIds;
}

/** Native ids of volumes by their path as tgtd has it. */
export type VolumeIds = ReadonlyMap<string, string>;

/** A target that was made by hand keeps its name. No name that the engine makes is one. */
export const isTargetName = (mask: string): boolean => /^iqn\.[a-z0-9.:_-]+$/i.test(mask);

export function targetName(client: TgtClient, mask: string): string {
  return isTargetName(mask) ? mask : `${client.configuration.iqnPrefix}:${mask}`;
}

/** A target with our prefix is called by the rest, any other by its whole name. */
export function maskName(client: TgtClient, target: string): string {
  const prefix = `${client.configuration.iqnPrefix}:`;
  return target.startsWith(prefix) ? target.slice(prefix.length) : target;
}

/** `mask` limits the configuration files that are read, not the targets. */
export async function readTargets(ctx: CallContext, client: TgtClient, mask = ''): Promise<TargetsSeen> {
  const text = await client.script(ctx, 'read targets', TARGETS_READ, [client.configuration.configDirectory, mask], {
    readOnly: true,
  });
  const [targets, portals, ...rest] = text.split('\0');
  if (targets === undefined || portals === undefined) throw surprise('the reading of targets', text);
  return { targets: parseShowTarget(targets), portals: parseShowPortal(portals), confs: confTexts(rest.join('\0')) };
}

/** What MASK_READ is given for a target. */
export function maskArguments(client: TgtClient, target: string): string[] {
  const { configDirectory, pools } = client.configuration;
  return [target, configDirectory, maskName(client, target), ...Object.values(pools)];
}

export async function readMask(ctx: CallContext, client: TgtClient, target: string): Promise<MaskSeen> {
  const args = maskArguments(client, target);
  return maskSeen(client, target, await client.script(ctx, `read ${target}`, MASK_READ, args, { readOnly: true }));
}

/** From what MASK_READ prints. Throws `transient` when a pool that a LUN is in isn't there. */
export function maskSeen(client: TgtClient, target: string, text: string): MaskSeen {
  const [targets, portals, conf, ...records] = text.split('\0');
  if (targets === undefined || portals === undefined || conf === undefined)
    throw surprise('the reading of a mask', text);
  const running = parseShowTarget(targets).find(({ name }) => name === target);
  const volumes = new Map<string, string>();
  const pools = Object.entries(client.configuration.pools);
  for (const record of records.filter(Boolean)) {
    const missing = pools.find(([, directory]) => record === `missing ${directory}`);
    const shownIn = missing && `${shownDirectory(client, missing[0])}/`;
    if (shownIn !== undefined && running?.luns.some(({ path }) => path.startsWith(shownIn))) {
      throw new DriverError({ class: 'transient', message: `the pool directory ${missing![1]} is not there` });
    }
    if (!missing) noteFile(client, record, volumes, text);
  }
  const confs = new Map(conf === '' ? [] : [[maskName(client, target), conf]]);
  const seen = { targets: running ? [running] : [], portals: parseShowPortal(portals), confs };
  return { seen, target: running, volumes };
}

const REGULAR_FILE = 0x8;

/** Only what a listing of the pool would show is a volume. */
function noteFile(client: TgtClient, record: string, into: Map<string, string>, text: string): void {
  const match = /^(\d+ \d+\.\d{9}) ([0-9a-f]+) (\/.*)$/s.exec(record);
  if (!match) throw surprise('stat', text);
  const [native, mode, path] = [match[1]!.replace(' ', '.'), Number.parseInt(match[2]!, 16), match[3]!];
  const [directory, file] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)];
  const pool = Object.keys(client.configuration.pools).find((name) => shownDirectory(client, name) === directory);
  if (pool === undefined || mode >> 12 !== REGULAR_FILE || !file.endsWith('.img') || file.startsWith('.coprhd-'))
    return;
  into.set(path, `${pool}:${native}`);
}

/** grep -HZ: `<path>\0<line>\n` for each line of each file. */
function confTexts(text: string): Map<string, string> {
  const confs = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const end = line.indexOf('\0');
    if (end < 0) throw surprise('the configuration files', text);
    const name = line.slice(line.lastIndexOf('/', end) + 1, end).replace(/\.conf$/, '');
    confs.set(name, `${confs.get(name) ?? ''}${line.slice(end + 1)}\n`);
  }
  return confs;
}

/** Ours or another installation's; undefined without a file of this driver. */
export function markOf(client: TgtClient, seen: TargetsSeen, target: string): OwnershipMark | undefined {
  return markInConf(seen.confs.get(maskName(client, target)) ?? '', target);
}

/** The file that tgtd shows to initiators until a LUN has its identity (target-scripts.ts, LUN_NEW). */
export function emptyFile(client: TgtClient): string {
  return `${client.configuration.configDirectory}/.empty`;
}

export function observeMask(
  client: TgtClient,
  seen: TargetsSeen,
  target: RuntimeTarget,
  volumes: VolumeIds,
): MaskObservation {
  const mark = markOf(client, seen, target.name);
  const addresses = target.acl.filter((entry) => isAddress(entry) && entry !== NOBODY);
  return {
    nativeId: target.name,
    name: maskName(client, target.name),
    targetName: target.name,
    ...(mark ? { mark } : {}),
    // An address admits whoever comes from it: shown, so that it is never mistaken for closed.
    initiators: [...new Set([...namesIn(target.acl), ...addresses.map((entry) => entry.toLowerCase())])].sort(),
    ports: seen.portals.map(({ address }) => address).sort(),
    mappings: target.luns
      .filter(({ type, path }) => type !== 'controller' && path !== emptyFile(client))
      .map(({ lun, path, scsiId }) => ({
        hlu: lun,
        volume: volumes.get(path) ?? path,
        ...(/^[0-9a-f]{32}$/.test(scsiId) ? { wwn: scsiId } : {}),
      })),
    loggedIn: [...new Set(target.sessions.map((name) => name.toLowerCase()))].sort(),
  };
}

/** Native ids of the masks that map the volume. */
export function mappedBy(seen: TargetsSeen, volume: StoredVolume): string[] {
  return seen.targets.filter(({ luns }) => luns.some(({ path }) => isFileOf(volume, path))).map(({ name }) => name);
}

/** Somebody may have mapped it by hand under its own name. */
export function isFileOf(volume: StoredVolume, path: string): boolean {
  return path === volume.shownPath || path === volume.path;
}

/** `new`: before the target is made. Otherwise either the file or the target has to be there still. */
export async function writeConf(
  ctx: CallContext,
  client: TgtClient,
  target: string,
  text: string,
  which: 'new' | 'kept' = 'kept',
): Promise<void> {
  const mask = maskName(client, target);
  const args = [client.configuration.configDirectory, mask, target, which];
  await client.script(ctx, `write the configuration of ${mask}`, CONF_WRITE, args, { input: text });
}

export interface SettledMask extends MaskSeen {
  readonly target: RuntimeTarget;
}

/**
 * Makes the file of a target say what runs, and returns what was seen last. Whoever changes a target ends with this,
 * so of two that change it at once the later one writes what both did.
 */
export async function settle(
  ctx: CallContext,
  client: TgtClient,
  target: string,
  mark: MarkRequest,
): Promise<SettledMask> {
  const mask = maskName(client, target);
  for (let attempt = 0; attempt < SETTLE_ATTEMPTS_MAX; attempt++) {
    const now = await readMask(ctx, client, target);
    const { seen, target: running, volumes } = now;
    if (!running) throw new DriverError({ class: 'ambiguous', message: `target ${target} went away meanwhile` });
    const text = renderConf(confOf(running, mark));
    if (seen.confs.get(mask) === text) return { seen, target: running, volumes };
    await writeConf(ctx, client, target, text);
  }
  throw new DriverError({ class: 'ambiguous', message: `target ${target} keeps being changed by somebody else` });
}
