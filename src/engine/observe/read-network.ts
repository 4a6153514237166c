/**
 * Reads one network system through its driver: identity, then fabric by fabric what is logged in and how it is zoned, page
 * by page. A device that fails is an observation too (partial or unreachable, with the reason; of one fabric, where only
 * that couldn't be read), so device errors never leave this module; bugs and the caller's own abort do. Nothing is written.
 */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { CallContext, SystemIdentity } from '../driver/contract.ts';
import type { FabricObservation, NetworkSystem, RoutedFabric, ZoningObservation } from '../driver/network-contract.ts';
import { collect, collectNamed } from './collect.ts';
import { deviceErrorText } from './device-error.ts';
import type { NetworkObservation, SeenFabric } from './network-observation.ts';
import type { Trust } from './observation.ts';
import { routedWith } from './routing.ts';

export interface ObserveNetworkRequest {
  readonly system: NetworkSystem;
  /** Its deadline is that of the whole observation. */
  readonly ctx: CallContext;
}

export async function observeNetwork({ system, ctx }: ObserveNetworkRequest): Promise<NetworkObservation> {
  const observedAtMs = ctx.nowMs();
  let identity: SystemIdentity;
  try {
    identity = await system.identify(ctx);
  } catch (error) {
    return unreachableNetwork(observedAtMs, deviceErrorText(error, ctx));
  }
  const listed = await collect('fabrics', (c, page) => system.listFabrics(c, page), ctx);
  const { groups, warning } = await readRouting(system, ctx);
  const fabrics: SeenFabric[] = [];
  for (const fabric of listed.items) {
    const routed = routedWith(fabric, groups);
    fabrics.push({ ...(await readFabric(system, ctx, fabric)), ...(routed ? { routed } : {}) });
  }
  const warnings = warning ? { warnings: [warning] } : {};
  return { observedAtMs, trust: trustIn(listed.why, fabrics), identity, fabrics, ...warnings };
}

/** Nothing is zoned by it: that it can't be read is said, and holds nothing. */
async function readRouting(
  system: NetworkSystem,
  ctx: CallContext,
): Promise<{ readonly groups: readonly (readonly RoutedFabric[])[]; readonly warning?: Diagnostic }> {
  if (!system.readRouting || ctx.nowMs() >= ctx.deadlineMs) return { groups: [] };
  try {
    return { groups: await system.readRouting(ctx) };
  } catch (error) {
    const summary = `which fabrics are routed to each other could not be read: ${deviceErrorText(error, ctx)}`;
    return { groups: [], warning: { code: 'COPRHD-ZONE-008', severity: 'warning', summary } };
  }
}

export const unreachableNetwork = (observedAtMs: number, why: string): NetworkObservation => ({
  observedAtMs,
  trust: { level: 'unreachable', why },
  fabrics: [],
});

/** Of one fabric nothing follows for the others: each says for itself what could not be read. */
function trustIn(listing: string | undefined, fabrics: readonly SeenFabric[]): Trust {
  const unread = fabrics.flatMap(({ fabric, why }) => (why === undefined ? [] : [`${fabric.name}: ${why}`]));
  const problems = [...(listing === undefined ? [] : [listing]), ...unread];
  if (problems.length === 0) return { level: 'whole', why: '' };
  return { level: fabrics.length === 0 ? 'unreachable' : 'partial', why: problems.join('; ') };
}

async function readFabric(system: NetworkSystem, ctx: CallContext, fabric: FabricObservation): Promise<SeenFabric> {
  const { nativeId: id } = fabric;
  // First: what others change while the rest is read makes a plan on this fingerprint stale, and is not overwritten.
  const { zoning, why } = await readZoning(system, ctx, id);
  const endpoints = await collect('endpoints', (c, page) => system.listEndpoints(c, id, page), ctx);
  const aliases = await collectNamed('aliases', (c, page) => system.listAliases(c, id, page), ctx);
  const zones = await collectNamed('zones', (c, page) => system.listZones(c, id, page), ctx);
  const list: NetworkSystem['listConfigurations'] = (c, of, page) => system.listConfigurations(c, of, page);
  const configurations = await collectNamed('zone configurations', (c, page) => list(c, id, page), ctx);
  const failures = [why, endpoints.why, aliases.why, zones.why, configurations.why].filter(
    (each) => each !== undefined,
  );
  return {
    fabric,
    endpoints: endpoints.items,
    aliases: aliases.items,
    zones: zones.items,
    configurations: configurations.items,
    ...(zoning ? { zoning } : {}),
    ...(failures.length === 0 ? {} : { why: failures.join('; ') }),
  };
}

async function readZoning(
  system: NetworkSystem,
  ctx: CallContext,
  fabric: string,
): Promise<{ readonly zoning?: ZoningObservation; readonly why?: string }> {
  if (ctx.nowMs() >= ctx.deadlineMs) return { why: 'zoning not read: no time left' };
  try {
    return { zoning: await system.readZoning(ctx, fabric) };
  } catch (error) {
    return { why: `zoning not read: ${deviceErrorText(error, ctx)}` };
  }
}
