/** `path rebalance` and `port replace`: paths that are exchanged because somebody asks for it. One-shot plans. */
import { compareText } from '../../lib/compare-text.ts';
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { ExactPaths } from '../paths/exact.ts';
import type { PathPair } from '../paths/types.ts';
import type { Draft } from '../planner/draft.ts';
import type { PathChoice } from '../planner/fabric-paths.ts';
import { networkSystemsOfHost } from '../planner/fabrics-needed.ts';
import { type MaskContext, makeContext } from '../planner/masks.ts';
import { type Adjustment, adjustHost, moved, ordered, rebalanced, type Wanted } from '../planner/path-adjusting.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import { exactPairs } from './naming-paths.ts';
import { type PlanReport, planReport } from './one-shot.ts';
import type { Among, Exchange, PathOperations } from './path-types.ts';
import { planOrder } from './planning.ts';
import { findPart } from './registering.ts';

type Verb<N extends keyof PathOperations> = (
  call: Call,
  input: PathOperations[N]['input'],
) => Promise<PathOperations[N]['result']>;

/** Masks by the host that they are of. */
type Masks = ReadonlyMap<Urn, readonly ResourceRecord<'exportMask'>[]>;

type Problem = { readonly problem: Omit<Diagnostic, 'severity'> };
type Resolved =
  | { readonly masks: Masks; readonly wantedOf: (draft: Draft, choice: PathChoice, context: MaskContext) => Wanted }
  | Problem;

interface Asked {
  readonly operation: string;
  /** Called again and again while the view is loaded; only its last answer counts. */
  readonly resolve: (view: RecordedView) => Resolved;
  readonly how: Exchange;
}

export const pathRebalance: Verb<'path.rebalance'> = (call, { address, exactly, among = {}, ...how }) => {
  const resolve = (view: RecordedView): Resolved => {
    const found = findResource(view, address, ['export']);
    if ('problem' in found) return found;
    const masks = masksAmong(view, found.recorded.record.urn, among);
    if ('problem' in masks) return masks;
    if (exactly) {
      const pairs = exactPairs(view, [...masks.values()].flat(), exactly);
      if ('problem' in pairs) return pairs;
      const wantedOf = (draft: Draft, choice: PathChoice, context: MaskContext) =>
        ordered(choice, ofMask(draft, context, pairs), draft.input.nowMs);
      return { masks, wantedOf };
    }
    const { min, ports, keep } = among;
    const narrowed = { min, keep, ...(ports ? { ports: new Set(ports as Urn[]) } : {}) };
    const wantedOf = (draft: Draft, choice: PathChoice) => rebalanced(choice, draft.input.nowMs, narrowed);
    return { masks, wantedOf };
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
  { operation, resolve, how: { remove = false, onlyAdd = false, activatePending = false } }: Asked,
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
          const wantedOf = (choice: PathChoice, context: MaskContext) => found.wantedOf(draft, choice, context);
          adjustments.push(
            ...adjustHost(
              draft,
              host,
              contexts,
              wantedOf,
              onlyAdd ? 'nothing' : remove ? 'all' : 'what carries nothing',
            ),
          );
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

/** Of what is asked for: one storage system, some hosts. */
function masksAmong(view: RecordedView, exported: Urn, { system, hosts }: Among): Masks | Problem {
  const found = system === undefined ? undefined : findResource(view, system, 'storageSystem');
  if (found && 'problem' in found) return found;
  const on = found?.recorded.record.urn;
  const masks = masksOfExport(view, exported).filter(
    ({ spec }) => (on === undefined || spec.system === on) && (hosts?.includes(spec.host) ?? true),
  );
  const byHost = fibreChannel(masks);
  const isNarrowed = system !== undefined || hosts !== undefined;
  if (byHost.size > 0 || !isNarrowed) return byHost;
  const of = [...(hosts ? ['these hosts'] : []), ...(system === undefined ? [] : [`storage system ${system}`])];
  const summary = `the export has no paths over Fibre Channel of ${of.join(' to ')}`;
  return { problem: { code: 'COPRHD-PATH-007', summary, fix: 'coprhd path list' } };
}

/** Of the named paths those of its host to its storage system. */
function ofMask(draft: Draft, { host, system }: MaskContext, { add, remove }: ExactPaths): ExactPaths {
  const isIts = ({ initiator, port }: PathPair) =>
    draft.get<'initiator'>(initiator)?.spec.host === host.urn && draft.get<'port'>(port)?.spec.system === system.urn;
  return { add: add.filter(isIts), remove: remove.filter(isIts) };
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
