/** A large array: two engines with two directors each, FC only, thin volumes only, sizes in cylinders. */
import { type ArrayModel, MIB, TIB } from './model.ts';

/** 1.875 MiB: no power of two, and no whole MiB. */
const CYLINDER_BYTES = 15 * 128 * 1024;

const pool = {
  provisioning: ['thin'],
  granularityBytes: CYLINDER_BYTES,
  volumeBytesMin: 3 * MIB - ((3 * MIB) % CYLINDER_BYTES),
  volumeBytesMax: Math.floor((64 * TIB) / CYLINDER_BYTES) * CYLINDER_BYTES,
  ioLimits: true,
} as const;

const POLICIES = ['gold', 'silver', 'bronze'].map((name) => ({ name, provisioning: ['thin'] as const }));

export const ENGINES: ArrayModel = {
  id: 'engines',
  model: 'Simulated engine array',
  directors: ['ENG1-D1', 'ENG1-D2', 'ENG2-D1', 'ENG2-D2'],
  engineOf: (director) => director.replace(/-D\d+$/, ''),
  fcPorts: 4,
  iscsiPorts: 0,
  pools: [
    { ...pool, name: 'srp-flash', driveType: 'ssd', raidLevels: ['raid5'], totalBytes: 500 * TIB },
    { ...pool, name: 'srp-disk', driveType: 'hdd', raidLevels: ['raid6', 'raid1'], totalBytes: 1_000 * TIB },
    {
      ...pool,
      name: 'srp-tiered',
      driveType: 'mixed',
      raidLevels: ['raid5', 'raid6'],
      totalBytes: 600 * TIB,
      tiers: [
        { name: 'flash', driveType: 'ssd', totalBytes: 100 * TIB },
        { name: 'disk', driveType: 'hdd', totalBytes: 500 * TIB },
      ],
      tieringPolicies: POLICIES,
    },
  ],
  hluMax: 4_095,
  nameLengthMax: 64,
  metrics: true,
};
