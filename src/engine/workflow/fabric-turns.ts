/**
 * Of all processes that share the state one at a time changes the zoning of a fabric. The switch can't tell us from one
 * another: a transaction that is open in our name is taken for what a dead process left, and dropped. A turn is a key that
 * vanishes with its process, whose calls have ended by then.
 */
import { LIMITS } from '../../lib/limits.ts';
import { DriverError } from '../driver/errors.ts';
import type { Urn } from '../model/urn.ts';
import { keys } from '../state/keys.ts';
import type { Run } from './run.ts';

export async function inFabricTurn<T>(run: Run, network: Urn, work: () => Promise<T>): Promise<T> {
  const key = keys.fabricTurn(network);
  const { id, holder, leaseId } = run.env.process;
  const value = JSON.stringify({ process: id, host: holder.host, pid: holder.pid, workflow: run.id });
  const put = { type: 'put' as const, key, value, ...(leaseId === undefined ? {} : { lease: leaseId }) };
  const untilMs = run.nowMs + LIMITS.fabricTurnWaitMs;
  let revision: number | undefined;
  while ((revision = await run.write([{ key, modRevision: 0 }], [put])) === undefined) {
    if (run.nowMs >= untilMs) throw new DriverError({ class: 'busy', message: await whoHasIt(run, key) });
    await run.pause(LIMITS.claimPollMs);
  }
  try {
    return await work();
  } finally {
    await run.write([{ key, modRevision: revision }], [{ type: 'delete', key }]);
  }
}

async function whoHasIt(run: Run, key: string): Promise<string> {
  const item = await run.env.store.get(key);
  if (!item) return 'other processes of ours change the zoning of this fabric all the time';
  const { host, pid, workflow } = JSON.parse(item.value) as Readonly<Record<string, unknown>>;
  return `process ${String(pid)} on ${String(host)} is changing the zoning of this fabric, for workflow ${String(workflow)}`;
}
