/** A small array: two controllers, iSCSI only, thick volumes only, coarse sizes, short names, few HLUs, no counters. */
import { type ArrayModel, GIB, MIB, TIB } from './model.ts';

const pool = {
  provisioning: ['thick'],
  granularityBytes: 64 * MIB,
  volumeBytesMin: 64 * MIB,
  volumeBytesMax: 16 * TIB,
} as const;

export const ENTRY: ArrayModel = {
  id: 'entry',
  model: 'Simulated entry array',
  directors: ['CTL-A', 'CTL-B'],
  fcPorts: 0,
  iscsiPorts: 2,
  pools: [
    { ...pool, name: 'disk', driveType: 'hdd', raidLevels: ['raid6'], totalBytes: 40 * TIB },
    { ...pool, name: 'mirror', driveType: 'hdd', raidLevels: ['raid1'], totalBytes: 8 * TIB + 64 * GIB },
  ],
  hluMax: 254,
  nameLengthMax: 32,
  metrics: false,
};
