/**
 * Why a volume is where it is, or would go: the full list of candidates, recomputed; and the decision in words. Exports are
 * explaining-exports.ts's.
 */
import { groupBy } from '../../lib/group-by.ts';
import { explainPlacement } from '../placement/place.ts';
import type { RoleExplanation } from '../placement/request.ts';
import type { Draft } from '../planner/draft.ts';
import { withView } from '../state/view.ts';
import { type AskedVolume, answerAbout, asksFor, nameIn, scoreText } from './asked-volume.ts';
import type { Call } from './engine.ts';
import type { Explanation } from './explain-types.ts';
import { explainExport, isExport } from './explaining-exports.ts';
import type { InputOf, ResultOf } from './types.ts';

/** Best first; the others are no news. */
const POOLS_SAID_MAX = 10;

export async function explain(call: Call, input: InputOf<'explain'>): Promise<ResultOf<'explain'>> {
  const { result: isOne } = await withView(call.engine.store, (view) => isExport(view, input.address));
  if (isOne) return explainExport(call, input);
  const { answer, ...report } = await answerAbout(call, { operation: 'explain', ...input }, explainIn);
  return answer ? { ...report, explanation: answer } : report;
}

function explainIn(draft: Draft, asked: AskedVolume): Explanation {
  const { request, candidates, address, unit } = asked;
  const role = explainPlacement(request, candidates, { only: new Set([unit.id]) })[asked.role];
  return { address, rejections: role?.rejections ?? [], lines: lines(draft, asked, role) };
}

function lines(draft: Draft, asked: AskedVolume, role: RoleExplanation | undefined): string[] {
  const said = [asksFor(draft, asked)];
  const pools = [...groupBy(role?.scores ?? [], ({ pool }) => pool)];
  const device = asked.record?.status.device;
  if (device?.pool)
    said.push(`is on ${nameIn(draft, device.pool)}: it stays there, whatever would be chosen for a new one now`);
  if (role?.chosen) {
    said.push(
      `${device ? 'a new one would go' : 'goes'} to ${nameIn(draft, role.chosen)}: ${pools.length} pool${pools.length === 1 ? '' : 's'} passed all filters`,
    );
  } else {
    said.push(device ? 'a new one would find no pool now' : 'no pool fits');
  }
  for (const [pool, scores] of pools.slice(0, POOLS_SAID_MAX))
    said.push(`  ${nameIn(draft, pool)}: ${scores.map(scoreText).join(', ')}`);
  if (pools.length > POOLS_SAID_MAX) said.push(`  and ${pools.length - POOLS_SAID_MAX} more`);
  return said;
}
