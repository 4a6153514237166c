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
import { CONF_WRITE, TARGETS_READ } from './target-scripts.ts';

const SETTLE_ATTEMPTS_MAX = 5;

export interface TargetsSeen {
  readonly targets: readonly RuntimeTarget[];
  readonly portals: readonly RuntimePortal[];
  /** Text of the configuration files by mask name. */
  readonly confs: ReadonlyMap<string, string>;
}

export function targetName(client: TgtClient, mask: string): string {
  return `${client.configuration.iqnPrefix}:${mask}`;
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
  volumes: ReadonlyMap<string, StoredVolume>,
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
        volume: volumes.get(path)?.nativeId ?? path,
        ...(/^[0-9a-f]{32}$/.test(scsiId) ? { wwn: scsiId } : {}),
      })),
    loggedIn: [...new Set(target.sessions.map((name) => name.toLowerCase()))].sort(),
  };
}

/** Native ids of the masks that map the file. */
export function mappedBy(seen: TargetsSeen, path: string): string[] {
  return seen.targets.filter(({ luns }) => luns.some((lun) => lun.path === path)).map(({ name }) => name);
}

export async function writeConf(ctx: CallContext, client: TgtClient, mask: string, text: string): Promise<void> {
  await client.script(
    ctx,
    `write the configuration of ${mask}`,
    CONF_WRITE,
    [client.configuration.configDirectory, mask],
    {
      input: text,
    },
  );
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
): Promise<{ readonly seen: TargetsSeen; readonly target: RuntimeTarget }> {
  const mask = maskName(client, target);
  for (let attempt = 0; attempt < SETTLE_ATTEMPTS_MAX; attempt++) {
    const seen = await readTargets(ctx, client, mask);
    const running = seen.targets.find(({ name }) => name === target);
    if (!running) throw new DriverError({ class: 'ambiguous', message: `target ${target} went away meanwhile` });
    const text = renderConf(confOf(running, mark));
    if (seen.confs.get(mask) === text) return { seen, target: running };
    await writeConf(ctx, client, mask, text);
  }
  throw new DriverError({ class: 'ambiguous', message: `target ${target} keeps being changed by somebody else` });
}
