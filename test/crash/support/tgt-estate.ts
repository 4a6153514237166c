/**
 * An installation over a private, real tgtd: the array stays, its content and the state are made anew for each round.
 * What is on the array is read with the machine's own tools, not through the driver.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTgtArray, type TgtArray } from '../../../scripts/lib/tgt-array.js';
import type { DeviceFacts, DeviceMask, DeviceVolume } from './device-facts.ts';
import type { Device } from './stages.ts';

const POOL = 'fast';
const GIB = 1024 ** 3;
/** Within the smallest volume. */
const DATA_OFFSET = 8 * 1024 ** 2;

export interface TgtEstate {
  /** For whatever the test wants to keep; goes with the estate. */
  readonly directory: string;
  readonly device: Device;
  facts(): Promise<DeviceFacts>;
  /** Leftovers that are no objects: temporary files, targets without a file and the other way round. */
  litter(): Promise<string[]>;
  /** Writes a text of its own into every volume, as a host would. Resolves with the texts by native id. */
  writeData(): ReadonlyMap<string, string>;
  /** Of the volumes that are still there, those that don't hold their text any more. */
  lostData(written: ReadonlyMap<string, string>): string[];
  /** Takes everything off the array but the array itself. */
  wipe(): Promise<void>;
  stop(): Promise<void>;
}

export function canRunTgt(): boolean {
  if (process.getuid?.() !== 0) return false;
  return ['tgtd', 'tgtadm', 'getfattr'].every((tool) => {
    try {
      execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${tool}`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** How the array is reached; from this machine itself unless given. */
export interface SshAccess {
  readonly endpoint: string;
  readonly keyFile: string;
}

export async function createTgtEstate(ssh?: SshAccess): Promise<TgtEstate> {
  const directory = mkdtempSync(path.join(tmpdir(), 'coprhd-kill-'));
  const tgt = await startTgtArray({ directory: path.join(directory, 'array'), sizeBytes: GIB });
  const targetsIn = path.join(tgt.configDirectory, 'targets');
  const configuration =
    `{ socket: "${tgt.socket}", controlPort: ${tgt.controlPort}, ` +
    `configDirectory: "${tgt.configDirectory}", pools: { ${POOL}: "${tgt.poolDirectory}" } }`;
  const access = ssh ? `, endpoint: "${ssh.endpoint}", credential: "file:${ssh.keyFile}"` : '';
  return {
    directory,
    device: {
      system: `{ driver: tgt${access}, mode: manage, scope: { pools: [${POOL}] }, configuration: ${configuration} }`,
      subnet: '127.0.0.0/8',
    },
    facts: async () => {
      const volumes = readVolumes(tgt.poolDirectory);
      const masks = readMasks(await showTargets(tgt), targetsIn, volumes);
      return { volumes: [...volumes.values()], masks };
    },
    litter: async () => {
      const shown = (await showTargets(tgt)).map(({ iqn }) => labelOf(iqn));
      const files = confFiles(targetsIn).map((name) => name.replace(/\.conf$/, ''));
      return [
        ...readdirSync(tgt.poolDirectory).filter((name) => !name.endsWith('.img')),
        ...shown.filter((name) => !files.includes(name)).map((name) => `target ${name} without a file`),
        ...files.filter((name) => !shown.includes(name)).map((name) => `file of ${name} without a target`),
      ];
    },
    writeData: () =>
      new Map(
        [...readVolumes(tgt.poolDirectory)].map(([file, { nativeId }]) => {
          const text = `data of ${nativeId}`;
          writeAt(file, DATA_OFFSET, text);
          return [nativeId, text];
        }),
      ),
    lostData: (written) =>
      [...readVolumes(tgt.poolDirectory)].flatMap(([file, { nativeId, name }]) => {
        const text = written.get(nativeId);
        return text === undefined || readAt(file, DATA_OFFSET, text.length) === text ? [] : [name];
      }),
    wipe: async () => {
      for (const { tid } of await showTargets(tgt)) {
        await tgt.tgtadm('--op', 'delete', '--mode', 'target', '--tid', tid, '--force');
      }
      for (const folder of [tgt.poolDirectory, tgt.configDirectory]) {
        for (const name of readdirSync(folder)) rmSync(path.join(folder, name), { recursive: true, force: true });
      }
    },
    stop: async () => {
      await tgt.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function writeAt(file: string, offset: number, text: string): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, text, offset);
  closeSync(handle);
}

function readAt(file: string, offset: number, length: number): string {
  const handle = openSync(file, 'r');
  const buffer = Buffer.alloc(length);
  readSync(handle, buffer, 0, length, offset);
  closeSync(handle);
  return buffer.toString('utf8');
}

/** By path. */
function readVolumes(pool: string): Map<string, DeviceVolume> {
  const files = readdirSync(pool)
    .filter((name) => name.endsWith('.img'))
    .map((name) => path.join(pool, name));
  if (files.length === 0) return new Map();
  const attributes = readAttributes(files);
  const lines = execFileSync('stat', ['-c', '%i.%.9W %s %n', '--', ...files], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return new Map(
    lines.map((line): [string, DeviceVolume] => {
      const [, native, size, file] = /^(\S+) (\d+) (.*)$/.exec(line)!;
      const { mark, wwn, quarantined } = attributes.get(file!) ?? {};
      return [
        file!,
        {
          nativeId: `${POOL}:${native}`,
          name: path.basename(file!, '.img'),
          sizeBytes: Number(size),
          quarantined: quarantined === '1',
          ...(wwn === undefined ? {} : { wwn }),
          ...(mark === undefined ? {} : { markedAs: (JSON.parse(mark) as { urn: string }).urn }),
        },
      ];
    }),
  );
}

function readAttributes(files: readonly string[]): Map<string, Record<string, string>> {
  const args = ['--absolute-names', '-d', '-e', 'base64', '-m', '^user[.]coprhd[.]', '--', ...files];
  const text = execFileSync('getfattr', args, { encoding: 'utf8' });
  return new Map(
    text
      .split(/^# file: /m)
      .slice(1)
      .map((block): [string, Record<string, string>] => {
        const [file, ...lines] = block.trim().split('\n');
        const pairs = lines.map((line) => /^user\.coprhd\.([a-z]+)=0s(.*)$/.exec(line)!);
        return [file!, Object.fromEntries(pairs.map(([, key, value]) => [key, decode(value!)]))];
      }),
  );
}

const decode = (base64: string) => Buffer.from(base64, 'base64').toString('utf8');

interface ShownTarget {
  readonly tid: string;
  readonly iqn: string;
  readonly text: string;
}

async function showTargets(tgt: TgtArray): Promise<ShownTarget[]> {
  const text = await tgt.tgtadm('--op', 'show', '--mode', 'target');
  return text
    .split(/^(?=Target \d+: )/m)
    .filter(Boolean)
    .map((block) => {
      const [, tid, iqn] = /^Target (\d+): (\S+)/.exec(block)!;
      return { tid: tid!, iqn: iqn!, text: block };
    });
}

const labelOf = (iqn: string) => iqn.slice(iqn.indexOf(':') + 1);
const confFiles = (folder: string) => {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.conf'));
  } catch {
    return [];
  }
};

function readMasks(
  targets: readonly ShownTarget[],
  folder: string,
  volumes: ReadonlyMap<string, DeviceVolume>,
): DeviceMask[] {
  const marks = new Map(
    confFiles(folder).map((name) => {
      const head = /^# coprhd (.*)$/m.exec(readFileSync(path.join(folder, name), 'utf8'))?.[1];
      return [name.replace(/\.conf$/, ''), head && (JSON.parse(head) as { mark: { urn: string } }).mark.urn];
    }),
  );
  return targets.map(({ iqn, text }) => {
    const markedAs = marks.get(labelOf(iqn));
    const luns = text.split(/^ {8}(?=LUN: )/m).slice(1);
    return {
      nativeId: iqn,
      name: labelOf(iqn),
      initiators: [...text.matchAll(/^ {8}(iqn\.\S+)$/gm)].map(([, name]) => name!),
      ...(markedAs === undefined ? {} : { markedAs }),
      mappings: luns.flatMap((lun) => {
        const file = /^ +Backing store path: (.*)$/m.exec(lun)?.[1];
        if (!/^ +Type: disk$/m.test(lun) || file === undefined) return [];
        return [
          {
            hlu: Number(/^LUN: (\d+)/.exec(lun)![1]),
            volume: volumes.get(file)?.nativeId ?? file,
            wwn: /^ +SCSI ID: (.*)$/m.exec(lun)![1]!.trim(),
          },
        ];
      }),
    };
  });
}
