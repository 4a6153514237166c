/** Schemas of all operations' inputs, and the right each needs. What doesn't fit is refused before anything runs. */
import { z } from 'zod';
import { parseEndpoint } from '../../lib/endpoint.ts';
import { LIMITS } from '../../lib/limits.ts';
import { AUDIT_CHECK_NAMES } from '../model/audit.ts';
import { CREDENTIAL_FORMS, parseCredential, SECRET_NAME_PATTERN } from '../model/credential.ts';
import { DEVICE_KINDS } from '../model/device-kinds.ts';
import { KIND_NAMES, type KindName } from '../model/kinds.ts';
import { sshSettings } from '../model/specs.ts';
import type { Plan } from '../planner/plan.ts';
import { BY_NAME_INPUTS } from './by-name-types.ts';
import { CANDIDATE_INPUTS } from './candidate-types.ts';
import { connectivityInputs } from './connectivity-inputs.ts';
import { COPY_INPUTS } from './copy-types.ts';
import { DAEMON_INPUTS } from './daemon-types.ts';
import { FORECAST_INPUTS } from './forecast-types.ts';
import { FOREIGN_INPUTS } from './foreign-types.ts';
import { importMatchInput } from './import-types.ts';
import { LOGIN_INPUTS } from './login-types.ts';
import { NETWORK_INPUTS } from './network-types.ts';
import { RECLAIM_INPUTS } from './reclaim-types.ts';
import { RECORD_INPUTS } from './record-types.ts';
import { TASK_INPUTS } from './task-inputs.ts';
import type { InputOf, OperationName } from './types.ts';

/** What the caller must be allowed to do. Local CLI users may do everything; REST maps roles to these. */
export type Right = 'read' | 'provision' | 'administer';

const none = z.strictObject({});
const address = z.strictObject({ address: z.string().min(1) });
const mode = z.enum(['observe', 'propose', 'manage']);
const planText = z.strictObject({
  file: z.string(),
  text: z.string(),
  directory: z.string().optional(),
  source: z.string().optional(),
});
const source = { texts: z.array(planText), variables: z.record(z.string(), z.string()) };
const refresh = z.enum(['auto', 'none', 'full']).optional();
const patterns = z.array(z.string().min(1).max(512)).max(1_000).optional();
const part = { targets: patterns, excludes: patterns };
const options = {
  ...part,
  replaceMissing: z.array(z.string()).optional(),
  attestOffline: z.string().min(1).optional(),
  waitIdleMs: z.int().min(1).optional(),
  activatePending: z.boolean().optional(),
  refresh,
};
const system = z.strictObject({ system: z.string().min(1).optional() });
const network = z.string().min(1).optional();
const named = z.strictObject({ name: z.string().min(1) });
const reason = z.string().min(1).max(LIMITS.reasonLengthMax).optional();
const systems = z.strictObject({ systems: z.array(z.string().min(1)).optional() });
const secretName = z
  .string()
  .regex(SECRET_NAME_PATTERN, 'letters, digits, dots, dashes and underscores, with slashes between, at most 128');
/** What isn't a reference may be the secret: it is neither stored nor repeated. */
const credential = z
  .string()
  .refine((text) => parseCredential(text) !== undefined, `not a reference to a secret: write ${CREDENTIAL_FORMS}`);
/** How a device is reached. */
const reach = {
  endpoint: z
    .string()
    .refine((text) => parseEndpoint(text) !== undefined, 'write local or ssh://user@host:port, without a password')
    .optional(),
  ssh: sshSettings.optional(),
  credential: credential.optional(),
};
/** A plan is checked by its checksum, installation and basis; its shape only has to be a plan's. */
const plan = z.looseObject({
  formatVersion: z.int(),
  id: z.string(),
  units: z.array(z.unknown()),
}) as unknown as z.ZodType<Plan>;

const namedPaths = z.array(z.strictObject({ initiator: z.string(), port: z.string() })).max(LIMITS.rangePageMax);
const among = z.strictObject({
  system: z.string().optional(),
  hosts: z.array(z.string()).optional(),
  min: z.int().min(1).optional(),
  ports: z.array(z.string()).optional(),
  keep: z.boolean().optional(),
});
const exchange = {
  remove: z.boolean().optional(),
  onlyAdd: z.boolean().optional(),
  activatePending: z.boolean().optional(),
};

export const INPUTS = {
  init: { right: 'administer', schema: none },
  validate: { right: 'read', schema: z.strictObject(source) },
  plan: { right: 'read', schema: z.strictObject({ ...source, ...options }) },
  fmt: { right: 'read', schema: z.strictObject({ texts: z.array(planText) }) },
  schema: { right: 'read', schema: none },
  output: { right: 'read', schema: z.strictObject({ ...source, name: z.string().optional() }) },
  apply: {
    right: 'provision',
    schema: z
      .strictObject({
        source: z.strictObject({ ...source, ...options }).optional(),
        plan: plan.optional(),
        skipHeld: z.boolean(),
        confirmDestroy: z.int().nonnegative().optional(),
        onlyCheck: z.boolean().optional(),
        background: z.boolean().optional(),
        claimWaitMs: z.int().nonnegative(),
        parallel: z.int().min(1).max(LIMITS.unitsInFlightCeiling).optional(),
        deviceLimit: z.int().min(1).optional(),
        onError: z.enum(['rollback', 'suspend', 'continue']).optional(),
        atomic: z.boolean().optional(),
      })
      .refine(
        (input) => (input.source === undefined) !== (input.plan === undefined),
        'give either plan text or a saved plan',
      ),
  },
  destroy: {
    right: 'provision',
    schema: z.strictObject({
      stacks: z.array(z.string()).min(1),
      attestOffline: z.string().optional(),
      waitIdleMs: z.int().min(1).optional(),
      activatePending: z.boolean().optional(),
      refresh,
      ...part,
    }),
  },
  undelete: { right: 'provision', schema: address },
  purge: { right: 'provision', schema: address },
  ...COPY_INPUTS,
  ...CANDIDATE_INPUTS,
  'path.rebalance': {
    right: 'provision',
    schema: address.extend({
      ...exchange,
      exactly: z.strictObject({ add: namedPaths, remove: namedPaths }).optional(),
      among: among.optional(),
    }),
  },
  'port.replace': { right: 'administer', schema: z.strictObject({ from: z.string(), to: z.string(), ...exchange }) },
  import: {
    right: 'provision',
    schema: z.strictObject({
      address: z.string(),
      system: z.string(),
      nativeId: z.string(),
      project: z.string(),
      virtualPool: z.string(),
      virtualArray: z.string(),
    }),
  },
  'import.match': { right: 'read', schema: importMatchInput },
  show: { right: 'read', schema: z.strictObject({ address: z.string().optional() }) },
  drift: { right: 'read', schema: system.extend(part) },
  discover: { right: 'administer', schema: systems.extend({ whole: z.boolean().optional() }) },
  'discover.metrics': { right: 'administer', schema: systems },
  complete: {
    right: 'read',
    schema: z.strictObject({
      what: z.enum(['address', 'storageSystem', 'networkSystem', 'device', 'secret', 'task', 'workflow']),
      prefix: z.string().max(1_024),
      limit: z.int().min(1).max(LIMITS.rangePageMax),
    }),
  },
  doctor: { right: 'administer', schema: z.strictObject({ bundle: z.boolean() }) },
  orphans: { right: 'read', schema: system },
  'pool.list': { right: 'read', schema: system },
  'port.list': { right: 'read', schema: system },
  'pool.fit': {
    right: 'read',
    schema: z.strictObject({ virtualPool: z.string().min(1), fields: z.record(z.string(), z.unknown()).optional() }),
  },
  capacity: { right: 'read', schema: none },
  ...FORECAST_INPUTS,
  ...RECLAIM_INPUTS,
  audit: {
    right: 'read',
    schema: system.extend({ refresh, checks: z.array(z.enum(AUDIT_CHECK_NAMES)).min(1).optional() }),
  },
  ...connectivityInputs({ plan, refresh }),
  ...TASK_INPUTS,
  ...BY_NAME_INPUTS,
  ...FOREIGN_INPUTS,
  ...LOGIN_INPUTS,
  ...DAEMON_INPUTS,
  ...RECORD_INPUTS,
  'zone.list': { right: 'read', schema: z.strictObject({ network, refresh }) },
  'zone.show': { right: 'read', schema: z.strictObject({ name: z.string().min(1), network, refresh }) },
  'zone.diff': { right: 'read', schema: z.strictObject({ network }) },
  'zone.verify': { right: 'read', schema: z.strictObject({ target: z.string().min(1).optional() }) },
  ...NETWORK_INPUTS,
  recover: { right: 'provision', schema: none },
  explain: {
    right: 'read',
    schema: z.strictObject({ address: z.string(), source: z.strictObject(source).optional() }),
  },
  graph: {
    right: 'read',
    schema: z
      .strictObject({ address: z.string().min(1).optional(), source: z.strictObject(source).optional() })
      .refine((input) => input.source === undefined || input.address === undefined, 'give plan text or an address'),
  },
  'why-not': {
    right: 'read',
    schema: z.strictObject({
      address: z.string().min(1),
      pool: z.string().min(1),
      source: z.strictObject(source).optional(),
    }),
  },
  whatif: {
    right: 'read',
    schema: z.strictObject({
      lose: z.array(z.string().min(1)).max(1_000).optional(),
      grow: z
        .strictObject({
          percent: z.number().positive().max(LIMITS.growthPercentMax),
          project: z.string().min(1).optional(),
          virtualPool: z.string().min(1).optional(),
        })
        .optional(),
      like: z.strictObject({ system: z.string().min(1), name: z.string().min(1).optional() }).optional(),
      into: z.array(z.string().min(1)).max(1_000).optional(),
      source: z.strictObject(source).optional(),
      adds: z.array(z.string()).max(1_000).optional(),
      refresh,
    }),
  },
  'state.list': {
    right: 'read',
    schema: z.strictObject({ kind: z.enum(KIND_NAMES as [KindName, ...KindName[]]).optional() }),
  },
  'state.show': { right: 'read', schema: address },
  'state.export': { right: 'administer', schema: none },
  'state.import': { right: 'administer', schema: z.strictObject({ document: z.string(), replace: z.boolean() }) },
  'device.add': {
    right: 'administer',
    schema: z
      .strictObject({
        name: z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/),
        driver: z.string(),
        configuration: z.record(z.string(), z.unknown()),
        directory: z.string().optional(),
        mode,
        kind: z.enum(DEVICE_KINDS).optional(),
        pools: z.array(z.string()),
        allPools: z.boolean().optional(),
        fabrics: z.array(z.string().min(1)).optional(),
        vsans: z.array(z.int().min(1).max(4094)).optional(),
        allFabrics: z.boolean().optional(),
        ...reach,
      })
      .refine(({ pools, allPools }) => !allPools || pools.length === 0, 'give the pools, or all of them')
      .refine(
        ({ fabrics = [], vsans = [], allFabrics }) => !allFabrics || fabrics.length + vsans.length === 0,
        'give the fabrics, or all of them',
      ),
  },
  // It logs in to where the caller says, with a credential of ours.
  'device.scan': {
    right: 'administer',
    schema: z.strictObject({
      driver: z.string(),
      configuration: z.record(z.string(), z.unknown()),
      directory: z.string().optional(),
      ...reach,
      stack: z.string().min(1).optional(),
    }),
  },
  'device.list': { right: 'read', schema: none },
  'device.trust': {
    right: 'administer',
    schema: z.strictObject({ name: z.string(), accept: z.array(z.string()).min(1).optional() }),
  },
  'device.register': { right: 'administer', schema: named },
  'device.deregister': { right: 'administer', schema: named.extend({ why: reason }) },
  'pool.register': { right: 'administer', schema: named },
  'pool.deregister': { right: 'administer', schema: named.extend({ why: reason }) },
  'port.register': { right: 'administer', schema: named },
  'port.deregister': { right: 'administer', schema: named.extend({ why: reason }) },
  'device.maintenance': {
    right: 'administer',
    schema: named
      .extend({ on: z.boolean(), forMs: z.int().min(1).max(LIMITS.maintenanceMaxMs).optional(), why: reason })
      .refine(
        ({ on, forMs, why }) => on || (forMs === undefined && why === undefined),
        'its end has no time and no reason',
      ),
  },
  'device.rotate': {
    right: 'administer',
    schema: z
      .strictObject({
        name: z.string(),
        credential: credential.optional(),
        end: z.enum(['finish', 'back']).optional(),
        keepOldForMs: z.int().min(0).max(LIMITS.credentialWindowMaxMs).optional(),
      })
      .refine(
        (input) => (input.credential === undefined) !== (input.end === undefined),
        'give either a new credential or how the rotation ends',
      )
      .refine(
        (input) => input.keepOldForMs === undefined || input.credential !== undefined,
        'how long the old one is kept goes with a new credential',
      ),
  },
  'device.review': { right: 'administer', schema: z.strictObject({ name: z.string(), accept: mode.optional() }) },
  'secret.init': { right: 'administer', schema: none },
  'secret.set': { right: 'administer', schema: z.strictObject({ name: secretName, value: z.string() }) },
  'secret.list': { right: 'administer', schema: none },
  'secret.remove': { right: 'administer', schema: z.strictObject({ name: secretName }) },
  'secret.rotate': { right: 'administer', schema: none },
  'driver.list': { right: 'read', schema: none },
  sim: {
    right: 'administer',
    schema: z.strictObject({
      verb: z.enum(['up', 'fault', 'break', 'edit', 'reset', 'show']),
      arguments: z.record(z.string(), z.unknown()),
    }),
  },
} as const satisfies { [N in OperationName]: { right: Right; schema: z.ZodType } };

/** Throws OperationError's usage outcome through the caller when it doesn't fit. */
export function parseInput<N extends OperationName>(
  name: N,
  input: unknown,
): { ok: true; input: InputOf<N> } | { ok: false; issues: string[] } {
  const parsed = INPUTS[name].schema.safeParse(input);
  if (parsed.success) return { ok: true, input: parsed.data as unknown as InputOf<N> };
  return {
    ok: false,
    issues: parsed.error.issues.map((issue) => `${issue.path.map(String).join('.') || 'input'}: ${issue.message}`),
  };
}
