/** `path rebalance` and `port replace`: paths that are exchanged because somebody asks for it. One-shot plans. */
import { compareText } from '../../lib/compare-text.ts';
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { Draft } from '../planner/draft.ts';
import type { PathChoice } from '../planner/fabric-paths.ts';
import { networkSystemsOfHost } from '../planner/fabrics-needed.ts';
import { type MaskContext, makeContext } from '../planner/masks.ts';
import { type Adjustment, adjustHost, moved, rebalanced, type Wanted } from '../planner/path-adjusting.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import { type PlanReport, planReport } from './one-shot.ts';
import type { Exchange, PathOperations } from './path-types.ts';
import { planOrder } from './planning.ts';
import { findPart } from './registering.ts';

type Verb<N extends keyof PathOperations> = (
  call: Call,
  input: PathOperations[N]['input'],
) => Promise<PathOperations[N]['result']>;

/** Masks by the host that they are of. */
type Masks = ReadonlyMap<Urn, readonly ResourceRecord<'exportMask'>[]>;

type Resolved =
  | { readonly masks: Masks; readonly wantedOf: (draft: Draft, choice: PathChoice) => Wanted }
  | { readonly problem: Omit<Diagnostic, 'severity'> };

interface Asked {
  readonly operation: string;
  /** Called again and again while the view is loaded; only its last answer counts. */
  readonly resolve: (view: RecordedView) => Resolved;
  readonly how: Exchange;
}

export const pathRebalance: Verb<'path.rebalance'> = (call, { address, ...how }) => {
  const resolve = (view: RecordedView): Resolved => {
    const found = findResource(view, address, ['export']);
    if ('problem' in found) return found;
    const wantedOf = (draft: Draft, choice: PathChoice) => rebalanced(choice, draft.input.nowMs);
    return { masks: fibreChannel(masksOfExport(view, found.recorded.record.urn)), wantedOf };
  };
  return adjust(call, { operation: 'path rebalance', resolve, how });
};

export const portReplace: Verb<'port.replace'> = (call, { from, to, ...how }) => {
  const resolve = (view: RecordedView): Resolved => {
    const [one, two] = [findPart(view, 'port', from), findPart(view, 'port', to)];
    if ('problem' in one) return one;
    if ('problem' in two) return two;
    const [old, other] = [one.child, two.child];
    const isSame = old.record.urn === other.record.urn;
    if (isSame || old.record.spec.system !== other.record.spec.system) {
      const summary = isSame ? `${from} can't replace itself` : `${from} and ${to} are not of one storage system`;
      return { problem: { code: 'COPRHD-PATH-007', summary, fix: 'coprhd port list' } };
    }
    const used = new Set<Urn>();
    for (const { record } of view.all('path')) {
      if (isLive(record) && record.spec.port === old.record.urn) used.add(record.spec.mask);
    }
    const wantedOf = (_draft: Draft, choice: PathChoice) => moved(choice, old.record.urn, other.record);
    return { masks: fibreChannel([...used].flatMap((urn) => liveMask(view, urn))), wantedOf };
  };
  return adjust(call, { operation: 'port replace', resolve, how });
};

async function adjust(
  call: Call,
  { operation, resolve, how: { remove = false, activatePending = false } }: Asked,
): Promise<PlanReport & { adjustments: readonly Adjustment[] }> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const { result: first } = await withView(loader, resolve);
    if ('problem' in first) return fail('error', first.problem);
    const masksIn = (view: RecordedView): Masks => {
      const found = resolve(view);
      return 'problem' in found ? new Map() : found.masks;
    };
    let adjustments: Adjustment[] = [];
    const result = await planOrder(call, loader, {
      operation,
      graph: { stacks: [] },
      texts: [],
      options: activatePending ? { activatePending } : {},
      alsoObserve: (view) => systemsOf(view, masksIn(view)),
      alsoObserveNetworks: (view) => [...masksIn(view).keys()].flatMap((host) => networkSystemsOfHost(host, view)),
      draw: (draft) => {
        const { view } = draft.input;
        const found = resolve(view);
        adjustments = [];
        if ('problem' in found) return;
        const hosts = [...found.masks].flatMap(([urn, own]) => {
          const host = draft.get<'host'>(urn);
          return host ? [{ host, own }] : [];
        });
        for (const { host, own } of hosts.sort((a, b) => compareText(a.host.name, b.host.name))) {
          const contexts = own
            .map((mask) => makeContext(draft, host, mask.spec.system))
            .filter((context): context is MaskContext => context !== undefined);
          const wantedOf = (choice: PathChoice) => found.wantedOf(draft, choice);
          adjustments.push(...adjustHost(draft, host, contexts, wantedOf, remove));
        }
      },
    });
    return { ...planReport(result), adjustments: result.plan ? adjustments : [] };
  } finally {
    loader.close();
  }
}

const liveMask = (view: RecordedView, urn: Urn): ResourceRecord<'exportMask'>[] => {
  const record = view.get<'exportMask'>(urn)?.record;
  return record && isLive(record) ? [record] : [];
};

function masksOfExport(view: RecordedView, urn: Urn): ResourceRecord<'exportMask'>[] {
  const used = new Set<Urn>();
  for (const { record } of view.inScope('lunMap', uuidOf(urn))) if (isLive(record)) used.add(record.spec.mask);
  return [...used].flatMap((mask) => liveMask(view, mask));
}

/** Over IP a host finds its paths by itself. */
function fibreChannel(masks: readonly ResourceRecord<'exportMask'>[]): Masks {
  const byHost = new Map<Urn, ResourceRecord<'exportMask'>[]>();
  for (const mask of masks.filter(({ spec }) => spec.transport === 'fc')) {
    byHost.set(mask.spec.host, [...(byHost.get(mask.spec.host) ?? []), mask]);
  }
  return byHost;
}

function systemsOf(view: RecordedView, masks: Masks) {
  const urns = new Set([...masks.values()].flat().map(({ spec }) => spec.system));
  return [...urns].flatMap((urn) => {
    const record = view.get<'storageSystem'>(urn)?.record;
    return record && isLive(record) ? [{ name: record.name, urn }] : [];
  });
}
