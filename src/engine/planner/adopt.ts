/** `import:` in a document: takes an object that is on the device already into our care, as it is. Never destructive. */
import type { DesiredStack } from '../config/desired.ts';
import type { VolumeObservation } from '../driver/contract.ts';
import { foldName } from '../model/address.ts';
import { allOnArray } from '../model/on-array.ts';
import type { DeviceObject, ResourceRecord } from '../model/record.ts';
import { addAmounts, NO_AMOUNTS } from '../model/recorded-view.ts';
import { formatSize } from '../model/size.ts';
import type { RecordedSpec } from '../model/specs.ts';
import type { Urn } from '../model/urn.ts';
import { addressOf } from '../observe/addresses.ts';
import { serviceOf } from '../observe/compare.ts';
import { charge } from './accounts.ts';
import { buildRecord, makeChange } from './base-record.ts';
import { poolLimits } from './capacity.ts';
import { bindGroup, groupSystem } from './consistency-groups.ts';
import { type Draft, liveWrite, type Target } from './draft.ts';
import { notManageable } from './holds.ts';
import { importedAs, isExportImport, mappedWhy, markProblem, maskImports, systemNamed } from './mask-adoption.ts';
import { volumeIndex } from './observed-volume.ts';
import { volumeSpec } from './volumes.ts';

type Import = DesiredStack['imports'][number];

export function planImports(draft: Draft): void {
  if (draft.input.graph.stacks.every(({ imports }) => imports.length === 0)) return;
  const targets = new Map(draft.targets('volume').map((target) => [foldName(target.address), target]));
  const known = knownObjects(draft);
  for (const stack of draft.input.graph.stacks) {
    for (const entry of stack.imports) {
      if (isExportImport(entry)) continue;
      const target = targets.get(importedAs(draft, stack, entry));
      if (!target)
        refuse(
          draft,
          entry,
          `${entry.address} is not a volume of this document`,
          'only volumes can be imported; declare the volume too',
        );
      else if (!draft.leftOut.has(target.urn)) {
        const problem = target.recorded ? namesAnother(target, entry) : adopt(draft, target, entry, known);
        // In a file the line may stay for ever, also when the volume was replaced since.
        if (problem)
          refuse(draft, entry, problem.summary, problem.fix, target.recorded !== undefined && !draft.input.additive);
      }
    }
  }
  for (const { entry, summary, fix, recorded } of maskImports(draft).problems) {
    refuse(draft, entry, summary, fix, recorded && !draft.input.additive);
  }
}

/** Addresses by system and native id: recorded, and imported by this plan. */
type KnownObjects = Map<string, string>;

function knownObjects(draft: Draft): KnownObjects {
  const known: KnownObjects = new Map();
  for (const { record } of allOnArray(draft.input.view)) {
    const device = record.status.phase === 'deleted' ? undefined : record.status.device;
    if (device) known.set(`${device.system} ${device.nativeId}`, `recorded already as ${addressOf(record)}`);
  }
  return known;
}

interface Problem {
  readonly summary: string;
  readonly fix: string;
}

/** Recorded already: the import happened, unless that is another object. */
function namesAnother({ address, recorded }: Target, entry: Import): Problem | undefined {
  const nativeId = recorded?.record.status.device?.nativeId;
  if (nativeId === entry.nativeId) return undefined;
  return {
    summary: `${address} is recorded already, as ${nativeId ?? 'not on a device'}`,
    fix: `import ${entry.nativeId} under another name, or take the line out`,
  };
}

function adopt(draft: Draft, target: Target, entry: Import, known: KnownObjects): Problem | undefined {
  const spec = volumeSpec(draft, target);
  const system = systemNamed(draft, entry.system);
  if (!spec) return undefined;
  if (!system) return { summary: `storage system ${entry.system} is not known`, fix: 'coprhd device list' };
  const observation = draft.observation(system)?.observation;
  const other = known.get(`${system.urn} ${entry.nativeId}`);
  if (other) return { summary: `${entry.nativeId} is ${other}`, fix: 'use `movedFrom` to rename a volume' };
  if (observation?.trust.level !== 'whole') {
    const why = observation ? `${observation.trust.level}: ${observation.trust.why}` : 'not observed';
    return {
      summary: `${entry.system} is ${why}`,
      fix: `check the device, then \`coprhd drift --system ${system.name}\``,
    };
  }
  const observed = volumeIndex(draft, system).get(entry.nativeId);
  if (!observed) {
    return {
      summary: `${entry.system} has no volume ${entry.nativeId}`,
      fix: `coprhd discover --system ${entry.system}`,
    };
  }
  const pool = draft.childrenOf('pool', system.urn).find(({ spec: { nativeId } }) => nativeId === observed.pool);
  const problem = notImportable(draft, target, system, observed, pool, spec);
  if (problem || !pool) return problem ?? { summary: 'its pool is not recorded', fix: 'coprhd discover' };
  known.set(`${system.urn} ${entry.nativeId}`, `imported as ${target.address} too`);
  addAdoption(draft, target, { system, pool, observed, spec });
  return undefined;
}

function notImportable(
  draft: Draft,
  target: Target,
  system: ResourceRecord<'storageSystem'>,
  observed: VolumeObservation,
  pool: ResourceRecord<'pool'> | undefined,
  spec: RecordedSpec<'volume'>,
): Problem | undefined {
  const manage = notManageable(draft, system, observed.pool);
  if (manage) return { summary: manage.summary, fix: manage.fix ?? '' };
  const marked = markProblem(draft, observed);
  if (marked) return marked;
  if (observed.sizeBytes !== spec.sizeBytes) {
    return {
      summary: `it is ${formatSize(observed.sizeBytes)}, declared is ${formatSize(spec.sizeBytes)}`,
      fix: `declare \`size: ${observed.sizeBytes}B\``,
    };
  }
  const provisioning = draft.get<'virtualPool'>(spec.virtualPool)?.spec.provisioning;
  if (provisioning !== observed.provisioning) {
    return {
      summary: `it is ${observed.provisioning}, virtual pool ${nameOr(draft, spec.virtualPool)} is ${provisioning}`,
      fix: 'choose a virtual pool that fits',
    };
  }
  if (pool && !draft.systemsOf(spec.virtualArray).includes(system.urn)) {
    return {
      summary: `${system.name} is not in virtual array ${nameOr(draft, spec.virtualArray)}`,
      fix: 'choose a virtual array that has it',
    };
  }
  const group = spec.consistencyGroup;
  const there = group && groupSystem(draft, group);
  if (there !== undefined && there !== system.urn) {
    return {
      summary: `it is on ${system.name}, consistency group ${nameOr(draft, group as Urn)} is on ${nameOr(draft, there)}`,
      fix: 'leave it out of the group',
    };
  }
  if (observed.mirror) {
    return {
      summary: `it follows ${observed.mirror.source} on the device, which overwrites what it holds`,
      fix: 'split it on the device first',
    };
  }
  return mappedWhy(draft, system, target.urn, observed);
}

const nameOr = (draft: Draft, urn: Parameters<Draft['get']>[0]): string => draft.get(urn)?.name ?? urn;

function addAdoption(
  draft: Draft,
  target: Target,
  found: {
    readonly system: ResourceRecord<'storageSystem'>;
    readonly pool: ResourceRecord<'pool'>;
    readonly observed: VolumeObservation;
    readonly spec: RecordedSpec<'volume'>;
  },
): void {
  const { system, pool, observed, spec } = found;
  const wwn = observed.wwn === undefined ? {} : { wwn: observed.wwn };
  const device: DeviceObject = {
    system: system.urn,
    nativeId: observed.nativeId,
    label: observed.name,
    ...wwn,
    pool: pool.urn,
    provisionedBytes: observed.sizeBytes,
    // It stays as it is.
    ...serviceOf(observed),
    origin: 'imported',
  };
  const final = buildRecord<'volume'>(draft, target, spec, { device });
  const thick = observed.provisioning === 'thick';
  const amounts = { allocatedBytes: thick ? observed.sizeBytes : 0, subscribedBytes: observed.sizeBytes, volumes: 1 };
  const room = poolLimits(draft, pool, spec.virtualPool);
  const charged = charge(draft, target, { spec, system: system.urn }, amounts);
  if (!charged) return;
  const bound = bindGroup(draft, spec.consistencyGroup, system.urn);
  const shared = [
    system.urn,
    spec.virtualPool,
    spec.virtualArray,
    ...(spec.consistencyGroup ? [spec.consistencyGroup] : []),
  ];
  draft.placedOn.set(target.urn, { system: system.urn, pool: pool.urn });
  draft.adopted.set(pool.urn, addAmounts(draft.adopted.get(pool.urn) ?? NO_AMOUNTS, amounts));
  // The space is used already, only not yet by us: adopting never fails for capacity.
  const limits = { allocatedBytesMax: Number.MAX_SAFE_INTEGER, subscribedBytesMax: Number.MAX_SAFE_INTEGER };
  draft.addUnit({
    id: draft.nextUnitId(),
    address: target.address,
    urn: target.urn,
    action: 'adopt',
    dependsOn: draft.dependencies([
      ...[spec.virtualPool, spec.virtualArray, spec.project, system.urn, spec.consistencyGroup],
    ]),
    writes: [liveWrite(draft, undefined, final), ...bound],
    steps: [
      {
        id: 's1',
        system: system.urn,
        form: 'call',
        kind: 'volume.mark',
        args: { volume: target.urn, nativeId: observed.nativeId, ...wwn, unmarked: observed.mark === undefined },
      },
    ],
    shared: [
      ...new Set([
        ...shared.filter((urn) => draft.unitOf(urn) === undefined && bound.every((write) => write.urn !== urn)),
        ...charged.shared,
      ]),
    ],
    reservations: [...(room ? [{ pool: pool.urn, amounts, limits }] : []), ...charged.reservations],
    releases: [],
  });
  draft.changes.push(
    makeChange(target, {
      action: 'adopt',
      reason: `imported from ${system.name}; nothing but its mark is written`,
      facts: {
        sizeBytes: observed.sizeBytes,
        system: system.name,
        pool: pool.name,
        nativeId: observed.nativeId,
        ...wwn,
      },
      unknown: observed.wwn === undefined ? ['wwn'] : [],
    }),
  );
}

function refuse(draft: Draft, entry: Import, why: string, fix: string, mild = false): void {
  draft[mild ? 'warn' : 'error']({
    code: 'COPRHD-IMPORT-001',
    summary: `${entry.address} can't be imported: ${why}`,
    fix,
    span: entry.span(),
    address: entry.address,
  });
}
