/**
 * The device's configuration in plan files. Paths end up in tgt's parameter lists (cut at commas) and in files that
 * tgt-admin gives to a shell, so only characters that mean nothing to either are let in, but in the directories of pools:
 * those are shown to tgt by a link where they have others (pool-links.ts).
 */
import { z } from 'zod';

export const SAFE_PATH = /^[A-Za-z0-9._/+@-]+$/;
/** A Unix socket address holds 107 bytes; tgtd adds `.<control port>`. */
const SOCKET_PATH_MAX = 100;

/** Each line of tgt's output is one fact. */
const ONE_LINE = /^[^\p{Cc}]+$/u;

const path = z.string().min(1).max(1_024).regex(SAFE_PATH, 'a path here may have letters, digits and . _ / + @ - only');

export const configuration = z.strictObject({
  /** tgtd's TGT_IPC_SOCKET, without the `.<control port>` that tgtd adds. */
  socket: path.max(SOCKET_PATH_MAX),
  controlPort: z.int().min(0).max(65_535),
  /** Pools by name; each is a directory. */
  pools: z.record(
    z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/i, 'letters, digits, - and _'),
    z.string().min(1).max(1_024).regex(ONE_LINE, 'a directory here may not have line ends or control characters'),
  ),
  /** Where the driver keeps what tgtd forgets when it restarts. */
  configDirectory: path,
  iqnPrefix: z
    .string()
    .max(80)
    .regex(/^iqn\.\d{4}-\d{2}\.[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'like iqn.2026-01.com.example')
    .default('iqn.2026-01.io.coprhd'),
  /** Names the array; without it one is derived from the machine, the socket and the control port. */
  serialNumber: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,32}$/, 'at most 32 letters, digits and -')
    .optional(),
});

export type TgtConfiguration = z.infer<typeof configuration>;
