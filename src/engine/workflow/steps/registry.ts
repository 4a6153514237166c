/** From a planned step to what can be done with it. A new step type is added here and nowhere else. */
import type { Step } from '../../planner/plan.ts';
import { volumeCopy } from './copies.ts';
import type { BoundStep } from './handler.ts';
import { mappingEnsure, mappingRemove } from './mapping.ts';
import { maskAwaitIdle, maskDelete, maskEnsure } from './mask.ts';
import { maskMark } from './mask-mark.ts';
import { mirrorBegin, mirrorPause, mirrorResume, mirrorSplit } from './mirrors.ts';
import { snapshotCopy, snapshotCreate } from './snapshots.ts';
import { volumeCreate, volumeDelete, volumeExpand, volumeRename } from './volume.ts';
import { volumeMark, volumeUnmark } from './volume-mark.ts';
import { volumeZero } from './zeroing.ts';
import { zonesApply } from './zones.ts';

export function bindStep(step: Step): BoundStep {
  switch (step.kind) {
    case 'volume.create':
      return volumeCreate(step);
    case 'volume.zero':
      return volumeZero(step);
    case 'volume.expand':
      return volumeExpand(step);
    case 'volume.rename':
      return volumeRename(step);
    case 'volume.delete':
      return volumeDelete(step);
    case 'volume.mark':
      return volumeMark(step);
    case 'volume.unmark':
      return volumeUnmark(step);
    case 'volume.copy':
      return volumeCopy(step);
    case 'mirror.begin':
      return mirrorBegin(step);
    case 'mirror.pause':
      return mirrorPause(step);
    case 'mirror.resume':
      return mirrorResume(step);
    case 'mirror.split':
      return mirrorSplit(step);
    case 'snapshot.create':
      return snapshotCreate(step);
    case 'snapshot.copy':
      return snapshotCopy(step);
    case 'mask.ensure':
      return maskEnsure(step);
    case 'mask.mark':
      return maskMark(step);
    case 'mask.await-idle':
      return maskAwaitIdle(step);
    case 'mask.delete':
      return maskDelete(step);
    case 'mapping.ensure':
      return mappingEnsure(step);
    case 'mapping.remove':
      return mappingRemove(step);
    case 'zones.apply':
      return zonesApply(step);
  }
}
