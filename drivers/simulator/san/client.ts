/** The driver's side of the wire to a simulated fabric: NetworkSystem over a transport that carries requests to the SAN. */
import { type CallContext, DriverError, type NetworkSystem } from 'coprhd/driver';
import { whyNotSent } from '../client.ts';
import type { SanRequest, SanResponse, SanTransport } from './core.ts';
import { NETWORK_OPERATIONS, type NetworkOperationName, type NetworkOperations } from './requests.ts';

/** `system` names the fabric. */
export function createSimulatedFabric(transport: SanTransport, system: string): NetworkSystem {
  let closed = false;
  async function call<K extends NetworkOperationName>(
    ctx: CallContext,
    operation: K,
    args: Omit<NetworkOperations[K]['args'], 'system'>,
  ): Promise<NetworkOperations[K]['value']> {
    const stop = whyNotSent(closed, ctx);
    if (stop) throw new DriverError({ class: 'transient', message: `${operation} was not sent: ${stop}` });
    const request = { operation, args: { ...args, system }, nowMs: ctx.nowMs() } as unknown as SanRequest;
    const lateClass = NETWORK_OPERATIONS[operation].changes ? 'ambiguous' : 'transient';
    const answer = (await transport.call(request, ctx, lateClass)) as SanResponse<K>;
    ctx.log.debug(operation, { ok: answer.ok });
    if (!answer.ok) throw new DriverError(answer.error);
    return answer.value;
  }
  const list = (fabric: string, page: string | undefined) => ({ fabric, ...(page === undefined ? {} : { page }) });
  return {
    identify: (ctx) => call(ctx, 'identify', {}),
    listFabrics: (ctx, page) => call(ctx, 'listFabrics', page === undefined ? {} : { page }),
    listEndpoints: (ctx, fabric, page) => call(ctx, 'listEndpoints', list(fabric, page)),
    listAliases: (ctx, fabric, page) => call(ctx, 'listAliases', list(fabric, page)),
    listZones: (ctx, fabric, page) => call(ctx, 'listZones', list(fabric, page)),
    listConfigurations: (ctx, fabric, page) => call(ctx, 'listConfigurations', list(fabric, page)),
    readZones: (ctx, fabric, names) => call(ctx, 'readZones', { fabric, names }),
    readZoning: (ctx, fabric) => call(ctx, 'readZoning', { fabric }),
    readRouting: (ctx) => call(ctx, 'readRouting', {}),
    applyZoneDelta: (ctx, delta) => call(ctx, 'applyZoneDelta', { delta }),
    close: async () => {
      closed = true;
    },
  };
}
