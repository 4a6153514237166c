/**
 * `whatif`: the planner on a supposed estate. Looks at devices as a plan does, never at those that are supposed to be
 * lost; writes nothing.
 */

import { type Diagnostic, fail, hasErrors, OperationError, sortDiagnostics } from '../../lib/diagnostic.ts';
import type { DiagnosticCode } from '../../lib/diagnostic-codes.ts';
import type { Binding, DesiredGraph } from '../config/desired.ts';
import { foldName, NAME_PATTERN } from '../model/address.ts';
import type { KindName } from '../model/kinds.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { ZONE } from '../model/unique-names.ts';
import type { Urn } from '../model/urn.ts';
import { answerWhatIf } from '../planner/whatif/answer.ts';
import { concernedSystems, type Scenario } from '../planner/whatif/scenario.ts';
import { suppose } from '../planner/whatif/suppose.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import { deviceSpec } from './devices.ts';
import { driverFacts, loadBlockArray } from './drivers.ts';
import type { Call } from './engine.ts';
import { observeSystems } from './observing.ts';
import { checkSource, plannerInput } from './planning.ts';
import type { InputOf, ResultOf } from './types.ts';
import type { WhatIfInput } from './whatif-types.ts';

/** Nothing was kept of a device. */
const UNKEPT: DiagnosticCode = 'COPRHD-DEVICE-009';

export async function whatIf(call: Call, input: InputOf<'whatif'>): Promise<ResultOf<'whatif'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const scenario = await scenarioOf(loader, input);
    let graph: DesiredGraph = { stacks: [] };
    let bindings: ReadonlyMap<string, Binding> = new Map();
    let said: readonly Diagnostic[] = [];
    if (input.source) {
      const checked = await checkSource(loader, input.source);
      if (hasErrors(checked.diagnostics)) return { outcome: 'error', diagnostics: checked.diagnostics };
      ({ graph, bindings, diagnostics: said } = checked);
      await requireAdditions(loader, graph, input.adds ?? []);
    }
    const lost = await recordsOf(loader, scenario.lost);
    const order = {
      operation: 'whatif',
      graph,
      texts: input.source?.texts ?? [],
      options: { refresh: input.refresh ?? 'auto' },
      additive: true,
      alsoObserve: (view: RecordedView) =>
        concernedSystems(view, scenario).map((urn) => ({ name: view.get(urn)?.record.name ?? urn, urn })),
      neverObserve: new Set(lost.map(({ name }) => foldName(name))),
    };
    const seen = await plannerInput(call, loader, order, bindings);
    const kept = await keptOf(call, loader, lost);
    const base = { ...seen, observed: new Map([...seen.observed, ...kept]) };
    // Loads what is needed, so that the whole answer, for which the planner runs several times, is made once.
    await withView(loader, (view) => void suppose({ ...base, view }, scenario));
    const { result } = await withView(loader, (view) => answerWhatIf({ ...base, view }, scenario));
    const diagnostics = sortDiagnostics([...said, ...result.diagnostics]);
    if (!result.answer) return { outcome: 'error', diagnostics };
    return { outcome: 'ok', diagnostics, whatIf: result.answer };
  } finally {
    loader.close();
  }
}

/** Names become URNs. */
async function scenarioOf(loader: ViewLoader, input: WhatIfInput): Promise<Scenario> {
  const { lose = [], into = [], grow, like } = input;
  const urnOf = (kind: KindName, name: string) => urnNamed(loader, kind, name);
  const lost = await Promise.all(lose.map((name) => urnOf('storageSystem', name)));
  return {
    lost: new Set(lost),
    into: await Promise.all(into.map((name) => urnOf('virtualArray', name))),
    copies: like ? [await copyOf(loader, like)] : [],
    ...(grow
      ? {
          growth: {
            percent: grow.percent,
            ...(grow.project === undefined ? {} : { project: await urnOf('project', grow.project) }),
            ...(grow.virtualPool === undefined ? {} : { virtualPool: await urnOf('virtualPool', grow.virtualPool) }),
          },
        }
      : {}),
  };
}

async function urnNamed(loader: ViewLoader, kind: KindName, name: string): Promise<Urn> {
  const { result } = await withView(loader, (view) => {
    const found = findResource(view, name, kind);
    if ('problem' in found) return found;
    const { urn, kind: actual } = found.recorded.record;
    if (actual === kind) return { urn };
    return {
      problem: {
        code: 'COPRHD-STATE-005' as const,
        summary: `${found.address} is a ${actual}, not a ${kind}`,
        fix: `coprhd state list --kind ${kind}`,
      },
    };
  });
  return 'problem' in result ? fail('error', result.problem) : result.urn;
}

async function copyOf(loader: ViewLoader, like: NonNullable<WhatIfInput['like']>): Promise<Scenario['copies'][number]> {
  const of = await urnNamed(loader, 'storageSystem', like.system);
  const { result } = await withView(loader, (view) => {
    const model = view.get<'storageSystem'>(of)!.record;
    const name = like.name ?? `${model.name}-copy`;
    const namesake = view.byName('storageSystem', ZONE, name);
    return { driver: model.spec.driver, name, taken: namesake !== undefined && isLive(namesake.record) };
  });
  const { driver, name, taken } = result;
  if (taken || !NAME_PATTERN.test(name)) {
    fail('error', {
      code: 'COPRHD-STATE-006',
      summary: taken ? `there is a storage system ${name} already` : `${JSON.stringify(name)} can't be a name`,
      fix: 'name the copy with --as',
    });
  }
  return { of, name, driver: driverFacts(await loadBlockArray(driver)) };
}

type System = ResourceRecord<'storageSystem'>;

async function recordsOf(loader: ViewLoader, urns: ReadonlySet<Urn>): Promise<System[]> {
  const { result } = await withView(loader, (view) =>
    [...urns].flatMap((urn) => view.get<'storageSystem'>(urn)?.record ?? []),
  );
  return result;
}

/** What the last look at lost systems has left: for how things are now, and what copies of them can do. */
async function keptOf(call: Call, loader: ViewLoader, systems: readonly System[]) {
  const looks = await Promise.all(
    systems.map(async (system) => {
      const asked = [{ spec: deviceSpec(system), urn: system.urn }];
      try {
        return [...(await observeSystems(call, loader, asked, { refresh: 'none' }))];
      } catch (error) {
        const isUnkept = error instanceof OperationError && error.diagnostics.every(({ code }) => code === UNKEPT);
        if (isUnkept) return [];
        throw error;
      }
    }),
  );
  return looks.flat();
}

/** Who says that a file adds storage systems is told when it doesn't. */
async function requireAdditions(loader: ViewLoader, graph: DesiredGraph, adds: readonly string[]): Promise<void> {
  const systems = graph.stacks
    .flatMap(({ nodes }) => [...nodes.values()])
    .filter(({ kind, existing }) => kind === 'storageSystem' && !existing);
  const { result: known } = await withView(loader, (view) => {
    const live = view.all('storageSystem').filter(({ record }) => isLive(record));
    return new Set(live.map(({ record }) => foldName(record.name)));
  });
  for (const file of adds) {
    const declared = systems.filter((node) => node.file === file);
    if (declared.some(({ name }) => !known.has(foldName(name)))) continue;
    const names = declared.map(({ name }) => name).join(', ');
    fail('error', {
      code: 'COPRHD-PLAN-009',
      summary: `${file} adds no storage system`,
      detail: names === '' ? 'it declares none' : `registered already: ${names}`,
      fix: 'declare one that is not registered, or suppose one like a known one: --like NAME',
    });
  }
}
