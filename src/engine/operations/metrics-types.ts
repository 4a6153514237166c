/** Input and result of `discover --metrics`. Percentages are 0..100; what is not known is absent. Times are by our clock. */
import type { Report } from './types.ts';

export interface Load {
  /** Between the last two samples that made a difference. */
  readonly busyPercent: number;
  /** By the short and the long average together: what decisions go by. */
  readonly averagePercent: number;
  readonly measuredAtMs: number;
}

export interface SampledPort {
  readonly name: string;
  readonly haDomain: string;
  /** As last discovered. Ports that are down are not counted into the system's figure. */
  readonly status: 'up' | 'down';
  readonly load?: Load;
  /** Average of its director's processor. */
  readonly cpuBusyPercent?: number;
  /** Of both, with CoprHD's floors: smaller is better. */
  readonly metricPercent?: number;
}

export interface SampledSystem {
  readonly system: string;
  readonly driver: string;
  /** first: nothing to compare with yet. none: there are no metrics, see `why`. failed: see `why`. */
  readonly result: 'sampled' | 'first' | 'none' | 'failed';
  readonly why?: string;
  /** Average over usable ports, as placement takes it. Absent: not all of them are measured; it takes 50 then. */
  readonly portBusyPercent?: number;
  readonly ports: readonly SampledPort[];
  readonly haDomains: readonly { readonly name: string; readonly load?: Load }[];
  /** Native ids of ports that the device counts and nobody has recorded. */
  readonly unrecordedPorts: readonly string[];
}

export interface MetricsOperations {
  'discover.metrics': {
    /** Names of storage systems; all that are recorded without it. */
    input: { systems?: readonly string[] };
    result: Report & { systems: readonly SampledSystem[] };
  };
}
