/**
 * Recorded resources changed by name: what a plan file would say of each, with the change laid over it, is planned like a
 * file. What a file declares is changed there; but what a volume's file says of its size, protection and tags may be
 * overridden, and the next plan of the file shows it (planner/overriding.ts).
 */
import { type Diagnostic, fail } from '../../lib/diagnostic.ts';
import type { DeclarableKind } from '../config/desired.ts';
import { foldName } from '../model/address.ts';
import { kindEntry } from '../model/kinds.ts';
import type { ResourceRecord } from '../model/record.ts';
import { asDeclared } from '../planner/as-declared.ts';
import { withView } from '../state/view.ts';
import {
  attestationsIn,
  findAll,
  loadBodies,
  type Named,
  planBodies,
  planned,
  stillAsRead,
  systemsUnder,
} from './by-name-plans.ts';
import type { Call } from './engine.ts';
import type { PlanReport } from './one-shot.ts';
import { patched } from './patching.ts';
import type { InputOf } from './types.ts';

const OVERRIDABLE: ReadonlySet<string> = new Set(['size', 'protect', 'onRemove', 'tags']);

export async function resourceChange(call: Call, input: InputOf<'resource.change'>): Promise<PlanReport> {
  return planned(call, async (loader) => {
    const named = await findAll(loader, input.addresses);
    stillAsRead(named, input.ifRevisions);
    const kind = oneOf(named, ({ record }) => record.record.kind as DeclarableKind, 'kinds');
    if (input.rename !== undefined) mayBeRenamed(named);
    const projectUrn = oneOf(named, ({ record }) => record.record.scope.project, 'projects');
    const operation = `${kind} change`;
    const declared = named.flatMap(({ record, address }) => declaredElsewhere(record.record, address, input));
    if (declared.length > 0) return { diagnostics: declared };
    const { result: bodies } = await withView(loader, (view) => ({
      project: projectUrn && view.get(projectUrn)?.record.name,
      bodies: named.map(({ record }) => asDeclared(view, record.record)),
    }));
    const resources = Object.fromEntries(
      named.map((one, index) => [nameAfter(one, input), changed(one, bodies.bodies[index], input)]),
    );
    const changes = new Map(named.map((one) => [foldName(nameAfter(one, input)), one.record.record.urn]));
    const loaded = loadBodies({ kind, project: bodies.project, resources }, operation, changes);
    if (!('graph' in loaded)) return loaded;
    return planBodies(call, loader, {
      operation,
      graph: loaded.graph,
      options: attestationsIn(input),
      alsoObserve: (view) => named.flatMap(({ record }) => systemsUnder(view, record.record)),
    });
  });
}

const nameAfter = ({ record }: Named, { rename }: InputOf<'resource.change'>): string => rename ?? record.record.name;

function mayBeRenamed(named: readonly Named[]): void {
  const [only] = named;
  if (named.length === 1 && only!.record.record.kind === 'volume') return;
  fail('usage', {
    code: 'COPRHD-USAGE-001',
    summary: named.length > 1 ? 'one name is for one volume' : `a ${only!.record.record.kind} is not renamed by name`,
    fix: named.length > 1 ? 'rename them one after the other' : 'declare it in a plan file, and rename it there',
  });
}

function oneOf<T>(named: readonly Named[], what: (one: Named) => T, word: string): T {
  const found = new Set(named.map(what));
  if (found.size === 1) return [...found][0]!;
  return fail('usage', {
    code: 'COPRHD-USAGE-001',
    summary: `resources of ${found.size} ${word} can't be changed at once`,
    fix: 'change them one after the other',
  });
}

function changed(
  { record, address }: Named,
  body: Readonly<Record<string, unknown>> | undefined,
  input: InputOf<'resource.change'>,
): Readonly<Record<string, unknown>> {
  const { kind } = record.record;
  if (!body) {
    return fail('usage', {
      code: 'COPRHD-USAGE-001',
      summary: `a ${kind} is not changed by name`,
      fix: 'declare it in a plan file, and change it there',
    });
  }
  const result = patched(kind === 'export' ? ofSameSeers(body, input) : body, input);
  if (result.ok) return result.body;
  return fail('error', {
    code: 'COPRHD-STATE-005',
    summary: `${result.entry} is not in the ${result.list} of ${address}`,
    fix: `coprhd show ${address}`,
  });
}

/** An export of nobody is of hosts or of clusters as soon as one is added. */
function ofSameSeers(
  body: Readonly<Record<string, unknown>>,
  { add = {} }: InputOf<'resource.change'>,
): Readonly<Record<string, unknown>> {
  const { hosts, clusters, ...rest } = body as {
    readonly hosts?: readonly string[];
    readonly clusters?: readonly string[];
  };
  const isOfNobody = (hosts ?? clusters ?? []).length === 0;
  return isOfNobody && (add.hosts ?? add.clusters) !== undefined ? rest : body;
}

/** Why it is not changed so, if a file declares these fields of it. */
export function declaredElsewhere(
  { owner, kind, name, sourceFile }: ResourceRecord,
  address: string,
  { set = {}, add = {}, remove = {}, rename }: Omit<InputOf<'resource.change'>, 'addresses'>,
): Diagnostic[] {
  if (owner.type !== 'stack') return [];
  const fields = [...Object.keys(set), ...Object.keys(add), ...Object.keys(remove)];
  const fixed = [...new Set(fields)].filter((field) => !kindEntry(kind).holdsData || !OVERRIDABLE.has(field));
  if (fixed.length === 0 && rename === undefined) return [];
  return [
    {
      code: 'COPRHD-PLAN-009',
      severity: 'error',
      summary: `${address} is declared in ${sourceFile ?? `stack ${owner.name}`}, and is changed there`,
      fix:
        fixed.length > 0
          ? `change \`${fixed.join('`, `')}\` there and apply it`
          : `give it its new name there, with \`movedFrom: ${kind}.${name}\`, and apply it`,
      address,
    },
  ];
}
