/**
 * What was decided about the paths and zones of a mask, as data with names: in the plan, and for `explain`. The ports that were not taken
 * are grouped with counts, and the nearest kept; `explain` computes all of them again.
 */
import { compareText } from '../../lib/compare-text.ts';
import { groupBy } from '../../lib/group-by.ts';
import type { Urn } from '../model/urn.ts';
import type { PathPlan, PathRules, PortRejection } from '../paths/types.ts';
import type { Draft } from './draft.ts';
import type { FabricPath, FabricPaths } from './fabric-paths.ts';
import type { MaskZoning } from './mask-zoning.ts';
import type { MaskContext } from './masks.ts';

/** By names, but for the initiator's WWPN. */
export interface DecidedPath {
  readonly initiator: string;
  readonly port: string;
  readonly network: string;
}

export type ChosenPort = Omit<PathPlan['chosen'][number], 'port'> & { readonly port: string };
export type PortMiss = Omit<PortRejection, 'port'> & { readonly port: string };

export interface DecidedZone {
  readonly network: string;
  readonly zone: string;
  /** `reused`: of others, was there. `again`: ours, and gone from the fabric. */
  readonly how: 'kept' | 'made' | 'again' | 'changed' | 'reused' | 'removed';
}

export interface PathDecision {
  /** Of the export that it was decided with; of the host where its initiators change. */
  readonly address: string;
  readonly mask: Urn;
  readonly host: string;
  readonly system: string;
  readonly virtualPool: string;
  readonly rules: PathRules;
  readonly kept: readonly DecidedPath[];
  readonly added: readonly DecidedPath[];
  readonly chosen: readonly ChosenPort[];
  readonly rejections: readonly { readonly rule: string; readonly count: number }[];
  readonly nearestMisses: readonly PortMiss[];
  /** Not taken either, and in no count. */
  readonly moreRejected: number;
  readonly shortfalls: readonly string[];
  readonly zones: readonly DecidedZone[];
}

const NEAREST_MAX = 3;

interface Decided {
  readonly address: string;
  readonly virtualPool: Urn;
  readonly paths: FabricPaths;
  readonly zoning: MaskZoning;
}

export function pathDecision(draft: Draft, context: MaskContext, decided: Decided): PathDecision {
  const { paths, plan } = decided.paths;
  const misses = portMisses(draft, plan.rejected);
  const pool = draft.get<'virtualPool'>(decided.virtualPool);
  const named = (some: readonly FabricPath[]) => some.map((path) => decidedPath(draft, path));
  return {
    address: decided.address,
    mask: context.urn,
    host: context.host.name,
    system: context.system.name,
    virtualPool: pool?.name ?? decided.virtualPool,
    rules: (pool?.spec.paths ?? { min: 1, max: 1, perInitiator: 1 }) as PathRules,
    kept: named(paths.filter(({ recorded }) => recorded)),
    added: named(paths.filter(({ recorded }) => !recorded)),
    chosen: chosenPorts(draft, plan.chosen),
    rejections: [...groupBy(misses, ({ rule }) => rule)].map(([rule, some]) => ({ rule, count: some.length })),
    nearestMisses: misses.slice(0, NEAREST_MAX),
    moreRejected: plan.moreRejected,
    shortfalls: plan.shortfalls,
    zones: decidedZones(decided.zoning),
  };
}

/** Of a mask that is planned, once: where it changes nothing there is nothing to say. */
export function notePathDecision(draft: Draft, context: MaskContext, address: string, virtualPool: Urn): void {
  const { paths, zoning } = context.fabric ?? {};
  if (!paths || !zoning) return;
  const changes = paths.ending.length > 0 || paths.paths.some(({ recorded }) => !recorded);
  if (!changes && !zoning.isNeeded) return;
  draft.pathDecisions.push(pathDecision(draft, context, { address, virtualPool, paths, zoning }));
}

const nameOf = (draft: Draft, urn: Urn): string => draft.get(urn)?.name ?? urn;

const decidedPath = (draft: Draft, { initiator, port, network }: FabricPath): DecidedPath => ({
  initiator: draft.get<'initiator'>(initiator)?.spec.portName ?? initiator,
  port: nameOf(draft, port),
  network: nameOf(draft, network),
});

export const chosenPorts = (draft: Draft, chosen: PathPlan['chosen']): ChosenPort[] =>
  chosen.map((each) => ({ ...each, port: nameOf(draft, each.port) }));

export const portMisses = (draft: Draft, rejected: readonly PortRejection[]): PortMiss[] =>
  rejected.map((each) => ({ ...each, port: nameOf(draft, each.port) }));

function decidedZones({ fabrics }: MaskZoning): DecidedZone[] {
  const inOrder = fabrics.toSorted((a, b) => compareText(a.fabric.network.name, b.fabric.network.name));
  return inOrder.flatMap(({ fabric: { network }, zones }) => {
    const all = [
      ...zones.keep.map((zone) => ({ zone, how: zone.existing ? ('reused' as const) : ('kept' as const) })),
      ...zones.add.map((zone) => ({ zone, how: zone.existing ? ('reused' as const) : ('made' as const) })),
      ...zones.repair.map((zone) => ({ zone, how: 'again' as const })),
      ...zones.change.map(({ to }) => ({ zone: to, how: 'changed' as const })),
      ...zones.remove.map((zone) => ({ zone, how: 'removed' as const })),
    ];
    return all.map(({ zone, how }) => ({ network: network.name, zone: zone.zoneName, how }));
  });
}
