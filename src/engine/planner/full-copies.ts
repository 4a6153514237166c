/** Full copies: volumes of their own, made on the storage system of their source and filled from it. Detached, they are like any other. */
import type { Capability } from '../driver/contract.ts';
import type { ResourceRecord } from '../model/record.ts';
import { formatSize } from '../model/size.ts';
import type { RecordedSpec } from '../model/specs.ts';
import { uuidOf } from '../model/urn.ts';
import type { PlacementUnit } from '../placement/request.ts';
import type { Draft, Target } from './draft.ts';
import { hold, holdUntilThere, nameOf } from './holds.ts';
import { capabilityFor, mirrorStep, sourceProblem } from './mirrors.ts';
import type { Step } from './plan.ts';
import { copiedInUse } from './snapshot-method.ts';
import type { NewVolume } from './volumes.ts';

type Spec = RecordedSpec<'volume'>;

/** Says what is wrong with it; undefined = nothing. `before`: as it is recorded. */
export function copyProblem(draft: Draft, target: Target, spec: Spec, before: Spec | undefined): boolean {
  const refuse = (summary: string, fix: string, detail?: string): true => {
    const span = target.node.spanOf(['copyOf']);
    draft.error({
      code: 'COPRHD-PLAN-009',
      summary,
      fix,
      span,
      address: target.address,
      ...(detail ? { detail } : {}),
    });
    return true;
  };
  if (before && before.copyOf !== spec.copyOf) {
    if (spec.copyOf !== undefined) {
      return refuse(
        `${target.address} has data of its own: it does not become a copy of ${nameOf(draft, spec.copyOf)}`,
        'declare a new volume as the copy',
      );
    }
    if (before.detached) return false;
    return refuse(
      `${target.address} is a copy of ${nameOf(draft, before.copyOf!)} still`,
      `coprhd copy detach ${target.address}, then remove \`copyOf\``,
    );
  }
  const source = spec.copyOf === undefined || before ? undefined : draft.get<'volume'>(spec.copyOf);
  if (!source) return false;
  if (source.urn === target.urn) return refuse(`${target.address} can't be a copy of itself`, 'name another volume');
  if (spec.sizeBytes >= source.spec.sizeBytes) return false;
  return refuse(
    `${target.address} is smaller than ${source.name}, which it shall be a copy of`,
    `declare size: ${formatSize(source.spec.sizeBytes)} at least`,
  );
}

/** False for a copy whose source has no place, or is on a system that can't copy: said there, or here. */
export function isCopyable(draft: Draft, { target, spec }: NewVolume): boolean {
  if (spec.copyOf === undefined) return true;
  const held = draft.held.get(spec.copyOf);
  if (held) {
    const summary = `${target.address} waits for what it is a copy of: ${held.summary}`;
    hold(draft, target, 'create', { ...held, address: target.address, summary });
    return false;
  }
  const location = draft.locationOf(spec.copyOf);
  const system = location && draft.get<'storageSystem'>(location.system);
  if (!system) {
    holdUntilThere(draft, target, spec.copyOf);
    return false;
  }
  const problem = sourceProblem(draft, target, spec);
  if (problem) {
    draft.error({ ...problem, span: target.node.spanOf(['copyOf']) });
    return false;
  }
  const seen = draft.observation(system);
  const needed = capabilityFor(spec);
  if (!seen || seen.driver.capabilities.includes(needed)) return !isCopiedInUse(draft, target, spec, system);
  const lacks = needed === 'mirrors' ? 'has no continuous copies' : "can't copy volumes";
  draft.error({
    code: 'COPRHD-DEVICE-007',
    summary: `${target.address}: ${system.name} ${lacks}, and ${nameOf(draft, spec.copyOf)} is on it`,
    detail: ableSystems(draft, needed),
    fix: 'have the source on one that can, or make the copy on a host',
    span: target.node.spanOf(['copyOf']),
    address: target.address,
  });
  return false;
}

/** Held, which is said here. */
function isCopiedInUse(draft: Draft, target: Target, spec: Spec, system: ResourceRecord<'storageSystem'>): boolean {
  const source = spec.continuous || !draft.observation(system) ? undefined : draft.get<'volume'>(spec.copyOf!);
  const used = source && copiedInUse(draft, source, system);
  if (!used) return false;
  hold(draft, target, 'create', { ...used, address: target.address, summary: `${target.address}: ${used.summary}` });
  return true;
}

/** For people: who can make copies. */
export function ableSystems(draft: Draft, needed: Capability = 'copies'): string {
  const able = draft
    .all('storageSystem')
    .filter((system) => draft.observation(system)?.driver.capabilities.includes(needed))
    .map(({ name }) => name)
    .sort();
  return able.length > 0 ? `these can: ${able.join(', ')}` : 'none of the storage systems that were looked at can';
}

/** On the system of the source, and in another pool of it as long as one will do: a pool that is lost takes not both. */
export function besideSource(draft: Draft, unit: PlacementUnit, volumes: readonly NewVolume[]): PlacementUnit {
  const source = volumes.find(({ spec }) => spec.copyOf !== undefined)?.spec.copyOf;
  const location = source && draft.locationOf(source);
  return location && !unit.oneSystem?.system ? { ...unit, oneSystem: { system: location.system } } : unit;
}

export function apartFromSource(draft: Draft, unit: PlacementUnit, volumes: readonly NewVolume[]): PlacementUnit {
  if (volumes.every(({ spec }) => spec.copyOf === undefined)) return unit;
  const roles = unit.roles.map((role, index) => {
    const source = volumes[index]?.spec.copyOf;
    const location = source && draft.locationOf(source);
    const pool = location?.pool && draft.get<'pool'>(location.pool);
    const system = location && draft.get<'storageSystem'>(location.system);
    if (!pool || !system) return role;
    return { ...role, avoid: [...(role.avoid ?? []), `${system.name}/${pool.spec.nativeId}`] };
  });
  return { ...unit, roles };
}

/** Fills a new volume. What it is a copy of is named by the unit, too. */
export function copySteps(draft: Draft, target: Pick<Target, 'urn'>, spec: Spec, system: ResourceRecord): Step[] {
  if (spec.copyOf === undefined) return [];
  if (spec.continuous)
    return [mirrorStep('mirror.begin', 'copy', system.urn, { source: spec.copyOf, target: target.urn })];
  return [
    {
      id: 'copy',
      system: system.urn,
      form: 'job',
      kind: 'volume.copy',
      args: {
        summary: `copy ${nameOf(draft, spec.copyOf)} onto it`,
        copy: uuidOf(target.urn),
        from: spec.copyOf,
        to: target.urn,
      },
    },
  ];
}
