/** What is on storage systems and is not recorded here, as they were seen last. Asks no device. */
import type { VolumeObservation } from '../driver/contract.ts';
import { ON_ARRAY_KINDS } from '../model/on-array.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { SystemObservation } from '../observe/observation.ts';
import type { OnSystem } from '../observe/trust.ts';
import { markWhy } from '../planner/mask-adoption.ts';
import { loadObservation } from '../state/observations.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { deviceSpec } from './devices.ts';
import type { Call } from './engine.ts';
import type { ForeignMask, ForeignVolume } from './foreign-types.ts';
import { systemsAsked } from './looking.ts';
import { deviceHash, fromKept, objectsOnSystems } from './observing.ts';
import type { InputOf, ResultOf } from './types.ts';

type System = ResourceRecord<'storageSystem'>;

/** Of one system or of several: what is recorded of it. */
interface Recorded {
  readonly objects: OnSystem;
  readonly pools: (system: Urn) => readonly ResourceRecord<'pool'>[];
}

export async function foreignList(call: Call, { systems = [] }: InputOf<'foreign.list'>) {
  const loader = await openViewLoader(call.engine.store);
  try {
    const asked = await systemsAsked(loader, systems);
    const recorded = await recordedOf(call, loader);
    const volumes: ForeignVolume[] = [];
    const masks: ForeignMask[] = [];
    const unseen: string[] = [];
    for (const system of asked) {
      const observation = await lastSeen(call, loader, system);
      if (!observation) {
        unseen.push(system.name);
        continue;
      }
      const found = foreignOn(call.engine.installation.installationId, system, observation, recorded);
      volumes.push(...found.volumes);
      masks.push(...found.masks);
    }
    return { outcome: 'ok', diagnostics: [], volumes, masks, unseen } satisfies ResultOf<'foreign.list'>;
  } finally {
    loader.close();
  }
}

async function lastSeen(
  { engine }: Call,
  { snapshot }: ViewLoader,
  system: System,
): Promise<SystemObservation | undefined> {
  const device = deviceHash(deviceSpec(system));
  const found = await loadObservation(
    { snapshot, blobs: engine.blobs },
    { system: system.urn, device, changedSince: true },
  );
  return 'why' in found ? undefined : fromKept(found);
}

async function recordedOf(call: Call, loader: ViewLoader): Promise<Recorded> {
  const objects = await objectsOnSystems(call, loader);
  const { result: pools } = await withView(loader, (view) => view.all('pool').map(({ record }) => record));
  return { objects, pools: (system) => pools.filter(({ spec }) => spec.system === system) };
}

function foreignOn(
  installation: string,
  system: System,
  observation: SystemObservation,
  { objects, pools: poolsOf }: Recorded,
): { volumes: ForeignVolume[]; masks: ForeignMask[] } {
  const idsOf = (kind: Parameters<OnSystem['of']>[0]) =>
    objects.of(kind, system.urn).flatMap(({ record: { status } }) => {
      const isThere = status.phase !== 'deleted' && status.device?.system === system.urn;
      return isThere ? [status.device!.nativeId] : [];
    });
  const ours = new Set(ON_ARRAY_KINDS.flatMap(idsOf));
  const ourMasks = new Set(idsOf('exportMask'));
  const pools = new Map(
    poolsOf(system.urn).flatMap((pool) => (isLive(pool) ? [[pool.spec.nativeId, pool] as const] : [])),
  );
  const of = { system: system.urn, systemName: system.name };
  const volumes = observation.volumes
    .filter(({ nativeId }) => !ours.has(nativeId))
    .map((volume): ForeignVolume => {
      const { nativeId, name, wwn, sizeBytes, allocatedBytes, provisioning, mappedBy, snapshot, mirror } = volume;
      const pool = pools.get(volume.pool);
      const why = whyNot(installation, volume);
      return {
        ...{ ...of, nativeId, name, sizeBytes, allocatedBytes, provisioning, masks: mappedBy },
        ...(wwn === undefined ? {} : { wwn }),
        ...(pool ? { pool: pool.urn, poolName: pool.name } : {}),
        ...(snapshot ? { snapshotOf: snapshot.source } : {}),
        ...(mirror ? { follows: mirror.source } : {}),
        ...(why === undefined ? {} : { why }),
      };
    });
  const foreign = new Set(volumes.map(({ nativeId }) => nativeId));
  const masks = observation.masks.flatMap((mask): ForeignMask[] => {
    const isOurs = ourMasks.has(mask.nativeId);
    if (isOurs && !mask.mappings.some(({ volume }) => foreign.has(volume))) return [];
    const { nativeId, name, initiators, ports, mappings } = mask;
    const shown = mappings.map(({ volume, hlu }) => ({ volume, hlu }));
    return [{ ...of, nativeId, name, initiators, ports, mappings: shown, ours: isOurs }];
  });
  return { volumes, masks };
}

const whyNot = (installation: string, { mark, mirror }: VolumeObservation): string | undefined =>
  markWhy(installation, mark)?.summary ??
  (mirror ? `it follows ${mirror.source} on the device, which overwrites what it holds` : undefined);
