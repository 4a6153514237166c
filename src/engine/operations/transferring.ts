/** `state export`. Its counterpart works on a store that may hold no state yet: local-client.ts. */
import { exportState } from '../state/transfer.ts';
import type { Call } from './engine.ts';
import type { ResultOf } from './types.ts';

export async function stateExport({ engine }: Call): Promise<ResultOf<'state.export'>> {
  return { outcome: 'ok', diagnostics: [], ...(await exportState(engine.store)) };
}
