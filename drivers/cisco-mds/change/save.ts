/**
 * Saves the running configuration, so that a restart of the switch doesn't bring older zoning back. One copy runs at a time on
 * a switch: somebody else's is waited for. A failure is told and undoes nothing: the zoning is in effect.
 */
import { boundedTranscript, type CallContext, DriverError } from 'coprhd/driver';
import { rejectionOf } from '../cli/rejection.ts';
import type { Switch } from '../cli/switch.ts';
import type { MdsClient } from '../client.ts';
import { messageOf } from './undo.ts';

const ATTEMPTS_MAX = 5;
const WAIT_MS = 500;

const DONE = /100%|copy complete/i;
const OTHERS_COPY =
  /another .*(?:copy|session|user)|copy .*in progress|already in progress|(?:is|currently) busy|please wait|try again/i;

export async function save(ctx: CallContext, client: MdsClient, device: Switch, vsan: number): Promise<void> {
  const line = `copy running-config startup-config${client.configuration.saveTo === 'fabric' ? ' fabric' : ''}`;
  let said = '';
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (attempt > 0) await device.pause(ctx, WAIT_MS);
      said = await device.execute(ctx, line, [{ asks: /continue/i, answer: 'y' }]);
      if (DONE.test(said)) {
        client.unsaved.delete(vsan);
        return;
      }
      if (!OTHERS_COPY.test(said)) break;
    }
  } catch (error) {
    throw unsaved(vsan, line, messageOf(error), error);
  }
  throw unsaved(vsan, line, rejectionOf(line, said)?.message ?? (boundedTranscript(said) || 'it said nothing'));
}

function unsaved(vsan: number, line: string, why: string, cause?: unknown): DriverError {
  return new DriverError(
    {
      class: 'ambiguous',
      message: `the zoning of VSAN ${vsan} is changed and in effect, but not saved: ${why}`,
      hint: `on the switch: ${line}`,
    },
    cause,
  );
}
