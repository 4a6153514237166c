/**
 * One installation over one simulated array, in one directory that never moves (its path is in the state): saved after
 * each stage and put back before each crash by copying.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { simShow, simUp } from '../../../drivers/simulator/manage.ts';
import { type DeviceFacts, snapshotFacts, urnInTag } from './device-facts.ts';
import type { SharedState } from './etcd-state.ts';
import { createMachine, type Machine } from './incarnations.ts';
import type { Device } from './stages.ts';

const MIB = 1024 ** 2;
const ARRAY = 'sim-1';

export interface SimEstate {
  /** For whatever the test wants to keep; goes with the estate. */
  readonly directory: string;
  readonly device: Device;
  readonly state: string;
  readonly arrays: string;
  readonly array: string;
  /** Processes that work on its state. */
  readonly machine: Machine;
  save(name: string): Promise<void>;
  restore(name: string): Promise<void>;
  show(): ReturnType<typeof simShow>;
  remove(): void;
}

export interface SimEstateOptions {
  /** How fast thick volumes are zeroed; by default slowly enough for jobs to be found running. */
  readonly zeroingBytesPerSecond?: number;
  /** Volumes that somebody else has on the array; none unless given. */
  readonly foreignVolumes?: number;
  /** The state, when it is not to be a directory of the estate's own. */
  readonly shared?: SharedState;
}

/** With a fresh state in it. Memory-backed where the machine has such a place: what is tested is order, not the disk. */
export async function createSimEstate(options: SimEstateOptions = {}): Promise<SimEstate> {
  const root = mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'coprhd-crash-'));
  const current = path.join(root, 'current');
  const saved = (name: string) => path.join(root, 'saved', name.replaceAll(/\W+/g, '-'));
  const { shared } = options;
  const state = shared?.url ?? path.join(current, 'state');
  const arrays = path.join(current, 'arrays');
  await simUp({
    directory: arrays,
    arrays: [
      {
        name: ARRAY,
        pools: [{ name: 'fast', totalBytes: 1024 * 1024 * MIB }],
        ports: [1, 2].map((number) => ({
          name: `SP-${number}`,
          address: `10.0.${number}.10:3260`,
          haDomain: `SP-${number}`,
        })),
        zeroingBytesPerSecond: options.zeroingBytesPerSecond ?? 64 * MIB,
        foreignVolumes: options.foreignVolumes ?? 0,
      },
    ],
  });
  const machine = createMachine(shared ? { turnMs: 3, stateHome: path.join(root, 'local') } : {});
  const first = await machine.start(state);
  await first.client.call('init', {});
  await first.end();
  const configuration = `{ directory: "${arrays}", array: ${ARRAY} }`;
  return {
    directory: root,
    machine,
    state,
    arrays,
    array: ARRAY,
    device: {
      system: `{ driver: simulator, mode: manage, scope: { pools: [fast] }, configuration: ${configuration} }`,
      subnet: '10.0.0.0/16',
    },
    save: async (name) => {
      await shared?.save(name);
      rmSync(saved(name), { recursive: true, force: true });
      cpSync(current, saved(name), { recursive: true });
    },
    restore: async (name) => {
      await shared?.restore(name);
      rmSync(current, { recursive: true, force: true });
      cpSync(saved(name), current, { recursive: true });
    },
    show: () => simShow({ directory: arrays, array: ARRAY }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The simulated array in the words of device-facts.ts. */
export const simFacts = async (estate: SimEstate): Promise<DeviceFacts> => snapshotFacts(await estate.show(), urnInTag);
