/**
 * Whether a plan may be applied: confirmed in advance by flags, to be asked, or refused with the flag to add. Pure.
 * Removals are never confirmed by --yes, only by their number (design: safety, "Removing").
 */
import type { Diagnostic, OperationOutcome } from '../../lib/diagnostic.ts';
import { formatBytes, plural } from '../../views/format.ts';
import type { SavedPlan } from './saved-plan.ts';

export interface Approval {
  readonly yes: boolean;
  readonly confirmDestroy?: number | undefined;
  readonly interactive: boolean;
  /** The command as typed; the flag to add is appended to it. */
  readonly command: string;
}

export type Confirmation =
  | { readonly type: 'granted' }
  | { readonly type: 'ask'; readonly question: string; readonly accepts: (answer: string) => boolean }
  | { readonly type: 'refused'; readonly outcome: OperationOutcome; readonly diagnostic: Diagnostic };

export function confirmation(plan: SavedPlan, approval: Approval): Confirmation {
  const { volumes } = plan.removals;
  if (approval.confirmDestroy !== undefined) {
    return approval.confirmDestroy === volumes ? { type: 'granted' } : refusedRemoval(plan, approval);
  }
  if (volumes > 0) return approval.interactive ? askRemoval(plan) : refusedRemoval(plan, approval);
  if (approval.yes) return { type: 'granted' };
  if (approval.interactive) {
    return { type: 'ask', question: 'Apply these changes? [y/N] ', accepts: (answer) => /^y(?:es)?$/i.test(answer) };
  }
  return {
    type: 'refused',
    outcome: 'usage',
    diagnostic: {
      code: 'COPRHD-PLAN-008',
      severity: 'error',
      summary: 'nobody can be asked whether to apply these changes: there is no terminal',
      fix: `${approval.command} --yes`,
    },
  };
}

function askRemoval(plan: SavedPlan): Confirmation {
  const { volumes, bytes, addresses } = plan.removals;
  const single = addresses.length === 1 ? addresses[0]! : undefined;
  const names = single === undefined ? [] : [single, localOf(single), nameOf(single)];
  const orName = single === undefined ? '' : `, or ${nameOf(single)},`;
  return {
    type: 'ask',
    question: `This removes ${plural(volumes, 'volume')} (${formatBytes(bytes)}). Type ${volumes}${orName} to confirm: `,
    accepts: (answer) => answer === String(volumes) || names.includes(answer),
  };
}

const localOf = (address: string): string => address.slice(address.indexOf('/') + 1);
const nameOf = (address: string): string => localOf(address).slice(localOf(address).indexOf('.') + 1);

function refusedRemoval(plan: SavedPlan, approval: Approval): Confirmation {
  const { volumes, bytes } = plan.removals;
  const given = approval.confirmDestroy;
  const removes = volumes === 0 ? 'no volume' : `${plural(volumes, 'volume')} (${formatBytes(bytes)})`;
  return {
    type: 'refused',
    outcome: 'held',
    diagnostic: {
      code: 'COPRHD-PLAN-008',
      severity: 'error',
      summary:
        given === undefined
          ? `this plan removes ${removes}; that must be confirmed by its number`
          : `--confirm-destroy=${given} does not fit: this plan removes ${removes}`,
      ...(given === undefined && approval.yes ? { detail: '--yes never confirms removals' } : {}),
      fix: volumes === 0 ? `${approval.command} --yes` : `${approval.command} --confirm-destroy=${volumes}`,
    },
  };
}

export function declined(): Diagnostic {
  return { code: 'COPRHD-PLAN-008', severity: 'info', summary: 'not confirmed: nothing was changed' };
}

/** A plan with held lines starts nothing unless --skip-held (COPRHD-PLAN-007). */
export function heldDiagnostic(plan: SavedPlan, command: string): Diagnostic {
  return {
    code: 'COPRHD-PLAN-007',
    severity: 'error',
    summary: `${plural(plan.counts.held, 'change')} of this plan ${plan.counts.held === 1 ? 'is' : 'are'} held: nothing was started`,
    detail: 'settle what is held, or do the rest without it',
    fix: `${command} --skip-held`,
  };
}
