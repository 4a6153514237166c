/**
 * Resources made, listed and removed by name, without a file. What is asked for is checked, planned and applied as if a
 * file said it; it belongs to who asked (owner `api`), and no stack's plan ever removes it.
 */
import { compareText } from '../../lib/compare-text.ts';
import { fail } from '../../lib/diagnostic.ts';
import { COLLECTIONS } from '../config/schema/document.ts';
import { foldName } from '../model/address.ts';
import { heldSince, isOnArray, type SnapshotFacts, snapshotFacts, sourceOf } from '../model/on-array.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { addressOf } from '../observe/addresses.ts';
import { removeByName } from '../planner/by-name.ts';
import { endSources } from '../planner/copy-sources.ts';
import { withView } from '../state/view.ts';
import {
  attestationsIn,
  findAll,
  loadBodies,
  planBodies,
  planned,
  stillAsRead,
  systemsUnder,
} from './by-name-plans.ts';
import type { ListedByName } from './by-name-types.ts';
import type { Call } from './engine.ts';
import type { PlanReport } from './one-shot.ts';
import { planOrder } from './planning.ts';
import type { InputOf, ResultOf } from './types.ts';

export async function resourceCreate(call: Call, input: InputOf<'resource.create'>): Promise<PlanReport> {
  const { kind, project, resources } = input;
  const { declaredIn } = COLLECTIONS.find((collection) => collection.kind === kind)!;
  if ((declaredIn === 'stack') !== (project !== undefined)) {
    fail('usage', {
      code: 'COPRHD-USAGE-001',
      summary: declaredIn === 'stack' ? `a ${kind} is made in a project` : `a ${kind} is in no project`,
      fix: declaredIn === 'stack' ? 'name the project' : 'leave the project out',
    });
  }
  const operation = `${kind} create`;
  const loaded = loadBodies({ kind, project, resources }, operation);
  return planned(
    call,
    async (loader) => ('graph' in loaded ? planBodies(call, loader, { operation, graph: loaded.graph }) : loaded),
    `${operation} ${project ?? ''}`,
  );
}

export async function resourceRemove(call: Call, input: InputOf<'resource.remove'>): Promise<PlanReport> {
  return planned(call, async (loader) => {
    const named = await findAll(loader, input.addresses);
    stillAsRead(named, input.ifRevisions);
    return planOrder(call, loader, {
      operation: 'remove',
      graph: { stacks: [] },
      texts: [],
      options: attestationsIn(input),
      apiOwned: true,
      alsoObserve: (view) => named.flatMap(({ record }) => systemsUnder(view, record.record)),
      draw: (draft) => {
        const now = named.flatMap(({ record, address }) => {
          const found = draft.input.view.get(record.record.urn);
          return found && isLive(found.record) ? [{ record: found, address }] : [];
        });
        removeByName(draft, now, { forget: input.forget ?? false, force: input.force ?? false });
        endSources(
          draft,
          now.map(({ record }) => record.record),
        );
      },
    });
  });
}

export async function resourceList(
  { engine }: Call,
  input: InputOf<'resource.list'>,
): Promise<ResultOf<'resource.list'>> {
  const { result } = await withView(engine.store, (view) => {
    const nameOf = (urn: ResourceRecord['urn'] | undefined) => urn && view.get(urn)?.record.name;
    const isNamed = (name: string | undefined, wanted: string | undefined) =>
      wanted === undefined || (name !== undefined && foldName(name) === foldName(wanted));
    return view.all(input.kind).flatMap(({ record, revision }): ListedByName[] => {
      if (!isLive(record)) return [];
      const [project, tenant] = [nameOf(record.scope.project), nameOf(tenantOf(record))];
      if (!isNamed(project, input.project) || !isNamed(tenant, input.tenant)) return [];
      const { owner } = record;
      return [
        {
          address: addressOf(record),
          kind: record.kind,
          urn: record.urn,
          phase: record.status.phase,
          revision,
          name: record.name,
          ...(project === undefined ? {} : { project }),
          ...(tenant === undefined ? {} : { tenant }),
          owner: owner.type === 'stack' ? owner.name : owner.type === 'api' ? owner.user : 'engine',
          ...(isOnArray(record) ? { sizeBytes: record.spec.sizeBytes, ...copyFacts(view, record) } : {}),
        },
      ];
    });
  });
  const resources = [...result].sort((a, b) => compareText(a.address, b.address));
  return { outcome: 'ok', diagnostics: [], resources };
}

function copyFacts(
  view: RecordedView,
  record: ResourceRecord,
): Pick<ListedByName, 'of' | 'detached' | 'continuous' | 'set' | keyof SnapshotFacts> {
  const source = sourceOf(record);
  if (source === undefined) return {};
  const other = view.get(source)?.record;
  const { detached, continuous, set } = record.spec as { detached?: boolean; continuous?: true; set?: string };
  return {
    of: other ? addressOf(other) : source,
    ...(detached ? { detached } : {}),
    ...(continuous ? { continuous } : {}),
    ...(record.kind === 'snapshot' ? snapshotFacts(record) : heldSince(record)),
    ...(set === undefined ? {} : { set }),
  };
}

/** A project's own, and a host's. */
function tenantOf(record: ResourceRecord): ResourceRecord['urn'] | undefined {
  const { tenant } = record.spec as { readonly tenant?: ResourceRecord['urn'] };
  return tenant ?? record.scope.tenant;
}
