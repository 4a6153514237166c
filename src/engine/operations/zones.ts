/** `zone list` and `zone show`: zones that we made or use, as recorded and as the fabric has them. Reads only. */
import { compareText } from '../../lib/compare-text.ts';
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { groupBy } from '../../lib/group-by.ts';
import { nearest } from '../../lib/suggest.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import type { RecordedZoneMember } from '../model/specs.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { type ComparedState, stateOf } from '../zoning/compare-fabric.ts';
import { fabricIndex } from '../zoning/fabric-index.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import { fabricNetworks, isChanging, type LookedAt, lookAtNetworks, type RecordedZone } from './looking-networks.ts';
import type { InputOf, ResultOf } from './types.ts';
import { exportsOfMask, inventoryOf, maskWords, memberNamer, type Owner } from './zone-naming.ts';
import type { ListedZone, NamedMember, ShownZone } from './zone-types.ts';

export async function zoneList(
  call: Call,
  { network, refresh = 'auto' }: InputOf<'zone.list'>,
): Promise<ResultOf<'zone.list'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const wanted = await networksNamed(loader, network);
    const { networks, diagnostics } = await lookAtNetworks(call, loader, wanted, refresh);
    const { result: zones } = await withView(loader, (view) => {
      const inventory = inventoryOf(view);
      return networks.flatMap((looked) => listedZones(view, looked, inventory));
    });
    return {
      outcome: 'ok',
      diagnostics: diagnostics.map(asWarning),
      networks: networks.map(({ summary }) => summary),
      zones,
    };
  } finally {
    loader.close();
  }
}

/** What can't be read hides nothing of what is recorded. */
const asWarning = (diagnostic: Diagnostic): Diagnostic => ({ ...diagnostic, severity: 'warning' });

/** The one that is named, or all fabrics. Throws what is wrong with the name. */
export async function networksNamed(
  loader: ViewLoader,
  name: string | undefined,
): Promise<(view: RecordedView) => readonly ResourceRecord<'network'>[]> {
  if (name === undefined) return fabricNetworks;
  const { result: found } = await withView(loader, (view) => findResource(view, name, ['network']));
  if ('problem' in found) return fail('error', found.problem);
  const { urn } = found.recorded.record;
  return (view) => fabricNetworks(view).filter((network) => network.urn === urn);
}

/** One of the same name for several masks is one. In order of name. */
function listedZones(view: RecordedView, looked: LookedAt, inventory: ReadonlyMap<string, Owner>): ListedZone[] {
  return [...groupBy(looked.zones, ({ zoneName }) => zoneName).values()]
    .map((zones) => listed(view, looked, zones, inventory))
    .sort((a, b) => compareText(a.zone, b.zone));
}

function listed(
  view: RecordedView,
  looked: LookedAt,
  zones: readonly RecordedZone[],
  inventory: ReadonlyMap<string, Owner>,
): ListedZone {
  const { zoneName, kind, existing } = zones[0]!;
  const namer = memberNamer(inventory, looked.context?.seen);
  const members = new Map(zones.flatMap((zone) => zone.members.map((member) => [keyOf(member), member] as const)));
  const masks = [...new Set(zones.map(({ mask }) => mask))];
  return {
    network: looked.network.name,
    zone: zoneName,
    kind,
    origin: existing ? 'existing' : 'made',
    state: worstState(looked, zones),
    members: [...members.values()].map(namer.recorded),
    masks: masks.map((mask) => maskWords(view, mask)).sort(),
    exports: [...new Set(masks.flatMap((mask) => exportsOfMask(view, mask)))].sort(),
    urns: zones.map(({ record }) => record.urn).sort(),
  };
}

const keyOf = ({ portName, role }: RecordedZoneMember): string => `${portName} ${role ?? ''}`;

const WORST: readonly ComparedState[] = ['missing', 'changed', 'foreign', 'same'];

function worstState({ context, pathsOf }: LookedAt, zones: readonly RecordedZone[]): ListedZone['state'] {
  if (!context) return 'unknown';
  if (zones.some(isChanging)) return 'changing';
  const states = zones.map((zone) => stateOf(context, zone, pathsOf));
  return WORST.find((state) => states.includes(state as (typeof states)[number]))!;
}

export async function zoneShow(
  call: Call,
  { name, network, refresh = 'full' }: InputOf<'zone.show'>,
): Promise<ResultOf<'zone.show'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const asked = await networksNamed(loader, network);
    const { result: recorded } = await withView(loader, (view) => {
      const zones = view.all('zone').filter(({ record }) => record.status.phase !== 'deleted');
      return {
        in: new Set(
          zones.filter(({ record }) => record.spec.zoneName === name).map(({ record }) => record.spec.network),
        ),
        names: zones.map(({ record }) => record.spec.zoneName),
      };
    });
    // One that isn't recorded may be anywhere.
    const wanted = (view: RecordedView) =>
      recorded.in.size === 0 ? asked(view) : asked(view).filter(({ urn }) => recorded.in.has(urn));
    const { networks, diagnostics } = await lookAtNetworks(call, loader, wanted, refresh);
    const { result: zones } = await withView(loader, (view) => {
      const inventory = inventoryOf(view);
      return networks.flatMap((looked) => shownZone(view, looked, name, inventory));
    });
    const summaries = networks.map(({ summary }) => summary);
    if (zones.length === 0) return notFound(name, recorded.names, networks, diagnostics);
    return { outcome: 'ok', diagnostics: diagnostics.map(asWarning), networks: summaries, zones };
  } finally {
    loader.close();
  }
}

function notFound(
  name: string,
  names: readonly string[],
  networks: readonly LookedAt[],
  diagnostics: readonly Diagnostic[],
): ResultOf<'zone.show'> {
  const guess = nearest(name, [...new Set(names)]);
  const unread = networks.filter(({ context }) => !context).map((looked) => looked.network.name);
  const doubt = unread.length === 0 ? {} : { detail: `not read: ${unread.join(', ')}` };
  const fix = guess === undefined ? 'coprhd zone list' : `did you mean ${guess}?`;
  const missing: Diagnostic = {
    ...{
      code: 'COPRHD-STATE-005',
      severity: 'error',
      summary: `no zone ${name} is recorded, and no fabric has one`,
      fix,
    },
    ...doubt,
  };
  return {
    outcome: 'error',
    diagnostics: [...diagnostics, missing],
    networks: networks.map(({ summary }) => summary),
    zones: [],
  };
}

function shownZone(
  view: RecordedView,
  looked: LookedAt,
  name: string,
  inventory: ReadonlyMap<string, Owner>,
): ShownZone[] {
  const records = looked.zones.filter(({ zoneName }) => zoneName === name);
  const onFabric = fabricSide(looked, name, inventory);
  if (records.length > 0) return [{ ...listed(view, looked, records, inventory), ...(onFabric ? { onFabric } : {}) }];
  if (!onFabric) return [];
  const { kind } = fabricIndex(looked.context!.seen).zones.get(name)!;
  const members: readonly NamedMember[] = onFabric.defined ?? onFabric.effective ?? [];
  return [
    {
      ...{ network: looked.network.name, zone: name, kind, origin: 'foreign', state: 'foreign', members },
      ...{ masks: [], exports: [], urns: [], onFabric },
    },
  ];
}

function fabricSide({ context }: LookedAt, name: string, inventory: ReadonlyMap<string, Owner>): ShownZone['onFabric'] {
  const found = context && fabricIndex(context.seen).zones.get(name);
  if (!found) return undefined;
  const { seen } = context;
  const namer = memberNamer(inventory, seen);
  const { effectiveConfiguration } = seen.zoning ?? {};
  return {
    fabric: seen.fabric.name,
    configurations: found.configurations,
    ...(effectiveConfiguration === undefined ? {} : { effectiveConfiguration }),
    ...(found.defined ? { defined: found.defined.map(namer.seen) } : {}),
    ...(found.effective ? { effective: found.effective.map(namer.seen) } : {}),
  };
}
