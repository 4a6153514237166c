/**
 * What a sample of counters must look like. Drivers are other people's too, and what is kept of a sample is kept for long: a
 * sample that isn't one goes no further. The engine and the conformance cases check with the same schema.
 */
import { z } from 'zod';
import type { MetricsSample } from './contract.ts';

const name = z.string().min(1);
const counter = z.int().nonnegative();

export const METRICS_SAMPLE: z.ZodType<MetricsSample> = z.object({
  sampledAtMs: z.int().nonnegative(),
  ports: z
    .array(z.object({ nativeId: name, kilobytesTransferred: counter, speedGbit: z.number().nonnegative().optional() }))
    .refine((ports) => new Set(ports.map(({ nativeId }) => nativeId)).size === ports.length, 'a port is in it twice'),
  haDomains: z
    .array(z.object({ name, totalTicks: counter, idleTicks: counter }))
    .refine(
      (domains) => new Set(domains.map((each) => each.name)).size === domains.length,
      'a director is in it twice',
    ),
}) as z.ZodType<MetricsSample>;
