/** The fabrics that tests of the simulated switch look at. */
import {
  type FabricOptions,
  fabricOf,
  type StateOptions,
  stateOf,
} from '../../../../drivers/simulator/fos/state/build.ts';
import type { FosState } from '../../../../drivers/simulator/fos/state/model.ts';

export const HOST_0 = '10:00:00:90:fa:80:00:00';
export const HOST_1 = '10:00:00:90:fa:80:01:00';
export const TARGET_0 = '50:06:01:60:47:80:00:01';
export const TARGET_1 = '50:06:01:60:47:80:01:01';

/** A short zone, one that wraps, one that isn't in effect, and a peer zone that isn't either. */
export const ZONING = {
  aliases: { a1: [HOST_0], array_port_0: [TARGET_0] },
  zones: {
    z1: ['a1', 'array_port_0'],
    host_1_to_array_ports: [HOST_1, '1,4', 'array_port_0', 'a1', TARGET_1],
    z_later: [HOST_1, TARGET_1],
    peer: { principals: ['array_port_0'], members: ['a1'] },
  },
  cfgs: { prod: ['z1', 'host_1_to_array_ports'] },
} as const;

/** One fabric, with ZONING in effect. */
export const zonedState = (options: StateOptions = {}, fabric: FabricOptions = {}): FosState =>
  stateOf({ fabrics: [fabricOf({ zoning: ZONING, effective: 'prod', ...fabric })], ...options });

/** Virtual fabrics 128 (zoned) and 20 (with nothing in it). */
export const virtualState = (options: StateOptions = {}): FosState =>
  stateOf({
    fabrics: [
      fabricOf({ zoning: ZONING, effective: 'prod' }),
      fabricOf({ fid: 20, name: 'tst', hosts: 1, targets: 0, firstPort: 16 }),
    ],
    ...options,
  });
