/** What the parts of import by pattern share: the look at the system, and plan text made of it. Internal to the operation. */
import { fail, hasErrors } from '../../lib/diagnostic.ts';
import { createComplaints } from '../config/complaints.ts';
import { formatPlanText } from '../config/format.ts';
import { loadPlan } from '../config/load.ts';
import { resolveReferences } from '../config/references.ts';
import { foldName } from '../model/address.ts';
import type { KindName } from '../model/kinds.ts';
import { allOnArray } from '../model/on-array.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import { uuidOf } from '../model/urn.ts';
import type { SystemObservation } from '../observe/observation.ts';
import type { PlannerInput } from '../planner/draft.ts';
import { makePlan, type PlanResult } from '../planner/make-plan.ts';
import { type ViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import type { ImportMatchInput } from './import-types.ts';
import { plannerInput } from './planning.ts';

const FILE = 'import.yaml';

export interface ImportLook {
  readonly loader: ViewLoader;
  readonly base: Omit<PlannerInput, 'view'>;
  readonly system: ResourceRecord<'storageSystem'>;
  readonly observation: SystemObservation;
}

/** A volume with the name it would have. */
export interface Wanted {
  readonly volume: SystemObservation['volumes'][number];
  readonly name: string;
}

/** Looks at the storage system now. Fails where not all of it could be read. */
export async function lookToImport(
  call: Call,
  loader: ViewLoader,
  system: ResourceRecord<'storageSystem'>,
): Promise<ImportLook> {
  const alsoObserve = () => [{ name: system.name, urn: system.urn }];
  const order = { operation: 'import', graph: { stacks: [] }, texts: [], options: {}, additive: true, alsoObserve };
  const base = await plannerInput(call, loader, order, new Map());
  const { observation } = base.observed.get(foldName(system.name))!;
  const { level, why } = observation.trust;
  if (level === 'whole') return { loader, base, system, observation };
  const summary = `storage system ${system.name} is ${level}: ${why}`;
  return fail('error', { code: 'COPRHD-DEVICE-001', summary, fix: `coprhd drift --system ${system.name}` });
}

export async function recordedAs<K extends KindName>(
  loader: ViewLoader,
  kind: K,
  name: string,
): Promise<ResourceRecord<K>> {
  const { result } = await withView(loader, (view) => findResource(view, name, kind));
  return 'problem' in result ? fail('error', result.problem) : (result.recorded.record as ResourceRecord<K>);
}

/** Of volumes. */
export function namesInProject(view: RecordedView, project: string): string[] {
  const record = view.byName('project', ZONE, project)?.record;
  return record ? view.inScope('volume', uuidOf(record.urn)).map((found) => found.record.name) : [];
}

/** What a plan of this text would be, by what was seen already. */
export async function planText({ loader, base }: ImportLook, text: string): Promise<PlanResult> {
  const { graph, diagnostics } = loadPlan([{ file: FILE, text }], { variables: {} });
  if (hasErrors(diagnostics)) return { diagnostics };
  const references = (await withView(loader, (view) => resolveReferences(graph, view))).result;
  if (hasErrors(references.diagnostics)) return { diagnostics: references.diagnostics };
  const { bindings } = references;
  return (await withView(loader, (view) => makePlan({ ...base, graph, bindings, view }))).result;
}

/** As `coprhd fmt` would leave it. */
export const inOneForm = (text: string): string => formatPlanText({ file: FILE, text }, createComplaints()) ?? text;

export const stackOf = ({ stack, what }: ImportMatchInput): string =>
  stack ?? (what === 'hosts' ? 'imported-hosts' : 'imported');

/** Bare where YAML takes it for text in any case. */
export const quoted = (text: string): string =>
  /^[A-Za-z][A-Za-z0-9_.-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);

/** Native ids of live records on this system. */
export function recordedIds(
  view: RecordedView,
  kind: 'volume' | 'exportMask',
  system: ResourceRecord<'storageSystem'>,
): Set<string> {
  const records: readonly VersionedRecord[] = kind === 'volume' ? allOnArray(view) : view.all(kind);
  const ids = records.flatMap(({ record }) => {
    const { phase, device } = record.status;
    return phase !== 'deleted' && device?.system === system.urn ? [device.nativeId] : [];
  });
  return new Set(ids);
}
