/** The switch's configuration in plan files. */
import { z } from 'zod';

/** Of a virtual fabric (FID). */
const FID_MAX = 128;

export const configuration = z
  .strictObject({
    /** How it is reached: its command line (`ssh://user@host`), or REST (`https://host`, Fabric OS 8.2.1 and later). */
    transport: z.enum(['cli', 'rest']).default('cli'),
    /** The virtual fabric (FID) to work on. Without it: the one that the user logs in to. */
    virtualFabric: z.int().min(1).max(FID_MAX).optional(),
    /** REST only: whom to log in as; over SSH the endpoint says it. */
    user: z
      .string()
      .regex(/^[A-Za-z0-9._@-]{1,64}$/, 'at most 64 letters, digits and . _ @ -')
      .optional(),
  })
  .refine(({ transport, user }) => (transport === 'rest') === (user !== undefined), {
    message: 'user belongs to transport: rest, and must be there then',
    path: ['user'],
  });

export type FosConfiguration = z.infer<typeof configuration>;
