/** Applications at rest for a snapshot: how hosts bring them there, and who wants it. */
import { z } from 'zod';

/** What brings a host's applications to rest for a snapshot, and how the host is reached for it. Only administrators of the installation say it. */
export const hostQuiesce = z.object({
  endpoint: z.string(),
  /** Fingerprint: only the machine that shows this key is logged in to. */
  hostKey: z.string(),
  /** A reference. */
  credential: z.string(),
  freeze: z.array(z.string()).min(1),
  thaw: z.array(z.string()).min(1),
  timeoutMs: z.int().min(1),
});
export type HostQuiesce = z.infer<typeof hostQuiesce>;

/** A snapshot wants applications at rest; try: where that can't be, it is taken all the same. */
export const quiesceWish = z.union([z.literal(true), z.literal('try')]);
export type QuiesceWish = z.infer<typeof quiesceWish>;
