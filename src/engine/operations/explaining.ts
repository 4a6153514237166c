/**
 * Why a volume is where it is, or would go: the full list of candidates, recomputed; and the decision in words. What it is a copy of is
 * explaining-copies.ts's, snapshots are explaining-snapshots.ts's, exports explaining-exports.ts's.
 */
import { groupBy } from '../../lib/group-by.ts';
import { parseAddress } from '../model/address.ts';
import type { RecordedView } from '../model/recorded-view.ts';
import { kindOfUrn } from '../model/urn.ts';
import { explainPlacement } from '../placement/place.ts';
import type { RoleExplanation } from '../placement/request.ts';
import type { Draft } from '../planner/draft.ts';
import { withView } from '../state/view.ts';
import { findResource } from './addresses.ts';
import { type AskedVolume, answerAbout, asksFor, nameIn, scoreText } from './asked-volume.ts';
import type { Call } from './engine.ts';
import type { Explanation } from './explain-types.ts';
import { volumeAsCopy } from './explaining-copies.ts';
import { explainExport } from './explaining-exports.ts';
import { explainSnapshot } from './explaining-snapshots.ts';
import type { InputOf, ResultOf } from './types.ts';

/** Best first; the others are no news. */
const POOLS_SAID_MAX = 10;

export async function explain(call: Call, input: InputOf<'explain'>): Promise<ResultOf<'explain'>> {
  const { result: kind } = await withView(call.engine.store, (view) => kindAsked(view, input.address));
  if (kind === 'export') return explainExport(call, input);
  if (kind === 'snapshot') return explainSnapshot(call, input);
  const { answer, ...report } = await answerAbout(call, { operation: 'explain', ...input }, explainIn);
  return answer ? { ...report, explanation: answer } : report;
}

/** A bare name is a volume's where there is one, else that of what is there. */
function kindAsked(view: RecordedView, text: string): 'volume' | 'export' | 'snapshot' {
  const said = parseAddress(text)?.kind ?? kindOfUrn(text);
  if (said !== undefined) return said === 'export' || said === 'snapshot' ? said : 'volume';
  const others = ['volume', 'export', 'snapshot'] as const;
  return others.find((kind) => !('problem' in findResource(view, text, kind))) ?? 'volume';
}

function explainIn(draft: Draft, asked: AskedVolume): Explanation {
  const { request, candidates, address, unit } = asked;
  const role = explainPlacement(request, candidates, { only: new Set([unit.id]) })[asked.role];
  const copy = asked.record && volumeAsCopy(draft.input, asked.record);
  const placed = lines(draft, asked, role);
  return { address, rejections: role?.rejections ?? [], ...copy, lines: [...placed, ...(copy?.lines ?? [])] };
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
