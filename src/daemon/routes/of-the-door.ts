/** Operations that the daemon itself asks: who calls from outside could say there that he is somebody else. */
import type { OperationName } from '../../engine/operations/types.ts';

export const OF_THE_DOOR: ReadonlySet<string> = new Set<OperationName>([
  'user.initialise',
  'user.login',
  'user.check',
  'user.logout',
  'user.proxy-token',
  'daemon.identity',
  'task.settle',
]);
