/** Operations on devices and drivers: add (through a plan), list, review after an import of state, driver list. */
import { fail, OperationError } from '../../lib/diagnostic.ts';
import type { DesiredGraph, DesiredNode } from '../config/desired.ts';
import { foldName, INFRASTRUCTURE_STACK } from '../model/address.ts';
import { openWindow } from '../model/credential-window.ts';
import { maintenanceDiagnostic, maintenanceOf } from '../model/maintenance.ts';
import { effectiveMode } from '../model/mode.ts';
import { isLive, type ResourceRecord, type VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { type RegisteredKind, registrationStatus } from '../model/registration.ts';
import type { PoolAttributes, PortAttributes } from '../model/specs.ts';
import { uuidOf } from '../model/urn.ts';
import { discoveryStatus } from '../model/visibility.ts';
import { findDrift } from '../observe/drift.ts';
import type { PlanResult } from '../planner/make-plan.ts';
import type { Plan } from '../planner/plan.ts';
import { openViewLoader, withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import { absolutePaths, configurationProblems } from './device-configuration.ts';
import type { DeviceAddInput, ListedDevice } from './device-types.ts';
import { deviceSpec } from './devices.ts';
import { BUILT_IN_DRIVERS, loadBlockArray, loadDriver, manifestsOf } from './drivers.ts';
import type { Call } from './engine.ts';
import { observeSystems } from './observing.ts';
import { type PlanReport, planReport, withoutSpans } from './one-shot.ts';
import { planOrder } from './planning.ts';
import { rewrite } from './recorded.ts';
import { renewMarks } from './renewing.ts';
import type { InputOf, ResultOf } from './types.ts';

type System = ResourceRecord<'storageSystem'>;

/** The same road as a plan file with this one storage system, owned by the caller instead of a stack. */
export async function deviceAdd(call: Call, input: InputOf<'device.add'>): Promise<PlanReport> {
  const manifest = await loadBlockArray(input.driver);
  // A path on another machine has nothing to do with where the command was typed.
  const directory = (input.endpoint ?? 'local') === 'local' ? input.directory : undefined;
  const { configuration, relative } = absolutePaths(input.configuration, manifest.configurationPaths, directory);
  const parsed = manifest.configuration.safeParse(configuration);
  const issues = [
    ...(parsed.success ? [] : parsed.error.issues),
    ...relative.map((path) => ({ path: [path], message: 'give an absolute path' })),
  ];
  if (issues.length > 0) return { outcome: 'error', diagnostics: configurationProblems(input.name, issues) };
  const add = (access: Access) => planOne(call, input, configuration, access);
  const looked = input.allPools ? await add({ mode: 'observe', pools: [] }) : undefined;
  if (looked && !looked.plan) return planReport(looked);
  return planReport(await add({ mode: input.mode, pools: looked?.plan ? poolsIn(looked.plan) : input.pools }));
}

type Access = Pick<DeviceAddInput, 'mode' | 'pools'>;

/** Native ids of the pools that a plan registers. */
const poolsIn = ({ units }: Plan): string[] =>
  units
    .flatMap(({ writes }) => writes)
    .flatMap(({ final }) => (final.kind === 'pool' ? [(final as ResourceRecord<'pool'>).spec.nativeId] : []))
    .sort();

async function planOne(
  call: Call,
  input: DeviceAddInput,
  configuration: Record<string, unknown>,
  { mode, pools }: Access,
): Promise<PlanResult> {
  const node = {
    kind: 'storageSystem',
    name: input.name,
    existing: false,
    spec: {
      driver: input.driver,
      endpoint: input.endpoint ?? 'local',
      ...(input.ssh === undefined ? {} : { ssh: input.ssh }),
      configuration,
      mode,
      scope: pools.length > 0 ? { pools } : {},
      ...(input.credential === undefined ? {} : { credential: input.credential }),
    },
    policy: { protect: false, onRemove: 'delete' },
    tags: [],
    file: '<device add>',
    spanOf: () => ({ file: '<device add>', line: 1, column: 1 }),
  } satisfies DesiredNode<'storageSystem'> as unknown as DesiredNode;
  const graph: DesiredGraph = {
    stacks: [
      {
        type: 'infrastructure',
        stack: INFRASTRUCTURE_STACK,
        nodes: new Map([[`storageSystem.${input.name}`, node]]),
        forget: [],
        imports: [],
        files: [],
      },
    ],
  };
  const loader = await openViewLoader(call.engine.store);
  try {
    const result = await planOrder(call, loader, {
      operation: 'device add',
      graph,
      texts: [],
      options: {},
      additive: true,
      apiOwned: true,
    });
    return { ...result, diagnostics: withoutSpans(result.diagnostics) };
  } finally {
    loader.close();
  }
}

export async function deviceList(call: Call): Promise<ResultOf<'device.list'>> {
  const { result } = await withView(call.engine.store, (view) =>
    view
      .all('storageSystem')
      .map(({ record }) => record)
      .filter(isLive)
      .map((record) => listed(call, view, record)),
  );
  const devices = await Promise.all(result.map(withLimits));
  return { outcome: 'ok', diagnostics: [], devices };
}

function listed({ engine }: Call, view: RecordedView, record: System): ListedDevice {
  const { identity } = record.status;
  const { credential } = record.spec;
  const window = openWindow(record.spec, engine.clock.nowMs());
  const maintenance = maintenanceOf(record, engine.clock.nowMs());
  const scope = uuidOf(record.urn);
  const live = <K extends 'pool' | 'port'>(kind: K) =>
    view
      .inScope(kind, scope)
      .map(({ record: child }) => child)
      .filter(isLive);
  return {
    name: record.name,
    driver: record.spec.driver,
    model: identity?.model ?? '',
    firmwareVersion: identity?.firmwareVersion ?? '',
    serialNumber: identity?.serialNumber ?? '',
    mode: record.spec.mode,
    effectiveMode: effectiveMode(record, engine.installation.epoch),
    scope: record.spec.scope.pools ?? [],
    ...registrationOf(record),
    pools: live('pool').flatMap((pool) => {
      const found = view.pool(pool.urn);
      return found ? [{ ...found, ...partOf(pool as ResourceRecord<'pool'>, found), name: pool.name }] : [];
    }),
    ports: live('port').flatMap((port) => {
      const found = view.port(port.urn);
      const record = port as ResourceRecord<'port'>;
      const { address } = record.spec;
      return found ? [{ ...found, ...partOf(record, found), name: port.name, address }] : [];
    }),
    limits: [],
    ...(maintenance ? { maintenance } : {}),
    ...(credential === undefined ? {} : { credential }),
    ...(window ? { credentialWindow: { credential: window.credential, untilMs: window.untilMs } } : {}),
  };
}

function registrationOf(
  record: ResourceRecord<RegisteredKind>,
): Pick<ListedDevice, 'registrationStatus' | 'deregistered'> {
  const { deregistered } = record.spec;
  return { registrationStatus: registrationStatus(record), ...(deregistered ? { deregistered } : {}) };
}

const partOf = (record: ResourceRecord<'pool' | 'port'>, seen: PoolAttributes | PortAttributes) => ({
  ...registrationOf(record),
  discoveryStatus: discoveryStatus(seen),
});

async function withLimits(device: ListedDevice): Promise<ListedDevice> {
  const manifest = await loadBlockArray(device.driver);
  return { ...device, limits: manifest.limits.map(({ id, text }) => `${id}: ${text}`) };
}

/**
 * After an import or restore of state every device is only observed until somebody looked at what is on it now. Without
 * `accept` this shows it; with it the mode is accepted for the present epoch.
 */
export async function deviceReview(call: Call, input: InputOf<'device.review'>): Promise<ResultOf<'device.review'>> {
  const { engine } = call;
  const loader = await openViewLoader(engine.store);
  try {
    const found = (await withView(loader, (view) => findResource(view, input.name, 'storageSystem'))).result;
    if ('problem' in found) return fail('error', found.problem);
    const recorded = found.recorded as VersionedRecord<'storageSystem'>;
    const system = recorded.record;
    const { installationId, epoch } = engine.installation;
    const observed = await observeSystems(call, loader, [{ spec: deviceSpec(system), urn: system.urn }]);
    const { observation } = observed.get(foldName(system.name))!;
    if (observation.trust.level === 'unreachable') {
      fail('error', {
        code: 'COPRHD-DEVICE-001',
        summary: `${system.name} can't be reviewed: ${observation.trust.why}`,
        fix: 'check the device',
      });
    }
    if (observation.identity && observation.identity.serialNumber !== system.status.identity?.serialNumber) {
      fail('error', {
        code: 'COPRHD-DEVICE-005',
        summary: `${system.name} is another device than the recorded one`,
        detail: `recorded ${system.status.identity?.serialNumber}, it says ${observation.identity.serialNumber}`,
        fix: 'correct its configuration',
      });
    }
    const request = (view: RecordedView) => ({
      view,
      observed,
      installation: installationId,
      epoch,
      systems: [{ name: system.name, urn: system.urn }],
    });
    const { result: items } = await withView(loader, (view) => findDrift(request(view)));
    const newer = observation.volumes.find(({ mark }) => mark?.installation === installationId && mark.epoch > epoch);
    if (newer && input.accept) {
      fail('held', {
        code: 'COPRHD-DEVICE-008',
        summary: `${system.name} was written by a later state than this one (epoch ${newer.mark?.epoch}, ours is ${epoch})`,
        detail: 'this state is an old copy: managing with it could remove what the newer one made',
        fix: 'use the newer state, or import it here',
      });
    }
    const maintenance = maintenanceOf(system, engine.clock.nowMs());
    // Accepting it renews the marks of volumes.
    if (maintenance && input.accept === 'manage') {
      throw new OperationError('held', [maintenanceDiagnostic(system, maintenance)]);
    }
    const device = input.accept
      ? await accept(call, recorded, input.accept, observation.identity?.firmwareVersion)
      : system;
    const diagnostics = input.accept === 'manage' ? await renewMarks(call, loader, device, observation) : [];
    const foreign = items.filter((item) => item.class === 'foreign').length;
    const { result: shown } = await withView(loader, (view) => listed(call, view, device));
    return {
      outcome: 'ok',
      diagnostics,
      device: await withLimits(shown),
      ours: observation.volumes.filter(({ mark }) => mark?.installation === installationId).length,
      foreign,
      missing: items.filter((item) => item.class === 'missing').map(({ summary }) => summary),
    };
  } finally {
    loader.close();
  }
}

async function accept(
  call: Call,
  recorded: VersionedRecord<'storageSystem'>,
  mode: NonNullable<InputOf<'device.review'>['accept']>,
  firmwareVersion: string | undefined,
): Promise<System> {
  const { record } = recorded;
  const identity = record.status.identity!;
  const accepted: System = {
    ...record,
    status: {
      ...record.status,
      identity: {
        ...identity,
        reviewedMode: mode,
        reviewedEpoch: call.engine.installation.epoch,
        firmwareVersion: firmwareVersion ?? identity.firmwareVersion,
      },
    },
  };
  await rewrite(call, recorded, accepted);
  return accepted;
}

export async function driverList(): Promise<ResultOf<'driver.list'>> {
  const modules = await Promise.all(BUILT_IN_DRIVERS.map(loadDriver));
  const drivers = modules.flatMap(manifestsOf).map((manifest) => {
    const { name, kind, summary, ownershipMark, supported, limits } = manifest;
    const scan = manifest.kind === 'block-array' && manifest.scan ? ['scan'] : [];
    const capabilities = [...manifest.capabilities, ...scan];
    return { name, kind, summary, capabilities, ownershipMark, supported, limits };
  });
  return { outcome: 'ok', diagnostics: [], drivers };
}
