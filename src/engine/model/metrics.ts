/**
 * What is kept of the counters of a storage system between one sample and the next (observe/metrics.ts makes it, `om/…` holds
 * it). Percentages are 0..100. Times named `sampled` are by the device's clock and only good for differences; all others are
 * by ours.
 */

/** How busy something was, averaged as CoprHD does. */
export interface BusyAverage {
  /** Between the last two samples. */
  readonly lastPercent: number;
  /** Of the samples of the present period; when one has just ended, of that one. */
  readonly averagePercent: number;
  /** Samples in the present period. */
  readonly samples: number;
  readonly periodStartedAtMs: number;
  /** Over the periods that have ended; absent until one has. */
  readonly longAveragePercent?: number;
  readonly measuredAtMs: number;
}

export interface PortMetrics {
  readonly sampledAtMs: number;
  readonly receivedAtMs: number;
  readonly kilobytesTransferred: number;
  /** Absent until two samples made a difference. */
  readonly busy?: BusyAverage;
  /** Of the port's director by both its averages, when `busy` was measured. Absent: its processor is not counted. */
  readonly cpuBusyPercent?: number;
}

/** The processor of a director, controller or node. */
export interface HaDomainMetrics {
  readonly name: string;
  readonly sampledAtMs: number;
  readonly receivedAtMs: number;
  readonly totalTicks: number;
  readonly idleTicks: number;
  readonly busy?: BusyAverage;
}

export interface SystemMetrics {
  readonly receivedAtMs: number;
  /** Average of its usable ports, and when the one of them was measured that was longest ago. Absent: not all of them are measured. */
  readonly usablePorts?: { readonly busyPercent: number; readonly measuredAtMs: number };
  /** Sorted by name; as many as the system has directors. */
  readonly haDomains: readonly HaDomainMetrics[];
}
