/** `orphans`: what carries our mark on devices and is not in state. Reads only. */
import { findOrphans } from '../observe/orphans.ts';
import { openViewLoader, withView } from '../state/view.ts';
import type { Call } from './engine.ts';
import { look, unreadDiagnostic } from './looking.ts';
import type { ResultOf } from './types.ts';

export async function orphans(call: Call, input: { system?: string | undefined }): Promise<ResultOf<'orphans'>> {
  const loader = await openViewLoader(call.engine.store);
  try {
    const { ask, summaries, warnings } = await look(call, loader, { system: input.system });
    const { result: found } = await withView(loader, (view) => findOrphans(ask(view)));
    const unread = summaries.filter(({ trust }) => trust !== 'whole').map(unreadDiagnostic);
    const outcome = found.length > 0 ? 'changes' : unread.length > 0 ? 'error' : 'ok';
    return { outcome, diagnostics: [...warnings, ...unread], systems: summaries, orphans: found };
  } finally {
    loader.close();
  }
}
