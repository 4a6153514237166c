/**
 * Resources made, changed and removed by name, without a file. What is asked for is checked, planned and applied as if a
 * file said it; it belongs to who asked (owner `api`), and no stack's plan ever removes it.
 */
import { fail, hasErrors } from '../../lib/diagnostic.ts';
import type { DesiredGraph } from '../config/desired.ts';
import { loadPlan } from '../config/load.ts';
import { resolveReferences } from '../config/references.ts';
import { COLLECTIONS } from '../config/schema/document.ts';
import { foldName, NO_STACK } from '../model/address.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { parseSize, SIZE_UNITS } from '../model/size.ts';
import { uuidOf } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { changeByName, removeByName } from '../planner/by-name.ts';
import type { WantedSystem } from '../planner/systems.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import type { ListedByName } from './by-name-types.ts';
import type { Call } from './engine.ts';
import { type PlanReport, planReport, withoutSpans } from './one-shot.ts';
import { planOrder } from './planning.ts';
import type { InputOf, ResultOf } from './types.ts';

export async function resourceCreate(call: Call, input: InputOf<'resource.create'>): Promise<PlanReport> {
  const { kind, project, resources } = input;
  const { key, declaredIn } = COLLECTIONS.find((collection) => collection.kind === kind)!;
  if ((declaredIn === 'stack') !== (project !== undefined)) {
    fail('usage', {
      code: 'COPRHD-USAGE-001',
      summary: declaredIn === 'stack' ? `a ${kind} is made in a project` : `a ${kind} is in no project`,
      fix: declaredIn === 'stack' ? 'name the project' : 'leave the project out',
    });
  }
  const header = project === undefined ? {} : { project };
  const document = { kind: declaredIn, stack: 'by-name', ...header, [key]: resources };
  const operation = `${kind} create`;
  const texts = [{ file: 'by-name.yaml', text: JSON.stringify(document) }];
  const { graph, diagnostics } = loadPlan(texts, { variables: {} });
  if (hasErrors(diagnostics)) return { outcome: 'error', diagnostics: withoutSpans(diagnostics) };
  return planned(call, async (loader) => {
    const own = ownGraph(graph, `<${operation}>`);
    const references = (await withView(loader, (view) => resolveReferences(own, view))).result;
    if (hasErrors(references.diagnostics)) return { diagnostics: references.diagnostics };
    const order = { operation, graph: own, texts: [], options: {}, additive: true, apiOwned: true };
    return planOrder(call, loader, order, references.bindings);
  });
}

/** In no stack and no file. */
function ownGraph({ stacks }: DesiredGraph, file: string): DesiredGraph {
  const own = stacks.map((stack) => ({
    ...stack,
    stack: NO_STACK,
    files: [],
    nodes: new Map([...stack.nodes].map(([address, node]) => [address, { ...node, file }])),
  }));
  return { stacks: own };
}

export async function resourceRemove(call: Call, input: InputOf<'resource.remove'>): Promise<PlanReport> {
  return planned(call, async (loader) => {
    const named = await findAll(loader, input.addresses);
    return planOrder(call, loader, {
      operation: 'remove',
      graph: { stacks: [] },
      texts: [],
      options: input.attestOffline === undefined ? {} : { attestOffline: input.attestOffline },
      apiOwned: true,
      alsoObserve: (view) => named.flatMap(({ record }) => systemsUnder(view, record.record)),
      draw: (draft) => {
        const now = named.flatMap(({ record, address }) => {
          const found = draft.input.view.get(record.record.urn);
          return found && isLive(found.record) ? [{ record: found, address }] : [];
        });
        removeByName(draft, now, input.forget ?? false);
      },
    });
  });
}

export async function volumeChange(call: Call, input: InputOf<'volume.change'>): Promise<PlanReport> {
  const { address: text, size, ...rest } = input;
  const change = { ...rest, sizeBytes: size === undefined ? undefined : bytesOf(size) };
  return planned(call, async (loader) => {
    const [named] = (await findAll(loader, [text], 'volume')) as [Named];
    const { address, record } = named;
    return planOrder(call, loader, {
      operation: 'volume change',
      graph: { stacks: [] },
      texts: [],
      options: {},
      apiOwned: true,
      alsoObserve: (view) => systemsUnder(view, record.record),
      draw: (draft) => {
        const now = draft.input.view.get<'volume'>(record.record.urn);
        if (now) changeByName(draft, { ...now, address }, change);
      },
    });
  });
}

async function planned(call: Call, make: (loader: ViewLoader) => ReturnType<typeof planOrder>): Promise<PlanReport> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const result = await make(loader);
    return planReport({ ...result, diagnostics: withoutSpans(result.diagnostics) });
  } finally {
    loader.close();
  }
}

function bytesOf(size: string | number): number {
  if (typeof size === 'number') return size;
  const parsed = parseSize(size);
  if (parsed.ok) return parsed.bytes;
  const like = parsed.reason === 'decimal-unit' ? parsed.suggestion : '100GiB';
  const summary = `${JSON.stringify(size)} is not a size`;
  return fail('usage', {
    code: 'COPRHD-USAGE-001',
    summary,
    fix: `write it as ${like}; units are ${SIZE_UNITS.join(', ')}`,
  });
}

interface Named {
  readonly record: VersionedRecord;
  readonly address: string;
}

/** Each of them; a name that isn't there, or is more than one, is an error of the whole request. */
async function findAll(loader: ViewLoader, addresses: readonly string[], kind?: 'volume'): Promise<Named[]> {
  const { result } = await withView(loader, (view) => addresses.map((address) => findResource(view, address, kind)));
  const found = new Map<string, Named>();
  for (const one of result) {
    if ('problem' in one) return fail('error', one.problem);
    found.set(one.recorded.record.urn, { record: one.recorded, address: one.address });
  }
  return [...found.values()];
}

/** The storage systems that a removal or growth calls. */
function systemsUnder(view: RecordedView, record: ResourceRecord): WantedSystem[] {
  const volumes =
    record.kind === 'export'
      ? view.inScope('lunMap', uuidOf(record.urn)).map(({ record: map }) => view.get<'volume'>(map.spec.volume)?.record)
      : record.kind === 'volume'
        ? [record as ResourceRecord<'volume'>]
        : [];
  const systems = new Set(volumes.flatMap((volume) => volume?.status.device?.system ?? []));
  return [...systems].flatMap((urn) => {
    const system = view.get<'storageSystem'>(urn)?.record;
    return system ? [{ name: system.name, urn }] : [];
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
          ...(record.kind === 'volume' ? { sizeBytes: (record as ResourceRecord<'volume'>).spec.sizeBytes } : {}),
        },
      ];
    });
  });
  return { outcome: 'ok', diagnostics: [], resources: result };
}

/** A project's own, and a host's. */
function tenantOf(record: ResourceRecord): ResourceRecord['urn'] | undefined {
  const { tenant } = record.spec as { readonly tenant?: ResourceRecord['urn'] };
  return tenant ?? record.scope.tenant;
}
