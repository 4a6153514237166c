/** What `doctor` looks at on this machine, outside the engine: Node, free disk, programs that drivers run here. */
import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Check } from '../../engine/operations/types.ts';
import { formatBytes } from '../../views/format.ts';

const NODE_MIN = [20, 19] as const;
const DISK_WARN_BYTES = 1024 ** 3;
const DISK_FAIL_BYTES = 64 * 1024 ** 2;
/** Programs that drivers run on this machine; each is needed only for devices that are here. */
const PROGRAMS = [{ driver: 'tgt', programs: ['tgtadm', 'tgt-admin'] }] as const;

export interface Machine {
  readonly nodeVersion: string;
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export async function machineChecks(machine: Machine, state: string): Promise<Check[]> {
  return [node(machine), ...(await disk(state)), ...(await programs(machine))];
}

export function node({ nodeVersion, platform }: Machine): Check {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  const what = `Node ${nodeVersion} on ${platform}`;
  const name = 'node';
  if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])) {
    return { name, level: 'fail', what: `${what} is too old`, fix: `install Node ${NODE_MIN.join('.')} or later` };
  }
  if (platform !== 'linux') return { name, level: 'warn', what: `${what}: not tested there`, fix: 'run it on Linux' };
  return { name, level: 'ok', what };
}

/** Of the file system that the state is on; nothing when it is elsewhere. */
async function disk(state: string): Promise<Check[]> {
  if (state.includes('://')) return [];
  const name = 'disk';
  const directory = resolve(state);
  const found = (await freeBytes(directory)) ?? (await freeBytes(dirname(directory)));
  if (found === undefined) return [{ name, level: 'warn', what: `the free space of ${directory} is not known` }];
  const what = `${formatBytes(found)} free for the state in ${directory}`;
  const fix = 'make room on its file system';
  if (found < DISK_FAIL_BYTES) return [{ name, level: 'fail', what, fix }];
  return found < DISK_WARN_BYTES ? [{ name, level: 'warn', what, fix }] : [{ name, level: 'ok', what }];
}

async function freeBytes(directory: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

async function programs({ env }: Machine): Promise<Check[]> {
  const places = [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].filter((place) => place !== '');
  return Promise.all(
    PROGRAMS.map(async ({ driver, programs: names }): Promise<Check> => {
      const found = await Promise.all(names.map((name) => isThere(places, name)));
      const missing = names.filter((_name, index) => !found[index]);
      const what =
        missing.length === 0
          ? `driver ${driver}: ${names.join(', ')} found`
          : `driver ${driver}: ${missing.join(', ')} not installed here; needed only for such devices on this machine`;
      return { name: 'programs', level: 'ok', what };
    }),
  );
}

async function isThere(places: readonly string[], program: string): Promise<boolean> {
  for (const place of places) {
    const there = await access(join(place, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return true;
  }
  return false;
}
