/** What a run of snapshot policies did. Rows: `snapshot ACTION ADDRESS STATE`; a held one has `held` and why. */
import type { ResultOf } from '../engine/operations/types.ts';
import { plural } from './format.ts';
import type { View } from './view.ts';

type Result = ResultOf<'snapshot.run'>;

export const snapshotRunView: View<Result> = {
  human: ({ plan, taken, expired, held }) => {
    const lines = (plan?.changes ?? []).map(({ action, address, held: why }) =>
      why ? `  ! ${address}: ${why.diagnostic.summary}` : `  ${action === 'create' ? '+' : '-'} ${address}`,
    );
    const counts = [`${plural(taken, 'snapshot')} taken`, `${expired} expired`, ...(held > 0 ? [`${held} held`] : [])];
    return lines.length === 0 ? ['Nothing is due.'] : [...lines, '', `${counts.join(', ')}.`];
  },
  plain: ({ plan, units }) => {
    const states = new Map(units.map(({ address, state }) => [address, state]));
    return (plan?.changes ?? []).map(({ action, address, held }) => [
      'snapshot',
      action,
      address,
      held ? held.diagnostic.summary : (states.get(address) ?? ''),
    ]);
  },
};
