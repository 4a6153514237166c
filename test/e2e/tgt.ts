/**
 * A real tgtd for each test file, emptied for each test; what the device shows, read with its own tools and never
 * through our driver; and initiators that write and read. Root and the packages of scripts/setup.js are needed; without
 * them the tests are skipped, and the reason is printed.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { startTgtArray, type TgtArray } from '../../scripts/lib/tgt-array.js';
import { type Cli, cliIn, type LunFacts, ROOT } from './cli.ts';
import { infrastructure, iqnOf, MIB } from './plans.ts';

const run = promisify(execFile);
const POOL_BYTES = 512 * MIB;
const LOGIN_MS_MAX = 10_000;

/** Undefined: a real target can be used here. */
const whyNoTgt = (() => {
  if (process.getuid?.() !== 0) return 'these tests need root';
  const setup = spawnSync(process.execPath, ['scripts/setup.js', '--quiet'], { cwd: ROOT, encoding: 'utf8' });
  return setup.status === 0 ? undefined : setup.stderr.trim() || 'the packages of scripts/setup.js are missing';
})();

/** describe, skipped aloud where there can be no tgtd. */
export const describeOnTgt = (name: string, tests: () => void): void => {
  if (whyNoTgt !== undefined) process.stderr.write(`SKIPPED on a real iSCSI target: ${name}: ${whyNoTgt}\n`);
  describe.skipIf(whyNoTgt !== undefined)(`on a real iSCSI target: ${name}`, tests);
};

export interface TgtWorld extends Cli {
  readonly array: TgtArray;
  writeStack(text: string): void;
  /** Another state directory on the same array, with plan files of its own. */
  another(stackText: string): Promise<TgtWorld>;
  /** Declares the array with these lines besides its driver and configuration: `endpoint: ...`. */
  declare(access: readonly string[]): void;
}

/** Starts the array before the tests of a describe; call the result in each test for an empty array and a new state. */
export function useTgt(): (stackText?: string) => Promise<TgtWorld> {
  let home = '';
  let array: TgtArray | undefined;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'coprhd-e2e-'));
    array = await startTgtArray({ directory: join(home, 'array'), sizeBytes: POOL_BYTES });
  });
  afterAll(async () => {
    await array?.stop();
    rmSync(home, { recursive: true, force: true });
  });
  return async (stackText) => {
    await emptyArray(array!);
    return tgtWorld(array!, home, stackText);
  };
}

async function tgtWorld(array: TgtArray, home: string, stackText: string | undefined): Promise<TgtWorld> {
  const directory = mkdtempSync(join(home, 'world-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const cli = cliIn(directory);
  await cli.expect(0, 'init');
  mkdirSync(join(directory, 'plans'));
  const { socket, controlPort, configDirectory, poolDirectory } = array;
  const configuration = { socket, controlPort, configDirectory, pools: { fast: poolDirectory } };
  const declare = (access: readonly string[]) => {
    const system = ['driver: tgt', `configuration: ${JSON.stringify(configuration)}`, ...access].join('\n    ');
    writeFileSync(join(directory, 'plans', 'infrastructure.yaml'), infrastructure(system, '127.0.0.0/8'));
  };
  declare([]);
  const writeStack = (text: string) => writeFileSync(join(directory, 'plans', 'stack.yaml'), text);
  if (stackText !== undefined) writeStack(stackText);
  return { ...cli, array, declare, writeStack, another: (text) => tgtWorld(array, home, text) };
}

async function emptyArray(array: TgtArray): Promise<void> {
  for (const { tid } of await targetsOf(array)) {
    await array.tgtadm('--op', 'delete', '--mode', 'target', '--tid', tid, '--force');
  }
  for (const folder of [array.poolDirectory, array.configDirectory]) {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

export interface DeviceTarget {
  readonly tid: string;
  readonly name: string;
  readonly luns: readonly { readonly lun: number; readonly scsiId: string; readonly path: string }[];
  /** Who is admitted; without the address of nobody that keeps tgt-admin from admitting everybody. */
  readonly acl: readonly string[];
  /** The section of `tgtadm --op show` as it is. */
  readonly text: string;
}

/** `tgtadm --op show --mode target`, without LUN 0, the controller. */
export async function targetsOf(array: TgtArray): Promise<DeviceTarget[]> {
  const text = await array.tgtadm('--op', 'show', '--mode', 'target');
  return text
    .split(/^(?=Target \d+: )/m)
    .filter((section) => section.startsWith('Target '))
    .map((section) => {
      const [, tid, name] = /^Target (\d+): (\S+)/.exec(section)!;
      const luns = section.split(/^ {8}LUN: /m).slice(1);
      return {
        tid: tid!,
        name: name!,
        text: section,
        luns: luns
          .map((lun) => ({
            lun: Number.parseInt(lun, 10),
            scsiId: /SCSI ID: (.*)/.exec(lun)![1]!.trim(),
            path: /Backing store path: (.*)/.exec(lun)![1]!.trim(),
          }))
          .filter(({ lun }) => lun !== 0),
        acl: section
          .slice(section.indexOf('ACL information:'))
          .split('\n')
          .slice(1)
          .map((line) => line.trim())
          .filter((line) => line !== '' && line !== '255.255.255.255'),
      };
    });
}

export async function targetNamed(array: TgtArray, part: string): Promise<DeviceTarget> {
  const found = (await targetsOf(array)).filter(({ name }) => name.includes(part));
  if (found.length !== 1) throw new Error(`${found.length} targets are called ${part}`);
  return found[0]!;
}

/** Names of the files in the pool, sorted. */
export const filesOf = (array: TgtArray): string[] => readdirSync(array.poolDirectory).sort();

/** Everything that can be told of a file: content, attributes, inode, times. */
export async function fileState(path: string): Promise<string> {
  const { ino, size, mode, mtimeMs, ctimeMs } = statSync(path);
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  const { stdout } = await run('getfattr', ['-d', '-m', '-', '--absolute-names', path]);
  return JSON.stringify({ path, ino, size, mode, mtimeMs, ctimeMs, sha256, attributes: stdout });
}

/** What an initiator has to know of a LUN. */
type Reached = Pick<LunFacts, 'targetName' | 'hlu' | 'initiators' | 'portals'>;

const image = (lun: Reached, portal: string): string =>
  `driver=iscsi,transport=tcp,portal=${portal},target=${lun.targetName},lun=${lun.hlu},initiator-name=${lun.initiators[0]}`;

async function qemuIo(lun: Reached, portal: string, ...commands: string[]): Promise<void> {
  // Who only reads opens it so: a snapshot is write protected.
  const readOnly = commands.every((command) => command.startsWith('read ')) ? ['-r'] : [];
  const args = [...readOnly, '--image-opts', image(lun, portal), ...commands.flatMap((command) => ['-c', command])];
  const { stdout, stderr } = await run('qemu-io', args, { timeout: 30_000 });
  const said = stdout + stderr;
  if (/failed|error/i.test(said.replace(/BUS_RESET.*/g, ''))) throw new Error(said);
}

/** One MiB of the byte, at 1 MiB, through the first portal. */
export const writePattern = (lun: Reached, byte: number): Promise<void> =>
  qemuIo(lun, lun.portals[0]!, `write -P ${byte} 1M 1M`, 'flush');

/** Read back through the last portal; rejects when it is something else. */
export const expectPattern = (lun: Reached, byte: number): Promise<void> =>
  qemuIo(lun, lun.portals.at(-1)!, `read -P ${byte} 1M 1M`);

export interface SeenLun {
  readonly sizeBytes: number;
  /** T10 designator of page 0x83: the SCSI id in readable form. */
  readonly wwn: string | undefined;
  readonly luns: readonly number[];
}

/** What an initiator sees of a LUN through one portal. */
export async function seenOverIscsi(lun: LunFacts, portal: string): Promise<SeenLun> {
  const url = `iscsi://${portal}/${lun.targetName}/${lun.hlu}`;
  const initiator = ['-i', lun.initiators[0]!];
  const [capacity, identity, list] = await Promise.all([
    run('iscsi-readcapacity16', ['-s', ...initiator, url]),
    run('iscsi-inq', [...initiator, '-e', '1', '-c', '131', url]),
    run('iscsi-ls', ['-s', ...initiator, `iscsi://${portal}`]),
  ]);
  const ofTarget = list.stdout.slice(list.stdout.indexOf(`Target:${lun.targetName} `)).split(/^Target:/m)[1] ?? '';
  return {
    sizeBytes: Number(capacity.stdout.trim()),
    wwn: /Designator:\[([0-9a-f]{32})\]/i.exec(identity.stdout)?.[1]?.toLowerCase(),
    luns: [...ofTarget.matchAll(/^Lun:(\d+)\s/gm)].map(([, hlu]) => Number(hlu)).filter((hlu) => hlu !== 0),
  };
}

/** A session that stays until the test ends or `logout` is called. */
export async function login(array: TgtArray, lun: Reached): Promise<{ logout(): Promise<void> }> {
  const args = ['--image-opts', image(lun, lun.portals[0]!), '-c', 'sleep 60000'];
  const child: ChildProcess = spawn('qemu-io', args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const logout = async () => {
    child.kill('SIGKILL');
    await ended;
    await sessionIs(array, lun, false);
  };
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await sessionIs(array, lun, true);
  return { logout };
}

async function sessionIs(array: TgtArray, lun: Reached, there: boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < LOGIN_MS_MAX; waitedMs += 50) {
    const target = (await targetsOf(array)).find(({ name }) => name === lun.targetName);
    if ((target?.text.includes(`Initiator: ${lun.initiators[0]}`) ?? false) === there) return;
    await sleep(50);
  }
  throw new Error(`${lun.initiators[0]} did not ${there ? 'log in to' : 'log out of'} ${lun.targetName}`);
}

/** Somebody else's target with one LUN on a file in our pool directory. */
export async function addForeign(array: TgtArray): Promise<{ state(): Promise<string>; path: string; name: string }> {
  const name = 'iqn.2020-01.com.example:foreign';
  const path = join(array.poolDirectory, 'foreign.img');
  writeFileSync(path, Buffer.alloc(8 * MIB, 'foreign '));
  await run('setfattr', ['-n', 'user.owner', '-v', 'somebody else', path]);
  const target = (op: string, ...more: string[]) =>
    array.tgtadm('--op', op, '--mode', 'target', '--tid', '77', ...more);
  await target('new', '-T', name);
  await array.tgtadm('--op', 'new', '--mode', 'logicalunit', '--tid', '77', '--lun', '5', '-b', path);
  await target('bind', '-Q', iqnOf('stranger'));
  const state = async () => `${(await targetNamed(array, name)).text}\n${await fileState(path)}`;
  return { state, path, name };
}
