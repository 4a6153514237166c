/** Which storage systems that a plan has steps on are in maintenance now: asked before it begins, and before it is gone on with. */
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { maintenanceDiagnostic, maintenanceOf } from '../model/maintenance.ts';
import type { ResourceRecord } from '../model/record.ts';
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
    const system = read?.record as ResourceRecord<'storageSystem'> | undefined;
    const maintenance = system && maintenanceOf(system, clock.nowMs());
    return maintenance ? [maintenanceDiagnostic(system, maintenance)] : [];
  });
}
