/** A real tgtd with a pool for each test file, the driver connected to it, and initiators that read and write. */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type {
  BlockArray,
  CallContext,
  CommandSession,
  EnsureVolumeArgs,
  Expectation,
  MarkRequest,
  SnapshotMember,
  VolumeObservation,
} from 'coprhd/driver';
import { afterAll, beforeAll } from 'vitest';
import manifest from '../../../drivers/tgt/index.ts';
import { startTgtArray, type TgtArray } from '../../../scripts/lib/tgt-array.js';
import { createLocalSession } from '../../../src/engine/driver/local.ts';
import { sha256Hex } from '../../../src/lib/canonical-json.ts';

const run = promisify(execFile);

export const MIB = 1024 ** 2;
export const HOST_A = 'iqn.1994-05.test:hosta';
export const HOST_B = 'iqn.1994-05.test:hostb';
const CALL_MS = 20_000;

export function context(deadlineMs = Date.now() + CALL_MS): CallContext {
  return { nowMs: Date.now, deadlineMs, signal: new AbortController().signal, log: { debug: () => {} } };
}

export function markOf(name: string, installation = 'installation-1', epoch = 1): MarkRequest {
  return { installation, urn: `urn:storageos:Volume:${name}:vdc1`, epoch };
}

export function volumeArgs(name: string, over: Partial<EnsureVolumeArgs> = {}): EnsureVolumeArgs {
  return {
    name,
    pool: 'main',
    sizeBytes: 16 * MIB,
    provisioning: 'thin',
    // Without zeros: iscsi-inq prints identities as text, up to the first zero byte.
    wwn: `6${sha256Hex(name).slice(0, 31).replaceAll('0', '7')}`,
    serial: sha256Hex(name).slice(32, 52),
    mark: markOf(name),
    ...over,
  };
}

export function expectOf(object: { nativeId: string; wwn?: string }, mark: MarkRequest): Expectation {
  return { nativeId: object.nativeId, ...(object.wwn === undefined ? {} : { wwn: object.wwn }), mark };
}

export interface Bench {
  readonly array: TgtArray;
  readonly driver: BlockArray;
  configuration(over?: {
    configDirectory?: string;
    serialNumber?: string;
    pools?: Record<string, string>;
  }): Parameters<typeof manifest.connect>[0]['configuration'];
  /** Another session to the same device, perhaps one that fails. */
  connect(
    session?: CommandSession,
    over?: { configDirectory?: string; pools?: Record<string, string> },
  ): Promise<BlockArray>;
}

/** Starts before the tests of a file and ends after them, whatever happens. */
export function useBench(): Bench {
  const directory = mkdtempSync(join(tmpdir(), 'coprhd-tgt-'));
  const bench: { array?: TgtArray; driver?: BlockArray } = {};
  const configuration: Bench['configuration'] = (over = {}) =>
    manifest.configuration.parse({
      socket: bench.array!.socket,
      controlPort: bench.array!.controlPort,
      pools: { main: bench.array!.poolDirectory },
      configDirectory: bench.array!.configDirectory,
      ...over,
    });
  const connect: Bench['connect'] = (session = createLocalSession(Date.now), over = {}) =>
    manifest.connect({ configuration: configuration(over), session });
  beforeAll(async () => {
    bench.array = await startTgtArray({ directory: join(directory, 'a'), sizeBytes: 4 * 1024 * MIB });
    bench.driver = await connect();
  });
  afterAll(async () => {
    await bench.array?.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    get array() {
      return bench.array!;
    },
    get driver() {
      return bench.driver!;
    },
    configuration,
    connect,
  };
}

/** A volume that is mapped to HOST_A at the HLU. */
export async function mapped(bench: Bench, name: string, hlu = 1, initiators: readonly string[] = [HOST_A]) {
  const { driver } = bench;
  const ctx = context();
  const volume = await driver.ensureVolume(ctx, volumeArgs(name));
  const maskMark = markOf(`mask-${name}`);
  const mask = await driver.ensureMask(ctx, { name: `mask-${name}`, mark: maskMark, initiators, ports: [] });
  const volumeExpect = expectOf(volume, markOf(name));
  const maskExpect = expectOf(mask, maskMark);
  const withVolume = await driver.ensureMapping(ctx, maskExpect, { volume: volumeExpect, hlu });
  return { volume, mask: withVolume, volumeExpect, maskExpect };
}

const qemu =
  (...options: string[]) =>
  async (portal: string, target: string, lun: number, initiator: string, ...commands: string[]) => {
    const image = `driver=iscsi,transport=tcp,portal=${portal},target=${target},lun=${lun},initiator-name=${initiator}`;
    const args = [...options, '--image-opts', image, ...commands.flatMap((command) => ['-c', command])];
    const { stdout, stderr } = await run('qemu-io', args, { timeout: 30_000 });
    const said = stdout + stderr;
    if (/failed|error/i.test(said.replace(/BUS_RESET.*/g, ''))) throw new Error(said);
    return said;
  };

/** Runs qemu-io commands as an initiator; rejects with its output when one fails. */
export const qemuIo = qemu();

/** As qemuIo, opening the LUN for reading only. */
export const qemuRead = qemu('-r');

/** A member of a set of snapshots: the volume, under a name, with an identity of its own. */
export function memberOf(volume: VolumeObservation, name: string): SnapshotMember {
  const { wwn, serial, mark } = volumeArgs(name);
  return { source: expectOf(volume, markOf(volume.name)), name, wwn, serial, mark };
}

/** Runs `instead` where the driver would run `script`. */
export function replacing(script: string, instead: string): CommandSession {
  const real = createLocalSession(Date.now);
  const swap = (word: string) => (word.endsWith(script) ? word.slice(0, -script.length) + instead : word);
  return { ...real, run: (request) => real.run({ ...request, argv: request.argv.map(swap) }) };
}

/** The script with its own death before each line at which there can be a command, in order. */
export function deadly(script: string): string[] {
  const lines = script.split('\n');
  return lines
    .map((_, at) => [...lines.slice(0, at), 'kill -s KILL $$', ...lines.slice(at)].join('\n'))
    .filter((text) => spawnSync('sh', ['-n', '-c', text]).status === 0);
}

export async function capacityBytes(portal: string, target: string, lun: number, initiator: string): Promise<number> {
  const url = `iscsi://${portal}/${target}/${lun}`;
  return Number((await run('iscsi-readcapacity16', ['-s', '-i', initiator, url])).stdout.trim());
}

/** The NAA designator of page 0x83 as hex. */
export async function pageEightyThree(portal: string, target: string, lun: number, initiator: string): Promise<string> {
  const args = ['-i', initiator, '-e', '1', '-c', String(0x83), `iscsi://${portal}/${target}/${lun}`];
  const { stdout } = await run('iscsi-inq', args, { encoding: 'buffer' });
  const start = stdout.indexOf('Designator:[') + 'Designator:['.length;
  return stdout.subarray(start, stdout.indexOf(']\n', start)).toString('hex');
}

/** Everything on the device: what tgtd runs, and each file with a hash, inode and times. */
export async function everything(bench: Bench): Promise<string> {
  const { array } = bench;
  const lines = [await array.tgtadm('--op', 'show', '--mode', 'target')];
  for (const root of [array.poolDirectory, array.configDirectory]) {
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
      const path = join(root, name);
      const { ino, size, mtimeMs, ctimeMs } = statSync(path);
      const content = statSync(path).isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
      lines.push(`${path} ${ino} ${size} ${mtimeMs} ${ctimeMs} ${content}`);
    }
  }
  return lines.join('\n');
}

export function withoutUsage(volume: VolumeObservation | undefined) {
  if (!volume) return undefined;
  const { allocatedBytes: _, ...rest } = volume;
  return rest;
}
