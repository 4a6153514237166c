/** What the executor is given by operations: to run a workflow under a registered process, or only to look at one. */
import { registerProcess } from '../state/leases.ts';
import type { WorkflowReader } from '../workflow/open-workflows.ts';
import type { WorkflowEnv } from '../workflow/types.ts';
import type { Connected } from './device-connections.ts';
import type { DeviceRegistry } from './devices.ts';
import type { Call } from './engine.ts';

/** Registers this process, gives the executor what it needs, and takes the registration back. */
export async function withWorkflowEnv<T>(
  call: Call,
  run: (env: WorkflowEnv) => Promise<T>,
  pace: NonNullable<WorkflowEnv['pace']> = {},
): Promise<T> {
  const { store, clock, random, host, installation } = call.engine;
  const registration = await registerProcess(store, {
    clock,
    random,
    host,
    installation: installation.installationId,
    actor: call.ctx.actor,
  });
  try {
    return await run(envOf(call, registration, pace));
  } finally {
    await registration.close();
  }
}

/** For who only probes devices: nothing is written, not even a lease. */
export function lookingEnv(call: Call): WorkflowEnv {
  const { host, installation } = call.engine;
  return envOf(
    call,
    {
      id: '',
      holder: { id: '', ...host.process, installation: installation.installationId, actor: call.ctx.actor },
      leaseDeadlineMs: () => Number.MAX_SAFE_INTEGER,
      signal: new AbortController().signal,
    },
    {},
  );
}

function envOf(
  { engine, ctx }: Call,
  process: WorkflowEnv['process'],
  pace: NonNullable<WorkflowEnv['pace']>,
): WorkflowEnv {
  const { clock, random, store, host, installation } = engine;
  return {
    clock,
    random,
    store,
    host,
    blobs: engine.blobs,
    log: engine.log,
    devices: sayingFallback(engine.devices, ctx.emit),
    openHost: engine.openHost,
    slots: engine.slots,
    fabrics: engine.fabrics,
    commits: engine.commits,
    process,
    installation: installation.installationId,
    epoch: installation.epoch,
    emit: ctx.emit,
    signal: ctx.signal,
    pace,
    ...(engine.crashPoint ? { crashPoint: engine.crashPoint } : {}),
  };
}

/** A device that was logged in to with the credential before its rotation is worked on, and that is said once. */
function sayingFallback(devices: DeviceRegistry, emit: Call['ctx']['emit']): WorkflowEnv['devices'] {
  const said = new Set<string>();
  const say = async <D extends Connected>(opening: Promise<D>): Promise<D> => {
    const device = await opening;
    const { fellBack } = device;
    if (fellBack && !said.has(fellBack.summary)) {
      said.add(fellBack.summary);
      emit({ type: 'diagnostic', diagnostic: fellBack });
    }
    return device;
  };
  return {
    open: (system) => say(devices.open(system)),
    reopen: (system) => say(devices.reopen(system)),
    openNetwork: (system) => say(devices.openNetwork(system)),
    reopenNetwork: (system) => say(devices.reopenNetwork(system)),
  };
}

/** For reading workflows and who holds them. */
export function readerOf({ engine }: Call): WorkflowReader {
  return { store: engine.store, host: engine.host, blobs: engine.blobs, process: { id: '' } };
}
