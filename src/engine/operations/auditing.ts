/** The audit log: who did what, when, and with what reason. Kept for ever, apart from the state (state/log.ts). */
import type { Call } from './engine.ts';

const AUDIT = 'audit';

/** Resolves once it is on disk: what must not be missing there is audited before it is done. */
export async function audit({ engine, ctx }: Call, event: string, fields: Record<string, unknown>): Promise<void> {
  const { actor, origin, requestId } = ctx;
  await engine.log.append(AUDIT, [{ atMs: engine.clock.nowMs(), event, actor, origin, requestId, ...fields }]);
}
