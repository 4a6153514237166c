/**
 * Removal that somebody asks for by name instead of leaving out of a file. The same planner decides, with the same holds. Pure.
 */
import type { DesiredStack } from '../config/desired.ts';
import type { Draft } from './draft.ts';
import { addExportUnits } from './export-units.ts';
import { correctHostMasks } from './host-masks.ts';
import { MaskContexts } from './masks.ts';
import { type Dropped, dropExports, dropInfrastructure, dropVolumes } from './removal.ts';

const STACKLESS: DesiredStack = { type: 'stack', stack: '', nodes: new Map(), forget: [], imports: [], files: [] };

/** `forget`: what is on devices stays there. `force`: also what a file declares. */
export function removeByName(
  draft: Draft,
  named: readonly Pick<Dropped, 'record' | 'address'>[],
  how: Pick<Dropped, 'forget' | 'force'>,
): void {
  const dropped = named.map((entry) => ({ ...entry, ...how, stack: STACKLESS }));
  const contexts = new MaskContexts(draft);
  const corrected = addExportUnits(draft, dropExports(draft, contexts, dropped));
  correctHostMasks(draft, contexts, corrected);
  dropVolumes(draft, dropped);
  dropInfrastructure(draft, dropped);
}
