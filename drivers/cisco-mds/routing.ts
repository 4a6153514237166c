/** Between which VSANs the switch routes (IVR). */
import { type CallContext, DriverError, type RoutedFabric } from 'coprhd/driver';
import { parseRouted } from './cli/ivr.ts';
import type { MdsClient } from './client.ts';

/** A switch on which the feature is not enabled doesn't know the command. */
export function readRouting(ctx: CallContext, client: MdsClient): Promise<RoutedFabric[][]> {
  return client.use(ctx, async (device) => {
    let text: string;
    try {
      text = await device.show(ctx, 'show ivr vsan-topology');
    } catch (error) {
      if (error instanceof DriverError && error.class === 'unsupported') return [];
      throw error;
    }
    const routed = parseRouted(text);
    return routed.length === 0 ? [] : [routed];
  });
}
