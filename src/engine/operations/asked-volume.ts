/**
 * The question behind `explain` and `why-not`: one volume, recorded or only declared in the given files, with the
 * placement request that it belongs to. What is declared beside it is placed before it, as a plan would.
 */

import { type Diagnostic, fail, hasErrors } from '../../lib/diagnostic.ts';
import type { Binding, DesiredGraph } from '../config/desired.ts';
import { foldName, parseAddress } from '../model/address.ts';
import { recordedConnectivity, systemsOfVirtualArray } from '../model/connectivity.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { formatPercent, formatSize } from '../model/size.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import type { Candidate, PlacementRequest, PlacementUnit, Score } from '../placement/request.ts';
import { placeTogether } from '../placement/together.ts';
import { planImports } from '../planner/adopt.ts';
import { candidatesFor } from '../planner/candidates.ts';
import { Draft, type Target } from '../planner/draft.ts';
import { planInfrastructure } from '../planner/infrastructure.ts';
import { placementUnits, unitOf } from '../planner/placing.ts';
import type { WantedSystem } from '../planner/systems.ts';
import { assignTargets } from '../planner/targets.ts';
import { planExistingVolumes, volumeSpec } from '../planner/volumes.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import { systemsUnder } from './by-name-plans.ts';
import type { Call } from './engine.ts';
import { checkSource, plannerInput } from './planning.ts';
import type { PlanSource, Report } from './types.ts';

export interface AskedVolume {
  readonly address: string;
  readonly spec: RecordedSpec<'volume'>;
  /** Absent when it is only declared. */
  readonly record?: ResourceRecord<'volume'>;
  /** Its own part of the request, and which role of it it is. */
  readonly unit: PlacementUnit;
  readonly role: number;
  readonly request: PlacementRequest;
  readonly candidates: readonly Candidate[];
}

export interface Problem {
  readonly problem: Omit<Diagnostic, 'severity'>;
}

export interface Question {
  readonly operation: string;
  readonly address: string;
  readonly source?: PlanSource | undefined;
  /** Systems to look at beyond those of the files and of the volume's virtual array. */
  readonly alsoObserve?: (view: RecordedView) => WantedSystem[];
}

/** Reads devices, writes nothing. The answer is made on a draft that is thrown away. */
export async function answerAbout<A extends object>(
  call: Call,
  question: Question,
  answer: (draft: Draft, asked: AskedVolume) => A | Problem,
): Promise<Report & { readonly answer?: A }> {
  const { operation, address, source } = question;
  const loader = await openViewLoader(call.engine.store);
  try {
    let graph: DesiredGraph = { stacks: [] };
    let bindings: ReadonlyMap<string, Binding> = new Map();
    if (source && source.texts.length > 0) {
      const checked = await checkSource(loader, source);
      if (hasErrors(checked.diagnostics)) return { outcome: 'error', diagnostics: checked.diagnostics };
      ({ graph, bindings } = checked);
    }
    const alsoObserve = (view: RecordedView) => [
      ...systemsAround(view, address),
      ...(question.alsoObserve?.(view) ?? []),
    ];
    const order = { operation, graph, texts: source?.texts ?? [], options: {}, alsoObserve };
    const base = await plannerInput(call, loader, order, bindings);
    const { result } = await withView(loader, (view) => {
      const draft = new Draft({ ...base, view });
      const asked = findAsked(draft, address);
      return 'problem' in asked ? asked : answer(draft, asked);
    });
    if ('problem' in result) return fail('error', result.problem);
    return { outcome: 'ok', diagnostics: [], answer: result };
  } finally {
    loader.close();
  }
}

function systemsAround(view: RecordedView, address: string): WantedSystem[] {
  const found = findResource(view, address, 'volume');
  if ('problem' in found || found.recorded.record.kind !== 'volume') return [];
  const spec = found.recorded.record.spec as RecordedSpec<'volume'>;
  const systems = systemsOfVirtualArray(recordedConnectivity(view), spec.virtualArray);
  const around = systems.map((urn) => ({ name: view.get(urn)?.record.name ?? urn, urn }));
  return [...around, ...systemsUnder(view, found.recorded.record)];
}

function findAsked(draft: Draft, text: string): AskedVolume | Problem {
  assignTargets(draft);
  planInfrastructure(draft);
  planImports(draft);
  const fresh = planExistingVolumes(draft);
  const target = declared(draft, text);
  const found = findResource(draft.input.view, text, 'volume');
  if (!target && 'problem' in found) return found;
  if (!('problem' in found) && found.recorded.record.kind !== 'volume') {
    return {
      problem: {
        code: 'COPRHD-STATE-005',
        summary: `${found.address} is not placed on a storage system`,
        fix: 'only volumes have a placement to explain',
      },
    };
  }
  const record = 'problem' in found ? undefined : (found.recorded.record as ResourceRecord<'volume'>);
  const spec = (target && volumeSpec(draft, target)) ?? record?.spec;
  if (!spec) return notPlaceable(draft, target!.address);
  const address = target?.address ?? addressOf(record!);
  const volume = { target: { address, urn: target?.urn ?? record!.urn }, spec };
  const own = fresh.some(({ target: { address: each } }) => each === address);
  const placed = own ? fresh : [volume];
  const units = placementUnits(draft, placed);
  const { id, role } = unitOf(placed, volume);
  const unit = units.find((each) => each.id === id);
  if (!unit) return notPlaceable(draft, address);
  const candidates = candidatesFor(draft, { units });
  const request = { units: placeTogether(units, candidates).units };
  return { address, spec, ...(record ? { record } : {}), unit, role, request, candidates };
}

/** The volume of the given files that is meant. */
function declared(draft: Draft, text: string): Target | undefined {
  const wanted = parseAddress(text);
  if (wanted && wanted.kind !== 'volume') return undefined;
  const name = foldName(wanted?.name ?? text);
  const inStack = (stack: string) => wanted?.stack === undefined || foldName(stack) === foldName(wanted.stack);
  return draft.targets('volume').find(({ node, stack }) => foldName(node.name) === name && inStack(stack.stack));
}

function notPlaceable(draft: Draft, address: string): Problem {
  const said = draft.diagnostics.find(({ severity }) => severity === 'error');
  if (said) return { problem: said };
  return {
    problem: {
      code: 'COPRHD-PLAN-009',
      summary: `the virtual pool of ${address} is not recorded any more`,
      fix: 'declare it, and name its file with --from',
    },
  };
}

/** `array-1/fast` for pools, else the name. */
export function nameIn(draft: Draft, urn: Urn): string {
  const record = draft.get(urn);
  const system = record?.kind === 'pool' ? draft.get((record.spec as RecordedSpec<'pool'>).system) : undefined;
  return system ? `${system.name}/${record?.name}` : (record?.name ?? urn);
}

export function asksFor(draft: Draft, { spec, unit, role }: AskedVolume): string {
  const { provisioning } = unit.roles[role]!;
  return `asks for ${formatSize(spec.sizeBytes)} ${provisioning} in virtual pool ${nameIn(draft, spec.virtualPool)}, virtual array ${nameIn(draft, spec.virtualArray)}`;
}

/** `room 90 % x 4 (81 TiB left for more like it)`; the weight where it matters. */
export function scoreText({ scorer, raw, weight, fact }: Score): string {
  return `${scorer} ${formatPercent(raw)}${weight === 1 ? '' : ` x ${weight}`}${fact === undefined ? '' : ` (${fact})`}`;
}
