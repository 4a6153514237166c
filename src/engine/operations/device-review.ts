/**
 * `device review`: after an import or restore of state every device is only observed until somebody looked at what is on it
 * now. Without `accept` this shows it; with it the mode is accepted for the present epoch.
 */
import { fail, OperationError } from '../../lib/diagnostic.ts';
import { foldName } from '../model/address.ts';
import { type DeviceKind, type DeviceRecord, isDevice } from '../model/device-kinds.ts';
import { maintenanceDiagnostic, maintenanceOf } from '../model/maintenance.ts';
import type { ResourceRecord, VersionedRecord } from '../model/record.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { findDrift } from '../observe/drift.ts';
import type { NetworkObservation } from '../observe/network-observation.ts';
import type { SystemObservation } from '../observe/observation.ts';
import { openViewLoader, type ViewLoader, withView } from '../state/view.ts';
import { findDevice } from './addresses.ts';
import { listedDevice } from './device-operations.ts';
import { deviceSpec } from './devices.ts';
import type { Call } from './engine.ts';
import { fabricsSeen } from './fabrics-seen.ts';
import type { FabricSeen } from './network-types.ts';
import { observeSystems } from './observing.ts';
import { observeNetworks } from './observing-networks.ts';
import { rewrite } from './recorded.ts';
import { renewMarks } from './renewing.ts';
import type { InputOf, ResultOf } from './types.ts';

type Input = InputOf<'device.review'>;
type Result = ResultOf<'device.review'>;

export async function deviceReview(call: Call, input: Input): Promise<Result> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const found = (await withView(loader, (view) => findDevice(view, input.name))).result;
    if ('problem' in found) return fail('error', found.problem);
    const recorded = found.recorded as VersionedRecord<DeviceKind>;
    return isDevice(recorded.record, 'storageSystem')
      ? await reviewStorage(call, loader, recorded as VersionedRecord<'storageSystem'>, input)
      : await reviewNetwork(call, loader, recorded as VersionedRecord<'networkSystem'>, input);
  } finally {
    loader.close();
  }
}

async function reviewStorage(
  call: Call,
  loader: ViewLoader,
  recorded: VersionedRecord<'storageSystem'>,
  input: Input,
): Promise<Result> {
  const { engine } = call;
  const system = recorded.record;
  const { installationId, epoch } = engine.installation;
  const observed = await observeSystems(call, loader, [{ spec: deviceSpec(system), urn: system.urn }]);
  const { observation } = observed.get(foldName(system.name))!;
  requireSame(system, observation);
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
  const device = await accepted(call, recorded, input, observation.identity?.firmwareVersion);
  const diagnostics = input.accept === 'manage' ? await renewMarks(call, loader, device, observation) : [];
  return {
    outcome: 'ok',
    diagnostics,
    device: await listedDevice(call, loader, device),
    ours: observation.volumes.filter(({ mark }) => mark?.installation === installationId).length,
    foreign: items.filter((item) => item.class === 'foreign').length,
    missing: items.filter((item) => item.class === 'missing').map(({ summary }) => summary),
  };
}

/** Zones have no marks: what is recorded as ours is compared with the fabric, and the rest is somebody else's. */
async function reviewNetwork(
  call: Call,
  loader: ViewLoader,
  recorded: VersionedRecord<'networkSystem'>,
  input: Input,
): Promise<Result> {
  const system = recorded.record;
  const observed = await observeNetworks(call, loader, [{ spec: deviceSpec(system), urn: system.urn }]);
  const { observation, driver } = observed.get(foldName(system.name))!;
  requireSame(system, observation);
  const seen = { driver, fabrics: observation.fabrics };
  const { result: fabrics } = await withView(loader, (view) => fabricsSeen(call, view, system, seen));
  const device = await accepted(call, recorded, input, observation.identity?.firmwareVersion);
  const sum = (count: (fabric: FabricSeen) => number) => fabrics.reduce((total, fabric) => total + count(fabric), 0);
  const there = (fabric: FabricSeen) => fabric.ownZones - fabric.missingZones.length;
  const listed = await listedDevice(call, loader, device);
  return {
    outcome: 'ok',
    diagnostics: [],
    device: { ...listed, fabrics, observedAtMs: observation.observedAtMs },
    ours: sum(there),
    foreign: sum((fabric) => Math.max(0, fabric.zones - there(fabric))),
    missing: fabrics.flatMap(({ name, missingZones, changedZones }) => [
      ...missingZones.map((zone) => `zone ${zone} of fabric ${name}`),
      ...changedZones.map((zone) => `zone ${zone} of fabric ${name} as it was made: somebody changed it`),
    ]),
  };
}

type Seen = Pick<SystemObservation | NetworkObservation, 'trust' | 'identity'>;

function requireSame(device: DeviceRecord, { trust, identity }: Seen): void {
  if (trust.level === 'unreachable') {
    fail('error', {
      code: 'COPRHD-DEVICE-001',
      summary: `${device.name} can't be reviewed: ${trust.why}`,
      fix: 'check the device',
    });
  }
  if (!identity || identity.serialNumber === device.status.identity?.serialNumber) return;
  fail('error', {
    code: 'COPRHD-DEVICE-005',
    summary: `${device.name} is another device than the recorded one`,
    detail: `recorded ${device.status.identity?.serialNumber}, it says ${identity.serialNumber}`,
    fix: 'correct its configuration',
  });
}

/** As it is from now on. */
async function accepted<K extends DeviceKind>(
  call: Call,
  recorded: VersionedRecord<K>,
  { accept: mode }: Input,
  firmwareVersion: string | undefined,
): Promise<ResourceRecord<K>> {
  const { record } = recorded;
  if (!mode) return record;
  const identity = record.status.identity!;
  const next: ResourceRecord<K> = {
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
  await rewrite(call, recorded, next);
  return next;
}
