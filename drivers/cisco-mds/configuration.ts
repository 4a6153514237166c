/** The device's configuration in plan files. */
import { z } from 'zod';

const VSAN_MAX = 4_093;

export const configuration = z.strictObject({
  /** VSANs that are looked at and zoned through this switch; without it, all that are active on it. */
  vsans: z.array(z.int().min(1).max(VSAN_MAX)).min(1).max(256).optional(),
  /** After an activation the running configuration is saved: of this switch, or of every switch of the fabric. */
  saveTo: z.enum(['switch', 'fabric']).default('switch'),
  /**
   * The user that coprhd logs in as, and nobody else does. Only with it is a zoning session that coprhd left open when it
   * died told from other people's.
   */
  user: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'a user name as the switch shows it')
    .optional(),
});

export type MdsConfiguration = z.infer<typeof configuration>;
