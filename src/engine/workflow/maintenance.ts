/** Which devices that a plan has steps on are in maintenance now: asked before it begins, and before it is gone on with. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { DeviceRecord } from '../model/device-kinds.ts';
import { maintenanceDiagnostic, maintenanceOf } from '../model/maintenance.ts';
import type { Plan } from '../planner/plan.ts';
import { readMany, readRecord } from './records-io.ts';
import type { WorkflowEnv } from './types.ts';

export async function inMaintenance(
  { store, clock }: Pick<WorkflowEnv, 'store' | 'clock'>,
  { units }: Pick<Plan, 'units'>,
): Promise<Diagnostic[]> {
  const systems = new Set(units.flatMap(({ steps }) => steps.map(({ system }) => system)));
  const records = await readMany([...systems], (urn) => readRecord(store, urn));
  return [...records.values()].flatMap((read) => {
    const system = read?.record as DeviceRecord | undefined;
    const maintenance = system && maintenanceOf(system, clock.nowMs());
    return maintenance ? [maintenanceDiagnostic(system, maintenance)] : [];
  });
}
