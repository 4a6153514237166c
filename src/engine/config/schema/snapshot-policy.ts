/** Schema of snapshot policies. */
import { z } from 'zod';
import { LIMITS } from '../../../lib/limits.ts';
import { complain, duration, quiesceWish, timeOfDay } from './leaves.ts';
import { type CrossCheck, resource } from './resource.ts';

const DAY_MS = 24 * 3_600_000;

/** Every period starts at the same time of day, so that nobody has to count. */
const fitsDays: CrossCheck = (body, ctx) => {
  const everyMs = body.every;
  if (typeof everyMs !== 'number') return;
  const code = 'COPRHD-CONFIG-004' as const;
  if (everyMs < 60_000) {
    complain(ctx, { code, summary: 'this is too often', fix: 'Write 1m at least.' }, ['every']);
  } else if (everyMs < DAY_MS ? DAY_MS % everyMs !== 0 : everyMs % DAY_MS !== 0) {
    const fix = 'Write what a day is a multiple of (15m, 1h, 6h), or whole days (1d, 7d).';
    complain(ctx, { code, summary: 'this is at other times each day', fix }, ['every']);
  }
};

export const snapshotPolicy = resource(
  'snapshotPolicy',
  {
    every: duration.meta({ description: 'How often: 15m, 1h, 1d, 7d.' }),
    at: timeOfDay.meta({ description: 'A moment of it, in UTC: "02:00". Default: midnight.' }).optional(),
    keep: z.int().min(1).max(LIMITS.snapshotsKeptMax).meta({ description: 'So many of the newest stay.' }),
    quiesce: quiesceWish.optional(),
  },
  ({ every, at, keep, quiesce }) => ({
    spec: { everyMs: every, atMs: (at ?? 0) % every, keep, ...(quiesce ? { quiesce } : {}) },
  }),
  fitsDays,
);
