/** What a model of simulated array is: its directors with their ports, its pools, and its limits. Each model is a small file. */
import type { StorageTier, TieringPolicy } from 'coprhd/driver';

export interface ModelPool {
  readonly name: string;
  readonly totalBytes: number;
  readonly provisioning: readonly ('thin' | 'thick')[];
  readonly driveType: string;
  readonly raidLevels: readonly string[];
  readonly tiers?: readonly Pick<StorageTier, 'name' | 'driveType' | 'totalBytes'>[];
  readonly tieringPolicies?: readonly TieringPolicy[];
  readonly ioLimits?: boolean;
  readonly metadataFraction?: number;
  readonly granularityBytes: number;
  readonly volumeBytesMin: number;
  readonly volumeBytesMax: number;
}

export interface ArrayModel {
  /** As `coprhd sim up --model` names it. */
  readonly id: string;
  /** As the array reports it. */
  readonly model: string;
  /** HA domains; each is a director, a controller or a node of an engine. */
  readonly directors: readonly string[];
  /** Of a director; absent = it has no engines. */
  readonly engineOf?: (director: string) => string;
  /** Ports of every director. */
  readonly fcPorts: number;
  readonly iscsiPorts: number;
  /** One after another, again and again, as many as wanted. */
  readonly pools: readonly ModelPool[];
  readonly hluMax: number;
  readonly nameLengthMax: number;
  /** Counts what its ports and directors do. */
  readonly metrics: boolean;
}

export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;
export const TIB = 1024 ** 4;
