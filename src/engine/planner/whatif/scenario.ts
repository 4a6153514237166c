/**
 * What is supposed: storage systems lost, volumes grown, storage systems added. Data for `suppose` (suppose.ts), and
 * what follows from it over recorded state alone. Pure.
 */

import { recordedConnectivity, systemsOfVirtualArray } from '../../model/connectivity.ts';
import { isLive, type Phase, type ResourceRecord } from '../../model/record.ts';
import type { RecordedView } from '../../model/recorded-view.ts';
import type { Urn } from '../../model/urn.ts';
import { addressOf } from '../../observe/addresses.ts';
import type { DriverFacts } from '../../observe/observation.ts';
import type { RecordedVolume } from '../recorded-target.ts';

export interface Growth {
  readonly percent: number;
  /** Only volumes of it. */
  readonly project?: Urn;
  readonly virtualPool?: Urn;
  /** Virtual pools whose volumes keep their size. */
  readonly fixed?: ReadonlySet<Urn>;
}

/** A storage system like a recorded one, empty. */
export interface SystemCopy {
  readonly of: Urn;
  readonly name: string;
  readonly driver: DriverFacts;
}

export interface Scenario {
  readonly lost: ReadonlySet<Urn>;
  readonly growth?: Growth;
  readonly copies: readonly SystemCopy[];
  /** Virtual arrays that added systems join; where empty, see membership.ts. */
  readonly into: readonly Urn[];
}

type Volume = ResourceRecord<'volume'>;

/** What is being made, is going, or waits for its end is neither grown nor made again. */
const SETTLED: ReadonlySet<Phase> = new Set(['ready', 'updating', 'replacing', 'suspect']);

/** By address: what is planned first gets room first. */
export function settledVolumes(view: RecordedView): RecordedVolume[] {
  const all = view
    .all('volume')
    .filter(({ record }) => SETTLED.has(record.status.phase) && record.status.device !== undefined)
    .map((versioned) => ({ ...versioned, address: addressOf(versioned.record) }));
  const times = new Map<string, number>();
  for (const { address } of all) times.set(address, (times.get(address) ?? 0) + 1);
  return all
    .map((each) => (times.get(each.address) === 1 ? each : { ...each, address: withProject(view, each) }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

function withProject(view: RecordedView, { address, record }: RecordedVolume): string {
  return `${address} (${view.get(record.spec.project)?.record.name ?? record.spec.project})`;
}

export function isOnLost({ lost }: Scenario, { status }: Volume): boolean {
  return status.device !== undefined && lost.has(status.device.system);
}

/** Whether the growth is of this volume, too; the lost ones come back larger. */
export function grows({ growth }: Scenario, { spec }: Volume): boolean {
  return (
    growth !== undefined &&
    (growth.project === undefined || growth.project === spec.project) &&
    (growth.virtualPool === undefined || growth.virtualPool === spec.virtualPool) &&
    !growth.fixed?.has(spec.virtualPool)
  );
}

export function wantedBytes(scenario: Scenario, record: Volume): number {
  if (!scenario.growth || !grows(scenario, record)) return record.spec.sizeBytes;
  return Math.ceil((record.spec.sizeBytes * (100 + scenario.growth.percent)) / 100);
}

/** Recorded systems that the answer depends on: where volumes grow, where lost ones may go, what copies are like. */
export function concernedSystems(view: RecordedView, scenario: Scenario): Urn[] {
  const systems = settledVolumes(view).flatMap(({ record }) => {
    if (isOnLost(scenario, record)) return systemsOfVirtualArray(recordedConnectivity(view), record.spec.virtualArray);
    return grows(scenario, record) ? [record.status.device!.system] : [];
  });
  return [...new Set([...systems, ...scenario.copies.map(({ of }) => of)])].filter((urn) => {
    const recorded = view.get(urn);
    return recorded !== undefined && isLive(recorded.record) && !scenario.lost.has(urn);
  });
}
