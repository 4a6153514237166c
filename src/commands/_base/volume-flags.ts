/** Flags of the commands for volumes. */
import * as Flags from '@oclif/core/flags';

export const onRemoveFlag = Flags.option({
  summary: 'What becomes of it when it is removed: kept aside for a week, left on its storage system, or deleted.',
  options: ['quarantine', 'retain', 'delete'] as const,
})();
