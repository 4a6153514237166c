/**
 * What port selection can be told: CoprHD's settings by its names, with its defaults. Storage administrators know them from
 * there (PortAllocation…).
 */
export interface PathSettings {
  /** PortAllocationMetricsEnabled; false = by counts always. */
  readonly metrics: boolean;
  /** MAX_SAMPLE_AGE_MSEC: what was measured longer ago isn't recent. */
  readonly sampleAgeMaxMs: number;
  /** PortAllocationPortUtilizationFloor, PortAllocationCpuUtilizationFloor: less counts as nothing. */
  readonly portFloorPercent: number;
  readonly cpuFloorPercent: number;
  /** PortAllocationVolumeCoefficient: what 2,048 volumes weigh against a port that is 100 % busy. */
  readonly volumeCoefficient: number;
  /** PortAllocation…Ceiling: a port that has come so far takes no new path. Absent = unlimited. */
  readonly initiatorCeiling?: number;
  readonly volumeCeiling?: number;
  readonly portCeilingPercent: number;
  readonly cpuCeilingPercent: number;
  /** PortAllocationSwitchAffinityEnabled: rather on the switch of the initiator. */
  readonly switchAffinity: boolean;
}

export const DEFAULT_PATH_SETTINGS: PathSettings = {
  metrics: true,
  sampleAgeMaxMs: 48 * 3_600_000,
  portFloorPercent: 3,
  cpuFloorPercent: 8,
  volumeCoefficient: 1,
  portCeilingPercent: 100,
  cpuCeilingPercent: 100,
  switchAffinity: true,
};
