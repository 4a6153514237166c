/**
 * A real tgtd as a target of the conformance kit: one private array for all cases, emptied after each. Faults are made in
 * the session: a run that never reaches the machine, is late, or whose answer is lost after it did its work.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as copyScripts from '../../drivers/tgt/copy-scripts.ts';
import * as fullSnapshotScripts from '../../drivers/tgt/full-snapshot-scripts.ts';
import manifest from '../../drivers/tgt/index.ts';
import * as volumeScripts from '../../drivers/tgt/scripts.ts';
import * as targetScripts from '../../drivers/tgt/target-scripts.ts';
import { startTgtArray, type TgtArray } from '../../scripts/lib/tgt-array.js';
import type {
  ChangingOperation,
  ConformanceTarget,
  FaultHooks,
  HandHooks,
  OpenDevice,
} from '../../src/engine/driver/conformance/target.ts';
import type { BlockArray, CallContext } from '../../src/engine/driver/contract.ts';
import { DriverError } from '../../src/engine/driver/errors.ts';
import { createLocalSession } from '../../src/engine/driver/local.ts';
import type { CommandSession } from '../../src/engine/driver/session.ts';
import { systemClock } from '../../src/lib/clock.ts';

const run = promisify(execFile);
const GIB = 1024 ** 3;
const LOGIN_MS_MAX = 5_000;
const POOL = 'main';
const WORD_BYTES = 16;
const CONTENT_AT = 1024 ** 2;

/** The script of each operation after which its effect can be seen. */
const EFFECT: Partial<Record<ChangingOperation, string>> = {
  ensureVolume: volumeScripts.VOLUME_CREATE,
  deleteVolume: volumeScripts.VOLUME_DELETE,
  renameVolume: volumeScripts.VOLUME_RENAME,
  markVolume: volumeScripts.VOLUME_ATTRIBUTES,
  unmarkVolume: volumeScripts.VOLUME_ATTRIBUTES,
  expandVolume: volumeScripts.VOLUME_GROW,
  ensureMask: targetScripts.TARGET_ACL,
  markMask: targetScripts.CONF_WRITE,
  unmarkMask: targetScripts.CONF_REMOVE,
  deleteMask: targetScripts.TARGET_DELETE,
  ensureMapping: targetScripts.LUN_NEW,
  removeMapping: targetScripts.LUN_DELETE,
  ensureSnapshots: copyScripts.SNAPSHOTS,
  startSnapshots: fullSnapshotScripts.FULL_START,
  startCopy: copyScripts.COPY_START,
};

export const CHANGING_OPERATIONS = Object.keys(EFFECT) as ChangingOperation[];

const FULL_COPY = ['job', 'by-call', 'written', 'in-use', 'cancel'].map((name) => `35-full-${name}`);
const changesBy = (operation: ChangingOperation) =>
  ['08-reply-lost', '09-request-lost', '18-no-time', '18-slow'].map((number) => `${number}-${operation}`);
/** Of pools with reflinks, and of those without. */
export const REFLINK_SKIPS: readonly string[] = [...FULL_COPY, ...changesBy('startSnapshots')];
export const EXT4_SKIPS: readonly string[] = changesBy('ensureSnapshots');

/** Cases that can't be run on it. */
export const TGT_SKIPS: readonly string[] = [
  // Its lists are never partial, its sessions never end, it is given no secrets and never says that it is busy.
  '02-partial',
  '11-session-expiry',
  '15-secrets',
  ...CHANGING_OPERATIONS.map((operation) => `10-busy-${operation}`),
  // Changes of real files can't be counted from outside; jobs are lost in the driver's own tests.
  '03-volume-one-write',
  '31-lost',
  // The parsers have samples of their own.
  '12-error-samples',
];

interface Trouble {
  readonly operation: ChangingOperation;
  readonly kind: 'reply-lost' | 'request-lost' | 'slow';
}

const context = (): CallContext => ({
  nowMs: systemClock.nowMs,
  deadlineMs: systemClock.nowMs() + 20_000,
  signal: new AbortController().signal,
  log: { debug: () => {} },
});

/** A session in which the trouble happens while its operation is called. */
function troubledSession(real: CommandSession, trouble: () => Trouble | undefined, spent: () => void): CommandSession {
  return {
    type: 'command',
    close: () => real.close(),
    run: async (request) => {
      const now = trouble();
      if (now?.kind === 'request-lost') {
        spent();
        throw new DriverError({ class: 'transient', message: 'the machine could not be reached' });
      }
      if (now?.kind === 'slow') {
        await systemClock.sleep(Math.max(0, request.deadlineMs - systemClock.nowMs()));
        throw new DriverError({ class: 'ambiguous', message: 'no answer before the deadline' });
      }
      const result = await real.run(request);
      if (now?.kind === 'reply-lost' && request.argv[3]?.endsWith(EFFECT[now.operation]!)) {
        spent();
        throw new DriverError({ class: 'ambiguous', message: 'the answer was lost' });
      }
      return result;
    },
  };
}

/** The driver's array, and faults that hit one operation of it. */
async function withFaults(
  real: CommandSession,
  connect: (session: CommandSession) => Promise<BlockArray>,
): Promise<{ array: BlockArray; faults: FaultHooks }> {
  let armed: Trouble | undefined;
  let running: string | undefined;
  const session = troubledSession(
    real,
    () => (armed?.operation === running ? armed : undefined),
    () => {
      armed = undefined;
    },
  );
  const observed = <T extends object>(object: T): T =>
    new Proxy(object, {
      get: (of, key) => {
        const value = of[key as keyof T] as unknown;
        if (typeof value !== 'function') return typeof value === 'object' && value !== null ? observed(value) : value;
        return (...args: unknown[]) => {
          running = String(key);
          return (value as (...all: unknown[]) => unknown).apply(of, args);
        };
      },
    });
  const arm = (kind: Trouble['kind']) => async (operation: ChangingOperation) => {
    armed = { operation, kind };
  };
  return {
    array: observed(await connect(session)),
    faults: {
      loseReply: arm('reply-lost'),
      loseRequest: arm('request-lost'),
      slow: arm('slow'),
      clear: async () => {
        armed = undefined;
      },
    },
  };
}

/** Edits with the machine's own tools. */
function handHooks(tgt: TgtArray, array: BlockArray, children: ChildProcess[]): HandHooks {
  const fileOf = (name: string) => path.join(tgt.poolDirectory, `${name}.img`);
  const nameOf = async (nativeId: string) => (await array.readVolume(context(), nativeId))!.name;
  const idOf = async (name: string) => (await array.findVolume(context(), name))!.nativeId;
  const target = (op: string, tid: string, ...more: string[]) =>
    tgt.tgtadm('--op', op, '--mode', 'target', '--tid', tid, ...more);
  const tidOf = async (name: string) => {
    const text = await tgt.tgtadm('--op', 'show', '--mode', 'target');
    const line = text.split('\n').find((candidate) => candidate.endsWith(`: ${name}`));
    return line!.slice('Target '.length, line!.indexOf(':'));
  };
  return {
    addForeignVolume: async ({ name, sizeBytes }) => {
      writeFileSync(fileOf(name), '');
      truncateSync(fileOf(name), sizeBytes);
      return idOf(name);
    },
    copyVolume: async (nativeId, name) => {
      await run('cp', ['--preserve=xattr', fileOf(await nameOf(nativeId)), fileOf(name)]);
      return idOf(name);
    },
    deleteVolume: async (nativeId) => rmSync(fileOf(await nameOf(nativeId))),
    renameVolume: async (nativeId, name) => renameSync(fileOf(await nameOf(nativeId)), fileOf(name)),
    growVolume: async (nativeId, sizeBytes) => truncateSync(fileOf(await nameOf(nativeId)), sizeBytes),
    writeContent: async (nativeId, word) => {
      const file = openSync(fileOf(await nameOf(nativeId)), 'r+');
      writeSync(file, word.padEnd(WORD_BYTES), CONTENT_AT);
      closeSync(file);
    },
    readContent: async (nativeId) => {
      const bytes = readFileSync(fileOf(await nameOf(nativeId)));
      return bytes.toString('utf8', CONTENT_AT, CONTENT_AT + WORD_BYTES).replace(/[ \0]+$/, '') || undefined;
    },
    addForeignMask: async ({ name, initiators }) => {
      const iqn = `iqn.2026-01.io.coprhd:${name}`;
      await target('new', '900', '-T', iqn);
      for (const initiator of initiators) await target('bind', '900', '-Q', initiator);
      return (await array.findMask(context(), name))!.nativeId;
    },
    deleteMapping: async (mask, hlu) => {
      const tid = await tidOf(mask);
      await tgt.tgtadm('--op', 'delete', '--mode', 'logicalunit', '--tid', tid, '--lun', String(hlu));
    },
    addInitiator: async (mask, initiator) => void (await target('bind', await tidOf(mask), '-Q', initiator)),
    removeInitiator: async (mask, initiator) => void (await target('unbind', await tidOf(mask), '-Q', initiator)),
    login: async (initiator) => {
      const { items } = await array.listMasks(context());
      const mask = items.find(({ initiators }) => initiators.includes(initiator))!;
      const at = `portal=${tgt.portals[0]!},target=${mask.targetName!},lun=${mask.mappings[0]!.hlu}`;
      const image = `driver=iscsi,transport=tcp,${at},initiator-name=${initiator}`;
      const args = ['-r', '--image-opts', image, '-c', 'sleep 60000'];
      children.push(spawn('qemu-io', args, { stdio: 'ignore' }));
      for (let waitedMs = 0; waitedMs < LOGIN_MS_MAX; waitedMs += 50) {
        if ((await array.readMask(context(), mask.nativeId))?.loggedIn.includes(initiator)) return;
        await systemClock.sleep(50);
      }
      throw new Error(`${initiator} does not get logged in`);
    },
  };
}

/** Takes everything off the array but the array itself. */
async function empty(tgt: TgtArray): Promise<void> {
  const text = await tgt.tgtadm('--op', 'show', '--mode', 'target');
  for (const [, tid] of text.matchAll(/^Target (\d+):/gm)) {
    await tgt.tgtadm('--op', 'delete', '--mode', 'target', '--tid', tid!, '--force');
  }
  for (const folder of [tgt.poolDirectory, tgt.configDirectory]) {
    for (const name of readdirSync(folder)) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

async function endAll(children: readonly ChildProcess[]): Promise<void> {
  const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(ended);
}

const connectTo = (tgt: TgtArray, session: CommandSession) =>
  manifest.connect({
    configuration: manifest.configuration.parse({
      socket: tgt.socket,
      controlPort: tgt.controlPort,
      pools: { [POOL]: tgt.poolDirectory },
      configDirectory: tgt.configDirectory,
    }),
    session,
  });

export interface TgtTarget extends ConformanceTarget {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** `createSession`: how the driver reaches the machine; here without it. */
export function createTgtTarget(
  createSession: () => CommandSession = () => createLocalSession(systemClock.nowMs),
  { fileSystem = 'xfs' }: { readonly fileSystem?: 'xfs' | 'ext4' } = {},
): TgtTarget {
  const directory = mkdtempSync(path.join(tmpdir(), 'coprhd-conf-'));
  let tgt: TgtArray | undefined;
  const mounted: string[] = [];
  const startArray = async (name: string): Promise<TgtArray> => {
    const started = await startTgtArray({ directory: path.join(directory, name), sizeBytes: 2 * GIB });
    if (fileSystem === 'xfs') return started;
    const [image, poolDirectory] = [path.join(directory, `${name}.ext4`), path.join(directory, `${name}-ext4`)];
    mkdirSync(poolDirectory);
    writeFileSync(image, '');
    truncateSync(image, 2 * GIB);
    await run('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=1', image]);
    await run('mount', ['-o', 'loop', image, poolDirectory]);
    rmSync(path.join(poolDirectory, 'lost+found'), { recursive: true });
    mounted.push(poolDirectory);
    return { ...started, poolDirectory };
  };
  const open = async (): Promise<OpenDevice> => {
    const device = tgt!;
    const children: ChildProcess[] = [];
    const { array, faults } = await withFaults(createSession(), (session) => connectTo(device, session));
    let other: TgtArray | undefined;
    return {
      array,
      faults,
      clock: systemClock,
      hand: handHooks(device, array, children),
      secondSession: () => connectTo(device, createSession()),
      otherDevice: async () => {
        other = await startArray('other');
        return connectTo(other, createSession());
      },
      restart: () => device.restart(),
      close: async () => {
        await array.close();
        await endAll(children);
        await other?.stop();
        await empty(device);
      },
    };
  };
  return {
    manifest,
    open,
    start: async () => {
      tgt = await startArray('array');
    },
    stop: async () => {
      await tgt?.stop();
      for (const each of mounted) await run('umount', ['--lazy', each]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
