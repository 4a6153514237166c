/**
 * What a page of a scan must look like. Drivers are other people's too, and people register what a scan names: a page that
 * isn't one goes no further. The engine and the conformance cases check with the same schema.
 */
import { z } from 'zod';
import type { ScanPage } from './contract.ts';

const word = z.string().min(1).max(256);

/** `systemKeys` of the driver: a system's part of the configuration has exactly these. */
export function scanPageSchema(systemKeys: readonly string[]): z.ZodType<ScanPage> {
  const wanted = [...systemKeys].sort().join();
  return z.object({
    systems: z.array(
      z.object({
        name: word,
        identity: z.object({
          serialNumber: word,
          model: word,
          firmwareVersion: word,
          nativeGuid: word.regex(/^[^+]+\+.+$/, 'not <TYPE>+<serial>'),
          supported: z.boolean(),
        }),
        configuration: z
          .record(z.string(), z.unknown())
          .refine((part) => Object.keys(part).sort().join() === wanted, `has other keys than ${systemKeys.join(', ')}`),
      }),
    ),
    next: z.string().optional(),
    complete: z.boolean(),
    why: z.string().optional(),
  }) as z.ZodType<ScanPage>;
}
