/**
 * One attempt at a device: a slot, a lease that outlasts the call, the open session, and the StepIo through which the
 * handlers see device and records. Errors come out classified: whatever a driver throws that isn't a DriverError counts
 * as `ambiguous`, because nothing is known then.
 */
import { compareText } from '../../lib/compare-text.ts';
import { LIMITS } from '../../lib/limits.ts';
import { uuid } from '../../lib/random.ts';
import type { CallContext } from '../driver/contract.ts';
import { DriverError } from '../driver/errors.ts';
import { isLive, type ResourceRecord } from '../model/record.ts';
import type { Urn } from '../model/urn.ts';
import type { Step } from '../planner/plan.ts';
import { inFabricTurn } from './fabric-turns.ts';
import { requireInScope, requireManaged, requireNetworkInScope } from './permission.ts';
import type { Run } from './run.ts';
import { seersOf } from './seers.ts';
import type { FabricIo, StepIo } from './steps/handler.ts';
import {
  CancelledError,
  FenceLostError,
  InterruptedError,
  type OpenDevice,
  type OpenNetwork,
  RefusedError,
} from './types.ts';

export type CallPurpose = 'step' | 'undo' | 'probe';

const SILENT = { debug: () => {} };

/** Thrown around a call on purpose; everything else comes out of the driver. */
const OURS = [DriverError, RefusedError, FenceLostError, InterruptedError, CancelledError];

/** Runs `work` in a slot of the step's device. `changes`: refuse first unless the device is managed. */
export async function onDevice<T>(
  run: Run,
  step: Step,
  purpose: CallPurpose,
  work: (io: StepIo) => Promise<T>,
): Promise<T> {
  const system = await systemOf(run, step.system);
  const device = await classified(run, () => openDevice(run, system));
  const callsMax = Math.min(device.manifest.concurrencyMax, run.env.pace?.callsPerDevice ?? Number.POSITIVE_INFINITY);
  const call = async () => {
    await run.awaitLease();
    // Read again: the wait for a slot may have been long.
    const now = await systemOf(run, step.system);
    if (purpose !== 'probe') requireManaged(now, run.env.epoch);
    return classified(run, () => work(createIo(run, step, purpose, now, device)));
  };
  // What changes a fabric waits in its lane, to go together with others: it must not keep a slot meanwhile.
  if (step.kind === 'zones.apply' && purpose !== 'probe') return call();
  return run.slots.use(step.system, run.id, callsMax, call);
}

/** Throws DriverError when it fails. */
export async function reopenDevice(run: Run, step: Step): Promise<void> {
  const system = await systemOf(run, step.system);
  const { devices } = run.env;
  await classified<unknown>(run, () =>
    isNetworkSystem(system) ? devices.reopenNetwork(system) : devices.reopen(system),
  );
}

type System = ResourceRecord<'storageSystem'> | ResourceRecord<'networkSystem'>;

const isNetworkSystem = (system: System): system is ResourceRecord<'networkSystem'> => system.kind === 'networkSystem';

const openDevice = ({ env: { devices } }: Run, system: System): Promise<OpenDevice | OpenNetwork> =>
  isNetworkSystem(system) ? devices.openNetwork(system) : devices.open(system);

async function systemOf(run: Run, urn: Urn): Promise<System> {
  const read = await run.records.readShared(urn);
  const kind = read?.record.kind;
  if (kind === 'storageSystem' || kind === 'networkSystem') return read!.record as System;
  throw new RefusedError('COPRHD-HELD-011', `device ${urn} is not recorded`);
}

async function classified<T>(run: Run, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // What ended the run (a kill, a lost fence, the store) is no answer of a device.
    run.check();
    if (OURS.some((ours) => error instanceof ours)) throw error;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new DriverError({ class: 'ambiguous', message: `the driver failed unexpectedly: ${message}` }, error);
  }
}

function createIo(
  run: Run,
  step: Step,
  purpose: CallPurpose,
  system: System,
  device: OpenDevice | OpenNetwork,
): StepIo {
  const { env } = run;
  const context = (): CallContext => {
    run.check();
    const deadlineMs = run.callDeadlineMs();
    if (deadlineMs <= run.nowMs) {
      throw new DriverError({ class: 'transient', message: 'no time is left before the lease of this process ends' });
    }
    const call = { nowMs: () => env.clock.nowMs(), signal: run.signal, log: SILENT };
    if (step.kind !== 'zones.apply') return { ...call, deadlineMs };
    const endsMs = run.nowMs + LIMITS.fabricCallDeadlineMs;
    return {
      ...call,
      endsMs,
      get deadlineMs() {
        return run.commandDeadlineMs(endsMs);
      },
    };
  };
  const wrongKind = (): never => {
    throw new Error(`bug: step ${step.kind} is not for ${system.kind} ${system.name}`);
  };
  return {
    get array() {
      return 'array' in device ? device.array : wrongKind();
    },
    get system() {
      return isNetworkSystem(system) ? wrongKind() : system;
    },
    fabric: (network) =>
      'network' in device && isNetworkSystem(system) ? fabricIo(run, network, system, device) : wrongKind(),
    ownershipMark: device.manifest.ownershipMark,
    installation: env.installation,
    epoch: env.epoch,
    isRestored: run.plan.epoch < env.epoch,
    openHost: async (urn) => {
      if (purpose === 'probe') throw new Error('bug: a probe must not bring a host to rest');
      const host = (await run.records.readShared(urn))?.record as ResourceRecord<'host'> | undefined;
      if (!host || !isLive(host)) throw new RefusedError('COPRHD-HELD-011', `host ${urn} is not recorded`);
      const { openHost } = env;
      if (!host.spec.quiesce || !openHost) {
        const why = openHost ? 'has no `quiesce`' : 'is not reached by this process';
        throw new RefusedError('COPRHD-HOST-001', `host ${host.name} ${why}`);
      }
      const opened = await openHost(host);
      const freeze = async (token: string) => {
        // Whoever has lost its lease by now brings nobody to rest any more.
        await run.awaitLease();
        run.check();
        return opened.freeze(token);
      };
      return { ...opened, name: host.name, freeze };
    },
    // In one order: nobody waits for somebody who waits for him.
    inTurnOf: (hosts, work) =>
      [...hosts].sort(compareText).reduceRight((inner, host) => () => run.slots.use(host, run.id, 1, inner), work)(),
    seersOf: (volume) => seersOf(run, volume),
    nowMs: () => run.nowMs,
    nonce: () => uuid(env.random).slice(0, 8),
    record: async (urn) => {
      const read = await run.records.read(urn).catch((error: unknown) => {
        throw run.stop(error);
      });
      if (!read) throw new RefusedError('COPRHD-HELD-011', `${urn} is not recorded`);
      return read.record;
    },
    writeOf: (urn) => run.namers.writeOf(urn),
    context,
    mutate: async (call) => {
      if (purpose === 'probe') throw new Error('bug: a probe must not change the device');
      run.point(`${purpose}:before-call:${step.kind}`);
      try {
        return await call(context());
      } finally {
        run.point(`${purpose}:after-call:${step.kind}`);
      }
    },
    requireInScope: (pool) => requireInScope(isNetworkSystem(system) ? wrongKind() : system, pool),
  };
}

function fabricIo(run: Run, urn: Urn, system: ResourceRecord<'networkSystem'>, { network }: OpenNetwork): FabricIo {
  return {
    network,
    system,
    owner: ownerName(run.env.installation),
    requireInScope: async () => {
      const read = await run.records.readShared(urn);
      if (!read) throw new RefusedError('COPRHD-HELD-011', `${urn} is not recorded`);
      requireNetworkInScope(system, read.record as ResourceRecord<'network'>);
    },
    together: (delta, alike, apply) =>
      run.fabrics.apply(urn, { delta, alike, apply: (all) => inFabricTurn(run, urn, () => apply(all)) }),
  };
}

/** Transactions on switches are in this name; all processes of an installation are one. */
const ownerName = (installation: string): string => `coprhd-${installation.slice(0, 8)}`;
