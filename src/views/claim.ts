/**
 * Who holds what. Rows: `claim workflow operation phase state holder sinceMs waitsFor` ·
 * `exclusive workflow address urn` · `shared workflow address urn` · `broken workflow holder` · `open workflow address`.
 */
import type { ListedClaim } from '../engine/operations/task-types.ts';
import type { ResultOf } from '../engine/operations/types.ts';
import { formatAgo, plural } from './format.ts';
import { paint, type Style } from './style.ts';
import { pairs, wrap } from './text.ts';
import type { Row, View } from './view.ts';

/** In a list; one in full has all. */
const LISTED_MAX = 10;

function claimLines(claim: ListedClaim, style: Style, all: boolean): string[] {
  const alive = claim.state === 'alive';
  const waits = claim.waitsFor ? 'suspended: waits for a decision (coprhd task resume, or coprhd task rollback)' : '';
  const dead = 'nobody is at work on it: coprhd recover goes on';
  const facts: (readonly [string, string] | undefined)[] = [
    ['holder', claim.holder],
    ['state', alive ? paint(style, 'good', 'alive') : paint(style, 'held', waits === '' ? `dead; ${dead}` : waits)],
    ['since', formatAgo(claim.sinceMs, style.nowMs)],
    named('exclusive', claim.exclusive, all),
    named('shared', claim.shared, all),
  ];
  return [
    `workflow ${paint(style, 'strong', claim.workflow)}  ${claim.operation}, ${claim.phase}`,
    ...pairs(
      facts.filter((fact) => fact !== undefined),
      style.width,
      '  ',
    ),
  ];
}

function named(title: string, items: ListedClaim['shared'], all: boolean): readonly [string, string] | undefined {
  if (items.length === 0) return undefined;
  const shown = all ? items : items.slice(0, LISTED_MAX);
  const more = items.length - shown.length;
  const names = shown.map(({ address }) => address).join(', ');
  return [title, more === 0 ? names : `${names} and ${more} more`];
}

/** `single`: one address was asked for. */
export function claimView(single: boolean): View<ResultOf<'claim.list'>> {
  return {
    human: ({ claims }, style) => {
      if (claims.length === 0) return [single ? 'Nobody holds it.' : 'No claims: no workflow is open.'];
      const lines = claims.flatMap((claim, index) => [
        ...(index === 0 ? [] : ['']),
        ...claimLines(claim, style, single),
      ]);
      return single ? lines : [...lines, '', `${plural(claims.length, 'workflow')} with claims.`];
    },
    plain: ({ claims }) => claims.flatMap(claimRows),
  };
}

function claimRows(claim: ListedClaim): Row[] {
  const { workflow, operation, phase, state, holder, sinceMs, waitsFor } = claim;
  return [
    ['claim', workflow, operation, phase, state, holder, sinceMs, waitsFor],
    ...claim.exclusive.map(({ address, urn }): Row => ['exclusive', workflow, address, urn]),
    ...claim.shared.map(({ address, urn }): Row => ['shared', workflow, address, urn]),
  ];
}

export const claimBreakView: View<ResultOf<'claim.break'>> = {
  human: ({ workflow, holder, open }, style) => [
    ...wrap(`The hold over workflow ${workflow} is broken: its fence was raised.`, style.width),
    ...wrap(`${holder} can write nothing more to the state, and begins no other device call.`, style.width),
    ...wrap(
      `Its claims stay until somebody has gone on with it: ${plural(open.length, 'resource')} open${open.length === 0 ? '' : ` (${open.slice(0, LISTED_MAX).join(', ')}${open.length > LISTED_MAX ? ', ...' : ''})`}.`,
      style.width,
    ),
    'next: coprhd recover',
    `or:   coprhd task rollback ${workflow} --preview`,
  ],
  plain: ({ workflow, holder, open }) => [
    ['broken', workflow, holder],
    ...open.map((address): Row => ['open', workflow, address]),
  ],
};
