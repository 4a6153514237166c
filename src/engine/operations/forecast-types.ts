/** `capacity --forecast`: when pools, virtual pools and quotas are full, by what was recorded of them. Bytes. */
import { z } from 'zod';
import type { Outlook } from '../placement/forecast.ts';
import type { Report } from './types.ts';

export interface ForecastAmount {
  /** Physically used; logical size of all volumes; logical size of ours, as quotas count it. */
  readonly what: 'used' | 'subscribed' | 'provisioned';
  readonly bytes: number;
  /** Of these bytes: what was asked about, and isn't there yet. */
  readonly addedBytes?: number;
  /** Absent: nothing limits it. */
  readonly limit?: { readonly of: 'size' | 'utilisation' | 'subscription' | 'quota'; readonly bytes: number };
  /** Days on which there was a sample, and from the first to the last. */
  readonly history: { readonly samples: number; readonly days: number };
  /** Absent: not enough history. */
  readonly trend?: {
    readonly bytesPerDay: number;
    /** In nine of ten cases it lies in between. */
    readonly lowBytesPerDay: number;
    readonly highBytesPerDay: number;
    /** Jumps that are not counted as growth. */
    readonly steps: readonly { readonly atMs: number; readonly bytes: number }[];
  };
  readonly outlook: Outlook;
}

export interface ForecastRow {
  readonly of: 'pool' | 'virtualPool' | 'project' | 'tenant';
  readonly name: string;
  /** A tenant's quota of one virtual pool. */
  readonly virtualPool?: string;
  readonly urn: string;
  /** When the amounts were so. Absent: it was never looked at. */
  readonly asOfMs?: number;
  readonly amounts: readonly ForecastAmount[];
}

/** What a plan puts into a pool, less what it takes out of it. Bytes. */
export interface PoolAddition {
  readonly pool: string;
  readonly usedBytes: number;
  readonly subscribedBytes: number;
}

export interface ForecastOperations {
  'capacity.forecast': {
    input: {
      /** Only what is full within so long, by its trend; the outcome is `changes` then. */
      withinMs?: number | undefined;
      /** Only these pools, with so much more in them at once. What is not recorded has no history, and no row. */
      adding?: readonly PoolAddition[] | undefined;
    };
    result: Report & {
      rows: readonly ForecastRow[];
      /** What was looked at, and what of it has a limit and not enough history. */
      counts: { readonly amounts: number; readonly unknown: number };
      /** With less there is no trend. */
      minimum: { readonly samples: number; readonly days: number };
      withinMs?: number;
    };
  };
}

const addition = z.strictObject({ pool: z.string(), usedBytes: z.int(), subscribedBytes: z.int() });

export const FORECAST_INPUTS = {
  'capacity.forecast': {
    right: 'read',
    schema: z.strictObject({ withinMs: z.int().min(1).optional(), adding: z.array(addition).optional() }),
  },
} as const;
