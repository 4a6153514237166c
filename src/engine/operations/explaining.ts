/** Why a volume is where it is, or would go: the full list of candidates, recomputed; and the decision in words. */
import { fail, hasErrors } from '../../lib/diagnostic.ts';
import type { Binding, DesiredGraph } from '../config/desired.ts';
import { parseAddress } from '../model/address.ts';
import type { ResourceRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { formatSize } from '../model/size.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { addressOf } from '../observe/addresses.ts';
import { explainPlacement } from '../placement/place.ts';
import type { RoleExplanation } from '../placement/request.ts';
import { Draft } from '../planner/draft.ts';
import { planInfrastructure } from '../planner/infrastructure.ts';
import { candidatesFor, placementUnit } from '../planner/placing.ts';
import type { WantedSystem } from '../planner/systems.ts';
import { assignTargets } from '../planner/targets.ts';
import { volumeSpec } from '../planner/volumes.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import type { Call } from './engine.ts';
import { checkSource, plannerInput } from './planning.ts';
import type { Explanation, InputOf, ResultOf } from './types.ts';

export async function explain(call: Call, input: InputOf<'explain'>): Promise<ResultOf<'explain'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    let graph: DesiredGraph = { stacks: [] };
    let bindings: ReadonlyMap<string, Binding> = new Map();
    if (input.source && input.source.texts.length > 0) {
      const checked = await checkSource(loader, input.source);
      if (hasErrors(checked.diagnostics)) return { outcome: 'error', diagnostics: checked.diagnostics };
      ({ graph, bindings } = checked);
    }
    const alsoObserve = (view: RecordedView) => systemsOfVirtualArray(view, input.address);
    const order = { operation: 'explain', graph, texts: input.source?.texts ?? [], options: {}, alsoObserve };
    const base = await plannerInput(call, loader, order, bindings);
    const { result } = await withView(loader, (view) => explainIn(new Draft({ ...base, view }), input.address));
    if ('problem' in result) return fail('error', result.problem);
    return { outcome: 'ok', diagnostics: [], explanation: result };
  } finally {
    loader.close();
  }
}

function systemsOfVirtualArray(view: RecordedView, address: string): WantedSystem[] {
  const found = findResource(view, address, 'volume');
  if ('problem' in found) return [];
  const spec = found.recorded.record.spec as RecordedSpec<'volume'>;
  const systems = view.get<'virtualArray'>(spec.virtualArray)?.record.spec.storageSystems ?? [];
  return systems.map((urn) => ({ name: view.get(urn)?.record.name ?? urn, urn }));
}

function explainIn(
  draft: Draft,
  text: string,
): Explanation | Extract<ReturnType<typeof findResource>, { problem: unknown }> {
  assignTargets(draft);
  planInfrastructure(draft);
  const wanted = parseAddress(text);
  const name = wanted?.name ?? text;
  const target = draft
    .targets('volume')
    .find(({ node, stack }) => node.name === name && (wanted?.stack === undefined || stack.stack === wanted.stack));
  const spec = target && volumeSpec(draft, target);
  const found = findResource(draft.input.view, text, 'volume');
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
  const asked =
    target && spec
      ? { target, spec }
      : record && { target: { address: addressOf(record) } as never, spec: record.spec };
  if (!asked) return found as Extract<typeof found, { problem: unknown }>;
  const unit = placementUnit(draft, asked);
  if (!unit)
    return { address: unitAddress(asked), rejections: [], lines: ['its virtual pool is not recorded any more'] };
  const request = { units: [unit] };
  const [role] = explainPlacement(request, candidatesFor(draft, request));
  return { address: unit.id, rejections: role?.rejections ?? [], lines: lines(draft, asked.spec, record, role) };
}

const unitAddress = (asked: { readonly target: { readonly address: string } }): string => asked.target.address;

function lines(
  draft: Draft,
  spec: RecordedSpec<'volume'>,
  record: ResourceRecord<'volume'> | undefined,
  role: RoleExplanation | undefined,
): string[] {
  const name = (urn: Parameters<Draft['get']>[0]) => {
    const pool = draft.get(urn);
    const system = pool?.kind === 'pool' ? draft.get((pool.spec as RecordedSpec<'pool'>).system) : undefined;
    return system ? `${system.name}/${pool?.name}` : (pool?.name ?? urn);
  };
  const said = [
    `asks for ${formatSize(spec.sizeBytes)} in virtual pool ${name(spec.virtualPool)}, virtual array ${name(spec.virtualArray)}`,
  ];
  const device = record?.status.device;
  if (device?.pool) said.push(`is on ${name(device.pool)}: it stays there, whatever would be chosen for a new one now`);
  if (role?.chosen) {
    said.push(
      `${device ? 'a new one would go' : 'goes'} to ${name(role.chosen)}: ${role.scores.length} pool${role.scores.length === 1 ? '' : 's'} passed all filters`,
    );
  } else {
    said.push(device ? 'a new one would find no pool now' : 'no pool fits');
  }
  for (const score of role?.scores ?? [])
    said.push(
      `  ${name(score.pool)}: ${score.scorer} ${score.scorer === 'free-after' ? formatSize(score.raw) : score.raw} x ${score.weight}`,
    );
  for (const rejection of role?.rejections ?? []) {
    said.push(
      `  ${rejection.poolName}: refused by ${rejection.filter}: ${rejection.fact} (needed ${rejection.needed}, had ${rejection.had})`,
    );
  }
  return said;
}
