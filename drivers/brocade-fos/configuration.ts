/** The switch's configuration in plan files. */
import { z } from 'zod';

/** Of a virtual fabric (FID). */
const FID_MAX = 128;

export const configuration = z.strictObject({
  /** The virtual fabric (FID) to work on. Without it: the one that the user logs in to. */
  virtualFabric: z.int().min(1).max(FID_MAX).optional(),
  /** Over REST: whom to log in as; over SSH the endpoint says it. */
  user: z
    .string()
    .regex(/^[A-Za-z0-9._@-]{1,64}$/, 'at most 64 letters, digits and . _ @ -')
    .optional(),
});

export type FosConfiguration = z.infer<typeof configuration>;
