/** `zone diff`: records against fabrics, and what is saved against what is in effect. `zone verify`: whether paths are open. Reads only. */

import { compareText } from '../../lib/compare-text.ts';
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { foreignZones, type PathEnds, stateOf, unsavedZones } from '../zoning/compare-fabric.ts';
import { fabricIndex } from '../zoning/fabric-index.ts';
import { loginOf, openZones, type PathProblem, pathProblems } from '../zoning/in-effect.ts';
import type { OurZone, ZoningContext } from '../zoning/types.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import {
  fabricNetworks,
  isChanging,
  type LookedAt,
  lookAtNetworks,
  networksOfMasks,
  type RecordedPath,
  zonedNetworks,
} from './looking-networks.ts';
import type { InputOf, ResultOf } from './types.ts';
import { exportsOfMask, inventoryOf, memberNamer, type Owner } from './zone-naming.ts';
import type { DifferentZone, VerifiedPath, ZoneDifference } from './zone-types.ts';
import { networksNamed } from './zones.ts';

export async function zoneDiff(call: Call, { network }: InputOf<'zone.diff'>): Promise<ResultOf<'zone.diff'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const wanted = network === undefined ? zonedNetworks : await networksNamed(loader, network);
    const { networks, diagnostics } = await lookAtNetworks(call, loader, wanted);
    const { result: fabrics } = await withView(loader, (view) => {
      const inventory = inventoryOf(view);
      return networks.flatMap((looked) => difference(view, looked, inventory));
    });
    const differs = fabrics.some(
      ({ zones, unsavedCount }) =>
        unsavedCount > 0 || zones.some(({ state }) => state === 'missing' || state === 'changed'),
    );
    const outcome = differs ? 'changes' : networks.some(({ context }) => !context) ? 'error' : 'ok';
    return { outcome, diagnostics: [...diagnostics, ...unzoned(networks)], networks: summaries(networks), fabrics };
  } finally {
    loader.close();
  }
}

const summaries = (networks: readonly LookedAt[]) => networks.map(({ summary }) => summary);

/** Named, but nobody reads it. */
const unzoned = (networks: readonly LookedAt[]): Diagnostic[] =>
  networks
    .filter(({ system }) => !system)
    .map(({ network }) => ({
      code: 'COPRHD-PATH-006',
      severity: 'warning',
      summary: `nothing is known of the zones of network ${network.name}: no network system reads it`,
      fix: 'name its networkSystem in the plan file',
    }));

function difference(
  view: RecordedView,
  { network, context, zones, paths, pathsOf }: LookedAt,
  inventory: ReadonlyMap<string, Owner>,
): ZoneDifference[] {
  if (!context) return [];
  const { seen } = context;
  const namer = memberNamer(inventory, seen);
  const sides = (name: string) => {
    const found = fabricIndex(seen).zones.get(name);
    return {
      ...(found?.defined ? { defined: found.defined.map(namer.seen) } : {}),
      ...(found?.effective ? { effective: found.effective.map(namer.seen) } : {}),
    };
  };
  const ours = zones
    .filter((zone) => !isChanging(zone))
    .map((zone): DifferentZone => {
      const state = stateOf(context, zone, pathsOf);
      const compared = state === 'same' ? {} : { recorded: zone.members.map(namer.recorded), ...sides(zone.zoneName) };
      const origin = zone.existing ? 'existing' : 'made';
      return { zone: zone.zoneName, state, origin, ...compared, exports: exportsOfMask(view, zone.mask) };
    });
  const foreign = foreignZones(context, paths).map(
    ({ zone: { name }, joins }): DifferentZone => ({
      ...{ zone: name, state: 'foreign', origin: 'foreign', ...sides(name) },
      joins: joins.map(({ initiator, port }) => `${initiator} - ${port}`),
      exports: [...new Set(joins.flatMap(({ mask }) => exportsOfMask(view, mask)))].sort(),
    }),
  );
  const unsaved = unsavedZones(context);
  const { effectiveConfiguration, defaultZone, transaction } = seen.zoning!;
  return [
    {
      network: network.name,
      fabric: seen.fabric.name,
      ...(effectiveConfiguration === undefined ? {} : { effectiveConfiguration }),
      defaultZone,
      zones: [...ours, ...foreign].sort((a, b) => compareText(a.zone, b.zone)),
      unsaved: unsaved.zones,
      unsavedCount: unsaved.count,
      ...(transaction ? { transactionOwner: transaction.owner } : {}),
    },
  ];
}

export async function zoneVerify(call: Call, { target }: InputOf<'zone.verify'>): Promise<ResultOf<'zone.verify'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const { wanted, isAsked } = await verified(loader, target);
    const { networks, diagnostics } = await lookAtNetworks(call, loader, wanted);
    const { result: paths } = await withView(loader, (view) =>
      networks.flatMap((looked) =>
        looked.paths
          .filter((path) => isAsked(path) && !isChanging(path))
          .map((path) => verifiedPath(view, looked, path, networks)),
      ),
    );
    const has = (state: VerifiedPath['state']) => paths.some((path) => path.state === state);
    const unread = networks.some(({ context, system }) => !context && system);
    const outcome = has('closed') ? 'changes' : has('unknown') || unread ? 'error' : 'ok';
    const withPaths = networks.filter(({ network }) => paths.some((path) => path.network === network.name));
    const sorted = [...paths].sort((a, b) => compareText(orderOf(a), orderOf(b)));
    return {
      outcome,
      diagnostics: [...diagnostics, ...unzoned(withPaths)],
      networks: summaries(networks),
      paths: sorted,
    };
  } finally {
    loader.close();
  }
}

const orderOf = ({ network, host, initiator, system, port }: VerifiedPath): string =>
  [network, host, initiator, system, port].join(' ');

/** A network, or an export; nothing = all paths. */
async function verified(loader: ViewLoader, target: string | undefined) {
  const all = () => true;
  if (target === undefined) return { wanted: fabricNetworks, isAsked: all };
  const { result: found } = await withView(loader, (view) => findResource(view, target, ['network', 'export']));
  if ('problem' in found) return fail('error', found.problem);
  const { kind, urn } = found.recorded.record;
  if (kind === 'network') {
    return {
      wanted: (view: RecordedView) => fabricNetworks(view).filter((network) => network.urn === urn),
      isAsked: all,
    };
  }
  const { result: masks } = await withView(loader, (view) => masksOfExport(view, urn));
  return {
    wanted: (view: RecordedView) => networksOfMasks(view, masks, fabricNetworks),
    isAsked: ({ mask }: PathEnds) => masks.has(mask),
  };
}

const masksOfExport = (view: RecordedView, urn: Urn): ReadonlySet<Urn> =>
  new Set(
    view
      .inScope('lunMap', uuidOf(urn))
      .filter(({ record }) => record.status.phase !== 'deleted')
      .map(({ record }) => record.spec.mask),
  );

function verifiedPath(
  view: RecordedView,
  looked: LookedAt,
  path: RecordedPath,
  all: readonly LookedAt[],
): VerifiedPath {
  const { initiator, port, record } = path;
  const { context, network, summary } = looked;
  const mask = view.get<'exportMask'>(path.mask)?.record.spec;
  const nameOf = (urn: Urn | undefined) => (urn && view.get(urn)?.record.name) ?? urn ?? '';
  const problems = context ? pathProblems(context.seen, initiator, port) : [];
  return {
    network: network.name,
    host: nameOf(mask?.host),
    initiator,
    system: nameOf(mask?.system),
    port: nameOf(record.spec.port),
    portAddress: port,
    exports: exportsOfMask(view, path.mask),
    state: !context ? 'unknown' : problems.length === 0 ? 'open' : 'closed',
    problems,
    why: context ? problems.map((problem) => problemWords(context, path, problem, all)).join('; ') : summary.why,
    zones: context ? openZones(context.seen, initiator, port) : [],
  };
}

function problemWords(context: ZoningContext, path: PathEnds, problem: PathProblem, all: readonly LookedAt[]): string {
  const { seen, network } = context;
  const missing = (what: string, wwpn: string) => {
    const elsewhere = all.find(
      (other) => other.context && other.context.seen !== seen && loginOf(other.context.seen, wwpn),
    );
    const at = elsewhere ? `, but to ${elsewhere.network.name}` : '';
    return `${what} ${wwpn} is not logged in to ${network}${at}`;
  };
  if (problem === 'initiator-not-logged-in') return missing('initiator', path.initiator);
  if (problem === 'port-not-logged-in') return missing('port', path.port);
  const named = context.recorded
    .filter((zone) => zone.mask === path.mask && hasBoth(zone, path))
    .map(({ zoneName }) => zoneName);
  const recorded = named.length === 0 ? '' : ` (recorded: ${named.join(', ')})`;
  return `no zone in effect joins them${recorded}`;
}

const hasBoth = ({ members }: OurZone, { initiator, port }: PathEnds): boolean =>
  [initiator, port].every((end) => members.some(({ portName }) => portName === end));
