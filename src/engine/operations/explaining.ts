/** Why a volume is where it is, or would go: the full list of candidates, recomputed; and the decision in words. */
import { explainPlacement } from '../placement/place.ts';
import type { RoleExplanation } from '../placement/request.ts';
import type { Draft } from '../planner/draft.ts';
import { type AskedVolume, answerAbout, asksFor, nameIn, scoreText } from './asked-volume.ts';
import type { Call } from './engine.ts';
import type { Explanation } from './explain-types.ts';
import type { InputOf, ResultOf } from './types.ts';

/** Best first; the others are no news. */
const SCORES_SAID_MAX = 10;

export async function explain(call: Call, input: InputOf<'explain'>): Promise<ResultOf<'explain'>> {
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
  const device = asked.record?.status.device;
  if (device?.pool)
    said.push(`is on ${nameIn(draft, device.pool)}: it stays there, whatever would be chosen for a new one now`);
  if (role?.chosen) {
    const pools = new Set(role.scores.map(({ pool }) => pool)).size;
    said.push(
      `${device ? 'a new one would go' : 'goes'} to ${nameIn(draft, role.chosen)}: ${pools} pool${pools === 1 ? '' : 's'} passed all filters`,
    );
  } else {
    said.push(device ? 'a new one would find no pool now' : 'no pool fits');
  }
  const scores = role?.scores ?? [];
  for (const score of scores.slice(0, SCORES_SAID_MAX))
    said.push(`  ${nameIn(draft, score.pool)}: ${scoreText(score)}`);
  if (scores.length > SCORES_SAID_MAX) said.push(`  and ${scores.length - SCORES_SAID_MAX} more`);
  return said;
}
