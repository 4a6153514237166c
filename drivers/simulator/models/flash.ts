/** An all-flash array: two nodes, FC and iSCSI, thin volumes only, many HLUs. */
import { type ArrayModel, MIB, TIB } from './model.ts';

export const FLASH: ArrayModel = {
  id: 'flash',
  model: 'Simulated flash array',
  directors: ['NODE-1', 'NODE-2'],
  fcPorts: 2,
  iscsiPorts: 2,
  pools: [
    {
      name: 'nvme',
      driveType: 'nvme',
      raidLevels: ['raid6'],
      provisioning: ['thin'],
      totalBytes: 250 * TIB,
      granularityBytes: MIB,
      volumeBytesMin: MIB,
      volumeBytesMax: 128 * TIB,
      ioLimits: true,
      metadataFraction: 0.01,
    },
  ],
  hluMax: 16_383,
  nameLengthMax: 63,
  metrics: true,
};
