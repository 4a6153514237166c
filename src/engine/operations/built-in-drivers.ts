/** The drivers that come with coprhd, each loaded when first needed. The one place of the engine that names a driver. */
import type { DriverManifest } from '../driver/contract.ts';
import type { NetworkSystemManifest } from '../driver/network-contract.ts';

/** A family that drives network systems besides what its default export drives exports that manifest by its kind. */
export interface DriverModule {
  readonly default: DriverManifest;
  readonly networkSystem?: NetworkSystemManifest;
}

/** Verbs that make and change the devices themselves, for `coprhd sim`. */
export type ManagementModule = Readonly<Record<string, (args: never) => unknown>>;

interface BuiltInDriver {
  readonly load: () => Promise<DriverModule>;
  readonly manage?: () => Promise<ManagementModule>;
  /** Serves its devices as others' to the network. */
  readonly serve?: () => Promise<ManagementModule>;
}

/** By the name of their folder; a test holds this against the folders. */
export const BUILT_IN: Readonly<Record<string, BuiltInDriver>> = {
  'brocade-fos': { load: () => import('../../../drivers/brocade-fos/index.ts') },
  'cisco-mds': { load: () => import('../../../drivers/cisco-mds/index.ts') },
  simulator: {
    load: () => import('../../../drivers/simulator/index.ts'),
    manage: () => import('../../../drivers/simulator/manage.ts'),
    serve: () => import('../../../drivers/simulator/serve/serve.ts'),
  },
  tgt: { load: () => import('../../../drivers/tgt/index.ts') },
};
