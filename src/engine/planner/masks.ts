/**
 * What an export needs to know about the mask of one (host, storage system): its record, who is admitted, which ports
 * serve it, which HLUs are taken, and what the device says. Made once a mask and plan; chosen HLUs are noted here.
 */
import { LIMITS } from '../../lib/limits.ts';
import type { MappingObservation, MaskObservation } from '../driver/contract.ts';
import { RECORD_SCHEMA_VERSION, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import { type Urn, uuidOf } from '../model/urn.ts';
import type { DriverFacts, SystemObservation } from '../observe/observation.ts';
import { ownershipOfMask } from '../observe/ownership.ts';
import type { Draft } from './draft.ts';
import type { FabricMask } from './fabric-masks.ts';
import { recordedPaths } from './fabric-paths.ts';
import { deviceLabel, maskUrn } from './identity.ts';
import { observedMask, recordedMask } from './known-masks.ts';
import { maskImports } from './mask-adoption.ts';

export interface MaskContext {
  readonly host: ResourceRecord<'host'>;
  readonly system: ResourceRecord<'storageSystem'>;
  readonly driver: DriverFacts;
  readonly observation: SystemObservation;
  readonly recorded: VersionedRecord<'exportMask'> | undefined;
  /** The ended mask of the same host and system that a new one goes on with. */
  readonly ended: VersionedRecord<'exportMask'> | undefined;
  readonly urn: Urn;
  readonly label: string;
  /** Of a new mask: as its first volume is exported. */
  transport: 'ip' | 'fc';
  /** Port names of those that it admits, lower case, sorted: the host's iSCSI initiators, or those with paths over Fibre Channel. */
  initiators: readonly string[];
  ports: readonly ResourceRecord<'port'>[];
  /** Over Fibre Channel, once it is planned (fabric-masks.ts). */
  fabric?: FabricMask;
  readonly observed: MaskObservation | undefined;
  /** Made by hand, and taken over by this plan as it is. */
  readonly isAdopted: boolean;
  /** Why what is observed isn't ours any more. */
  readonly foreignWhy: string | undefined;
  /** Observed mappings by HLU. */
  readonly mappings: ReadonlyMap<number, MappingObservation>;
  /** HLU → what has it (for messages). Chosen ones are added. */
  readonly usedHlus: Map<number, string>;
  /** HLU → the volume for which a file of this plan pins it. */
  readonly pins: Map<number, Urn>;
  /** Volume → address of the export that maps it by this plan. */
  readonly adds: Map<Urn, string>;
  /** Below it no HLU is free for a volume that hasn't had it before. */
  lowestHlu: number;
  /** Live maps recorded in it, all exports. */
  readonly maps: readonly VersionedRecord<'lunMap'>[];
  /** Freed HLUs that only their former volume may take again before the quarantine ends. */
  readonly quarantinedHlus: ReadonlyMap<number, Urn>;
  /** Freed HLUs that are free again before their time, because somebody attests that the host let go. */
  readonly releasedHlus: ReadonlyMap<number, ResourceRecord<'lunMap'>>;
  /** Freed HLUs by volume. */
  readonly formerHlus: ReadonlyMap<Urn, readonly number[]>;
  /** Ended maps that still hold their HLU's name, by HLU: whoever takes the HLU again goes on with that record. */
  readonly endedMaps: ReadonlyMap<number, VersionedRecord<'lunMap'>>;
}

export class MaskContexts {
  readonly #draft: Draft;
  readonly #contexts = new Map<string, MaskContext | undefined>();
  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** Undefined when the system was not observed: then nothing can be planned on it. */
  of(host: ResourceRecord<'host'>, systemUrn: Urn): MaskContext | undefined {
    const key = `${host.urn} ${systemUrn}`;
    if (!this.#contexts.has(key)) this.#contexts.set(key, makeContext(this.#draft, host, systemUrn));
    return this.#contexts.get(key);
  }
}

/** As it is before this plan changes anything about it; `MaskContexts` is for what the plan decides. */
export function makeContext(draft: Draft, host: ResourceRecord<'host'>, systemUrn: Urn): MaskContext | undefined {
  const system = draft.get<'storageSystem'>(systemUrn);
  const seen = system && draft.observation(system);
  if (!system || !seen) return undefined;
  const recorded = recordedMask(draft, host.urn, systemUrn);
  const urn = recorded?.record.urn ?? maskUrn(draft.input.installation, host.urn, systemUrn);
  const { driver, observation } = seen;
  const adopted = recorded ? undefined : maskImports(draft).byHost.get(`${host.urn} ${system.urn}`)?.mask;
  const nativeId = recorded?.record.status.device?.nativeId;
  const observed = nativeId === undefined ? adopted : observedMask(observation, nativeId);
  const owned = recorded && observed && ownership(draft, driver, recorded.record, observed);
  const scoped = draft.input.view.inScope('lunMap', uuidOf(urn));
  const maps = scoped.filter(({ record }) => record.status.phase !== 'deleted');
  const ended = scoped.filter(({ record }) => record.status.phase === 'deleted');
  const usedHlus = new Map(maps.map(({ record }) => [record.spec.hlu, record.name]));
  const mappings = new Map((observed?.mappings ?? []).map((mapping) => [mapping.hlu, mapping]));
  const freed = ended.filter(
    ({ record }) => (record.status.freedAtMs ?? 0) + LIMITS.hluQuarantineMs > draft.input.nowMs,
  );
  const isReleased = ({ record }: (typeof freed)[number]) =>
    draft.input.attestOffline !== undefined || record.status.freedBy !== undefined;
  const [released, resting] = [freed.filter(isReleased), freed.filter((map) => !isReleased(map))];
  const formerHlus = new Map<Urn, number[]>();
  for (const { spec } of freed.map(({ record }) => record)) {
    formerHlus.set(spec.volume, [...(formerHlus.get(spec.volume) ?? []), spec.hlu]);
  }
  for (const { hlu, volume } of mappings.values()) {
    if (!usedHlus.has(hlu)) usedHlus.set(hlu, `${volume} on the device`);
  }
  return {
    host,
    system,
    driver,
    observation,
    recorded,
    ended: recorded ? undefined : draft.input.view.get<'exportMask'>(urn),
    urn,
    maps,
    observed,
    isAdopted: adopted !== undefined,
    foreignWhy: owned?.why || undefined,
    mappings,
    usedHlus,
    pins: new Map(),
    adds: new Map(),
    lowestHlu: Math.max(1, driver.hluMin),
    label:
      recorded?.record.status.device?.label ??
      adopted?.name ??
      deviceLabel(host.name, draft.input.installation, urn, driver, driver.maskNameLengthMax),
    transport: recorded?.record.spec.transport ?? (adopted && isFc(draft, host, adopted) ? 'fc' : 'ip'),
    initiators:
      adopted?.initiators ??
      (recorded?.record.spec.transport === 'fc'
        ? pathInitiators(draft, urn)
        : initiatorsOf(draft, host)
            .map(({ spec }) => spec.portName.toLowerCase())
            .sort()),
    ports: recorded
      ? recorded.record.spec.ports.map((port) => draft.get<'port'>(port)).filter((port) => port !== undefined)
      : draft.childrenOf('port', system.urn).filter(({ spec }) => adopted?.ports.includes(spec.nativeId)),
    endedMaps: new Map(ended.map((map) => [map.record.spec.hlu, map])),
    quarantinedHlus: new Map(resting.map(({ record }) => [record.spec.hlu, record.spec.volume])),
    releasedHlus: new Map(released.map(({ record }) => [record.spec.hlu, record])),
    formerHlus,
  };
}

function ownership(draft: Draft, driver: DriverFacts, record: ResourceRecord<'exportMask'>, observed: MaskObservation) {
  const { installation, epoch } = draft.input;
  const records = new Map([[observed.nativeId, record]]);
  return ownershipOfMask(observed, { installation, epoch, records, ownershipMark: driver.ownershipMark });
}

const isFc = (draft: Draft, host: ResourceRecord<'host'>, { initiators }: MaskObservation): boolean =>
  draft
    .childrenOf('initiator', host.urn)
    .some(({ spec }) => spec.protocol === 'fc' && initiators.includes(spec.portName.toLowerCase()));

function pathInitiators(draft: Draft, mask: Urn): string[] {
  const urns = new Set(recordedPaths(draft, mask).map(({ record }) => record.spec.initiator));
  return [...urns].flatMap((urn) => draft.get<'initiator'>(urn)?.spec.portName.toLowerCase() ?? []).sort();
}

export function initiatorsOf(draft: Draft, host: ResourceRecord<'host'>): ResourceRecord<'initiator'>[] {
  return draft.childrenOf('initiator', host.urn).filter(({ spec }) => spec.protocol === 'iscsi');
}

/** The record of a mask that this plan makes. */
export function newMaskRecord(
  draft: Draft,
  context: MaskContext,
  ports: readonly ResourceRecord<'port'>[],
): ResourceRecord<'exportMask'> {
  const { host, system, urn } = context;
  return {
    urn,
    kind: 'exportMask',
    name: `${host.name}@${system.name}`,
    scope: host.scope,
    owner: { type: 'engine', parent: host.urn },
    parent: host.urn,
    spec: {
      host: host.urn,
      system: system.urn,
      ports: ports.map((port) => port.urn),
      ...(context.transport === 'fc' ? { transport: 'fc' } : {}),
    },
    status: { phase: 'ready', sinceMs: draft.input.nowMs },
    policy: { protect: false, onRemove: 'delete' },
    createdBy: draft.input.actor,
    createdAtMs: draft.input.nowMs,
    incarnation: (context.ended?.record.incarnation ?? 0) + 1,
    schemaVersion: RECORD_SCHEMA_VERSION,
  };
}
