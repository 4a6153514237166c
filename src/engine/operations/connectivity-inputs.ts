/** Schemas of what is asked about connections (connectivity-types.ts). */
import { z } from 'zod';
import type { Plan } from '../planner/plan.ts';
import type { Refresh } from './types.ts';

const name = z.string().min(1).optional();

export const connectivityInputs = ({
  plan,
  refresh,
}: {
  readonly plan: z.ZodType<Plan>;
  readonly refresh: z.ZodType<Refresh | undefined>;
}) =>
  ({
    'path.list': { right: 'read', schema: z.strictObject({ of: name, system: name, refresh }) },
    topo: {
      right: 'read',
      schema: z
        .strictObject({ host: name, export: name, network: name, plan: plan.optional(), refresh })
        .refine(
          ({ host, export: exported, network, plan: given }) =>
            [host, exported, network, given].filter((each) => each !== undefined).length === 1,
          'give one of host, export, network and plan',
        ),
    },
    'access.report': {
      right: 'read',
      schema: z.strictObject({ host: name, system: name, initiator: name, volume: name, refresh }),
    },
  }) as const;
