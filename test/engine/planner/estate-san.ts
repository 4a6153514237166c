/** Fabrics of an estate in memory (estate.ts): the simulator's own driver over the simulated SAN. */
import { networkSystem } from '../../../drivers/simulator/index.ts';
import { createSimulatedFabric } from '../../../drivers/simulator/san/client.ts';
import type { MemorySan } from '../../../drivers/simulator/san/memory.ts';
import type { NetworkSystem, NetworkSystemManifest } from '../../../src/engine/driver/network-contract.ts';
import type { DeviceSpec } from '../../../src/engine/operations/device-session.ts';
import type { OpenNetwork } from '../../../src/engine/operations/devices.ts';

export interface FabricHooks {
  readonly san: MemorySan;
  /** What it throws is what the device answers. */
  beforeCall(fabric: string, operation: string): void;
  opened(fabric: string): void;
  wrap(network: NetworkSystem, fabric: string): NetworkSystem;
}

export async function openFabric(spec: DeviceSpec, hooks: FabricHooks): Promise<OpenNetwork> {
  const fabric = String(spec.configuration.fabric);
  hooks.opened(fabric);
  const transport: MemorySan['transport'] = {
    call: async (request, ctx, lateClass) => {
      hooks.beforeCall(fabric, request.operation);
      return hooks.san.transport.call(request, ctx, lateClass);
    },
  };
  return {
    network: hooks.wrap(createSimulatedFabric(transport, fabric), fabric),
    manifest: networkSystem as NetworkSystemManifest,
    hostKeys: () => [],
  };
}
