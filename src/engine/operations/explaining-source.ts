/** The road of explanations that are made from a plan, or from what is recorded: devices are read, nothing is written. */
import { type Diagnostic, fail, hasErrors } from '../../lib/diagnostic.ts';
import { foldName, parseAddress } from '../model/address.ts';
import type { KindName } from '../model/kinds.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { Draft, type PlannerInput } from '../planner/draft.ts';
import { makePlan } from '../planner/make-plan.ts';
import type { Change, Plan } from '../planner/plan.ts';
import type { WantedSystem } from '../planner/systems.ts';
import { openViewLoader, withView } from '../state/view.ts';
import type { Call } from './engine.ts';
import type { Explanation } from './explain-types.ts';
import { checkSource, type Order, plannerInput } from './planning.ts';
import type { InputOf, ResultOf } from './types.ts';

export type Answer = Explanation | { readonly problem: Omit<Diagnostic, 'severity'> };

export interface Explaining {
  readonly kind: KindName;
  /** What is looked at beyond that of the files. */
  systems(view: RecordedView): WantedSystem[];
  readonly networks?: Order['alsoObserveNetworks'];
  /** Undefined where the plan has nothing to say of it. */
  ofPlan(input: PlannerInput, plan: Plan, change: Change): Explanation | undefined;
  /** It is in no plan of the files, or there are none. */
  ofRecorded(input: PlannerInput): Answer;
}

export async function explainFrom(
  call: Call,
  { address, source }: InputOf<'explain'>,
  how: Explaining,
): Promise<ResultOf<'explain'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const checked = source && source.texts.length > 0 ? await checkSource(loader, source) : undefined;
    if (checked && hasErrors(checked.diagnostics)) return { outcome: 'error', diagnostics: checked.diagnostics };
    const order: Order = {
      ...{ operation: 'explain', graph: checked?.graph ?? { stacks: [] }, texts: source?.texts ?? [], options: {} },
      alsoObserve: (view) => how.systems(view),
      ...(how.networks ? { alsoObserveNetworks: how.networks } : {}),
    };
    const base = await plannerInput(call, loader, order, checked?.bindings ?? new Map());
    const { result } = await withView(loader, (view) => answer({ ...base, view }, address, how));
    if ('problem' in result) return fail('error', result.problem);
    if ('errors' in result) return { outcome: 'error', diagnostics: result.errors };
    return { outcome: 'ok', diagnostics: [], explanation: result };
  } finally {
    loader.close();
  }
}

function answer(
  input: PlannerInput,
  address: string,
  how: Explaining,
): Answer | { readonly errors: readonly Diagnostic[] } {
  const planned = input.graph.stacks.length > 0 ? makePlan(input) : undefined;
  if (planned && !planned.plan) return { errors: planned.diagnostics };
  const change = planned?.plan && changeOf(planned.plan, address, how.kind);
  return (change && how.ofPlan(input, planned.plan!, change)) ?? how.ofRecorded(input);
}

function changeOf(plan: Plan, address: string, kind: KindName): Change | undefined {
  const wanted = parseAddress(address);
  const name = foldName(wanted?.name ?? address);
  return plan.changes.find((change) => {
    const own = parseAddress(change.address);
    if (change.kind !== kind || own === undefined || foldName(own.name) !== name) return false;
    return wanted?.stack === undefined || foldName(own.stack ?? '') === foldName(wanted.stack);
  });
}

export const heldExplanation = ({ address, held }: Change): Explanation | undefined =>
  held && { address, rejections: [], lines: [`is held: ${held.diagnostic.summary}`] };

/** A plan of its own that nobody applies: what the planner says to something. */
export const asideOf = (input: PlannerInput): Draft => new Draft({ ...input, graph: { stacks: [] } });
