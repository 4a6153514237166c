/** `discover` of network systems: what each shows is kept, and who is logged in to its networks is recorded. Removes nothing. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { foldName } from '../model/address.ts';
import { deviceText } from '../model/device-kinds.ts';
import type { Draft } from '../planner/draft.ts';
import { drawLogins } from '../planner/logins.ts';
import { type ViewLoader, withView } from '../state/view.ts';
import { runPlan } from '../workflow/run-plan.ts';
import { deviceSpec } from './devices.ts';
import type { Call } from './engine.ts';
import { type System, systemsSeen } from './fabrics-seen.ts';
import type { NetworkSystemSeen } from './network-types.ts';
import type { Look } from './observing.ts';
import { observeNetworks } from './observing-networks.ts';
import { planOrder } from './planning.ts';
import { unreadFabrics } from './reaching.ts';
import { withWorkflowEnv } from './workflow-env.ts';

interface Discovered {
  /** As they were before anything of it was recorded. */
  readonly networkSystems: readonly NetworkSystemSeen[];
  readonly looks: readonly Look[];
  readonly diagnostics: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

export async function discoverNetworks(
  call: Call,
  loader: ViewLoader,
  systems: readonly System[],
): Promise<Discovered> {
  if (systems.length === 0) return { networkSystems: [], looks: [], diagnostics: [], warnings: [] };
  const taken: Look[] = [];
  const devices = systems.map((system) => ({ spec: deviceSpec(system), urn: system.urn }));
  const observed = await observeNetworks(call, loader, devices, { looks: taken });
  const { result: networkSystems } = await withView(loader, (view) => systemsSeen(call, view, systems, observed));
  const observationOf = ({ name }: System) => observed.get(foldName(name))!.observation;
  const others = systems.filter((system) => isAnother(system, observationOf(system).identity?.serialNumber));
  const same = systems.filter((system) => !others.includes(system));
  const draw = (draft: Draft) => {
    for (const system of same) drawLogins(draft, system, observationOf(system));
  };
  const order = { operation: 'discover', graph: { stacks: [] }, texts: [], options: {}, seenNetworks: observed, draw };
  const { plan, diagnostics: conflicts } = await planOrder(call, loader, order);
  const failed =
    plan && plan.units.length > 0
      ? await withWorkflowEnv(call, (env) => runPlan(env, plan, { claimWaitMs: 0 }))
      : undefined;
  if (failed?.status === 'interrupted') call.ctx.signal.throwIfAborted();
  return {
    networkSystems,
    looks: taken.filter(({ system }) => same.some(({ urn }) => urn === system)),
    diagnostics: [
      ...unreadFabrics(networkSystems),
      ...others.map((system) => another(system, observationOf(system).identity!.serialNumber)),
      ...(failed && failed.status !== 'done' ? failed.diagnostics : []),
    ],
    warnings: [...conflicts, ...systems.flatMap((system) => observationOf(system).warnings ?? [])],
  };
}

export const isAnother = ({ status }: System, serialNumber: string | undefined): boolean =>
  serialNumber !== undefined && status.identity !== undefined && status.identity.serialNumber !== serialNumber;

function another(system: System, serialNumber: string): Diagnostic {
  return {
    code: 'COPRHD-DEVICE-005',
    severity: 'error',
    summary: `${deviceText(system)} is another device than the recorded one: nothing of it was recorded`,
    detail: `recorded ${system.status.identity?.serialNumber}, it says ${serialNumber}`,
    fix: 'correct its endpoint or configuration',
  };
}
