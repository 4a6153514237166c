/** A switch as the driver contract sees it, over whichever transport. There is one fabric a session. */
import {
  type CallContext,
  DriverError,
  type NetworkSystem,
  type Page,
  type SystemIdentity,
  ZONES_PER_READ_MAX,
} from 'coprhd/driver';
import { applyDelta } from './apply.ts';
import { invalid } from './model/names.ts';
import { aliasViews, configurationViews, zoneNames, zoneViews, zoningView } from './model/view.ts';
import type { Snapshot } from './model/zoning.ts';
import { createQueue } from './queue.ts';
import type { SwitchTransport } from './transport.ts';

export interface Networked {
  readonly transport: SwitchTransport;
  readonly supports: (firmwareVersion: string) => boolean;
}

export function createNetwork({ transport, supports }: Networked): NetworkSystem {
  const inTurn = createQueue();

  /** `not-found` when this isn't the fabric of the switch. */
  const checkFabric = async (ctx: CallContext, fabric: string): Promise<void> => {
    const { nativeId } = (await transport.fabric(ctx)).fabric;
    if (nativeId === fabric) return;
    throw new DriverError({ class: 'not-found', message: `the switch is in fabric ${nativeId}, not ${fabric}` });
  };
  const snapshot = async (ctx: CallContext, fabric: string): Promise<Snapshot> => {
    checkTime(ctx);
    await checkFabric(ctx, fabric);
    return transport.snapshot(ctx);
  };
  /** The switch shows all at once: there is one page, so that nothing is lost between two. */
  const list = async <T>(ctx: CallContext, fabric: string, view: (all: Snapshot) => T[]): Promise<Page<T>> => {
    const seen = await snapshot(ctx, fabric);
    return { items: view(seen), complete: seen.complete };
  };
  const whole = async (ctx: CallContext, fabric: string): Promise<Snapshot> => {
    const seen = await snapshot(ctx, fabric);
    if (seen.complete) return seen;
    throw new DriverError({ class: 'transient', message: 'the switch did not show the whole zoning' });
  };

  return {
    identify: async (ctx) => identityOf(await transport.identity(ctx), supports),
    listFabrics: async (ctx) => {
      const { fabric, complete } = await transport.fabric(ctx);
      return { items: [fabric], complete };
    },
    listEndpoints: async (ctx, fabric) => {
      await checkFabric(ctx, fabric);
      const { items, complete } = await transport.endpoints(ctx);
      return { items: [...items].sort(byNativeId), complete };
    },
    listAliases: (ctx, fabric) => list(ctx, fabric, aliasViews),
    listZones: (ctx, fabric) => list(ctx, fabric, (seen) => zoneViews(seen, zoneNames(seen))),
    listConfigurations: (ctx, fabric) => list(ctx, fabric, configurationViews),
    readZones: async (ctx, fabric, names) => {
      if (names.length > ZONES_PER_READ_MAX) {
        throw invalid(`${names.length} zones in one read, at most ${ZONES_PER_READ_MAX}`);
      }
      return zoneViews(await whole(ctx, fabric), names);
    },
    readZoning: async (ctx, fabric) => zoningView(await whole(ctx, fabric)),
    ...(transport.routing ? { readRouting: transport.routing } : {}),
    applyZoneDelta: (ctx, delta) =>
      inTurn(async () => {
        checkTime(ctx);
        return orAmbiguous(ctx, async () => {
          await checkFabric(ctx, delta.fabric);
          return applyDelta(ctx, transport, delta);
        });
      }),
    close: () => transport.close(),
  };
}

/** Once the time is over, what was sent last may still arrive. */
async function orAmbiguous<T>(ctx: CallContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const late = ctx.nowMs() >= ctx.deadlineMs;
    if (!late || !(error instanceof DriverError) || error.class !== 'transient') throw error;
    throw new DriverError({ class: 'ambiguous', message: error.message }, error);
  }
}

const byNativeId = (a: { readonly nativeId: string }, b: { readonly nativeId: string }): number =>
  a.nativeId < b.nativeId ? -1 : 1;

function checkTime(ctx: CallContext): void {
  if (ctx.nowMs() < ctx.deadlineMs) return;
  throw new DriverError({ class: 'transient', message: 'no time left; nothing was sent' });
}

function identityOf(
  { wwn, model, firmwareVersion }: Awaited<ReturnType<SwitchTransport['identity']>>,
  supports: Networked['supports'],
): SystemIdentity {
  const serialNumber = wwn.replaceAll(':', '').toUpperCase();
  return {
    serialNumber,
    model,
    firmwareVersion,
    nativeGuid: `BROCADE+${serialNumber}`,
    supported: supports(firmwareVersion),
  };
}
