/** Schemas of devices, storage systems and network systems: how they are reached, and what of them may be changed. */
import { z } from 'zod';
import { LIMITS } from '../../../lib/limits.ts';
import { CREDENTIAL_FORMS } from '../../model/credential.ts';
import { deviceMode } from '../../model/specs.ts';
import { complain, credential, endpoint, percentage, sortedSet, sshEndpoint, utilisation, vsan } from './leaves.ts';
import { type CrossCheck, defined, resource } from './resource.ts';

const SECRET_KEY = /^(?:password|passwd|passphrase|secret|token|api[-_]?key|private[-_]?key)$/i;

/** Path of a key that looks like a secret, in the driver's own configuration. */
function secretKey(value: unknown, path: (string | number)[]): (string | number)[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    const found = SECRET_KEY.test(key) ? here : secretKey(inner, here);
    if (found) return found;
  }
  return undefined;
}

const refuseSecrets: CrossCheck = (body, ctx) => {
  const path = secretKey(body.configuration, ['configuration']);
  if (path === undefined) return;
  complain(
    ctx,
    {
      code: 'COPRHD-CONFIG-004',
      summary: `a secret does not belong into the configuration ("${path.at(-1)}")`,
      detail: 'The configuration is stored and shown.',
      fix: `Give it by credential: ${CREDENTIAL_FORMS}.`,
    },
    path,
  );
};

const SSH_SESSIONS_MAX = 64;

const ssh = z
  .strictObject({
    jump: sshEndpoint.meta({ description: 'A machine to go through: ssh://user@host:port.' }).optional(),
    jumpCredential: credential.optional(),
    sessionsMax: z
      .int()
      .min(1)
      .max(SSH_SESSIONS_MAX)
      .meta({ description: 'Commands at once over the one connection. Default 8; OpenSSH takes 10.' })
      .optional(),
  })
  .meta({ description: 'How an ssh:// endpoint is reached.' });

/** Rather here than after the first attempt to reach it. */
const checkAccess: CrossCheck = (body, ctx) => {
  refuseSecrets(body, ctx);
  const { endpoint: where = 'local', ssh: settings, credential: secret } = body;
  if (typeof where !== 'string' || where.includes('${')) return;
  const code = 'COPRHD-CONFIG-004';
  const isSsh = where.startsWith('ssh://');
  if (settings !== undefined && !isSsh) {
    const summary = 'ssh is for endpoints that are reached over SSH';
    complain(ctx, { code, summary, fix: 'Write endpoint: ssh://user@host, or remove ssh.' }, ['ssh']);
  }
  if (isSsh && secret === undefined) {
    const fix = `Write credential: ${CREDENTIAL_FORMS}.`;
    complain(ctx, { code, summary: 'a device behind ssh:// needs a credential to log in with', fix }, ['endpoint']);
  }
};

const volumesMax = z.int().min(0).meta({ description: 'So many volumes of ours at most.' });

const systemLimits = z
  .strictObject({
    volumes: volumesMax.optional(),
    pools: z
      .record(
        z.string().min(1),
        z.strictObject({
          volumes: volumesMax.optional(),
          utilisation: utilisation.optional(),
          subscription: percentage.optional(),
        }),
      )
      .meta({ description: 'By the name that the pool has on the device.' })
      .optional(),
  })
  .meta({ description: 'Beside the limits of virtual pools; the tighter one holds.' });

/** Of every device. */
const access = {
  driver: z.string().min(1),
  endpoint: endpoint.default('local'),
  ssh: ssh.optional(),
  configuration: z.record(z.string(), z.unknown()).default({}),
  credential: credential.optional(),
  mode: deviceMode.default('observe'),
};

/** Without what isn't given, as records have it. */
const accessOf = ({ credential: secret, ssh: settings, driver, ...rest }: z.output<z.ZodObject<typeof access>>) => ({
  driver,
  endpoint: rest.endpoint,
  configuration: rest.configuration,
  mode: rest.mode,
  ...(settings === undefined ? {} : { ssh: defined(settings) }),
  ...(secret === undefined ? {} : { credential: secret }),
});

export const storageSystem = resource(
  'storageSystem',
  {
    ...access,
    scope: z.strictObject({ pools: z.array(z.string().min(1)).optional() }).default({}),
    limits: systemLimits.optional(),
  },
  ({ scope, limits, ...rest }) => ({
    spec: {
      ...accessOf(rest),
      scope: scope.pools === undefined ? {} : { pools: scope.pools },
      ...(limits === undefined ? {} : { limits: defined(limits) }),
    },
  }),
  checkAccess,
);

export const networkSystem = resource(
  'networkSystem',
  {
    ...access,
    scope: z
      .strictObject({
        fabrics: z
          .array(z.string().min(1).max(LIMITS.nameLengthMax))
          .meta({ description: 'Names of networks, or of fabrics as networks say them: FID128.' })
          .optional(),
        vsans: z.array(vsan).optional(),
      })
      .meta({ description: 'Whose zones may be changed. Default: none.' })
      .default({}),
  },
  ({ scope, ...rest }) => ({
    spec: {
      ...accessOf(rest),
      scope: {
        ...(scope.fabrics === undefined ? {} : { fabrics: sortedSet(scope.fabrics) }),
        ...(scope.vsans === undefined ? {} : { vsans: [...new Set(scope.vsans)].sort((a, b) => a - b) }),
      },
    },
  }),
  checkAccess,
);
