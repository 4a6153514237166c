/**
 * Workflows of dead processes and what became of them, with the verdict on each open step. Rows:
 * `recovered workflow operation holder result` · `verdict workflow unit step verdict`.
 */
import type { RecoveredWorkflow, ResultOf } from '../engine/operations/types.ts';
import { plural } from './format.ts';
import { paint, type Style, type Tone } from './style.ts';
import { table } from './text.ts';
import type { Row, View } from './view.ts';

const WORDS: Record<RecoveredWorkflow['result'], { readonly text: string; readonly tone: Tone }> = {
  released: { text: 'released: it had not begun, nothing was done', tone: 'good' },
  finished: { text: 'brought to its end', tone: 'good' },
  partial: { text: 'ended partly: something stays undone', tone: 'change' },
  unknown: { text: 'needs attention: an outcome is still unknown', tone: 'held' },
  left: { text: 'left alone: its process may be alive', tone: 'dim' },
  interrupted: { text: 'interrupted before its end: coprhd recover goes on with it', tone: 'held' },
  suspended: { text: 'waits for a decision: coprhd task resume, or coprhd task rollback', tone: 'held' },
  unreviewed: { text: 'left alone until its storage system is reviewed: the state was restored', tone: 'held' },
  frozen: { text: 'left alone: everything is frozen', tone: 'held' },
};

export function recoveredLines(workflows: readonly RecoveredWorkflow[], style: Style): string[] {
  return workflows.flatMap((workflow) => {
    const { text, tone } = WORDS[workflow.result];
    const head = `workflow ${workflow.workflow} (${workflow.operation}, by ${workflow.holder})`;
    const rows = workflow.steps.map((step) => [step.unit, step.step, step.verdict]);
    return [head, `  ${paint(style, tone, text)}`, ...table(rows, { width: style.width, indent: '  ' })];
  });
}

export function recoveredRows(workflows: readonly RecoveredWorkflow[]): Row[] {
  return workflows.flatMap(({ workflow, operation, holder, result, steps }): Row[] => [
    ['recovered', workflow, operation, holder, result],
    ...steps.map((step): Row => ['verdict', workflow, step.unit, step.step, step.verdict]),
  ]);
}

export const recoverView: View<ResultOf<'recover'>> = {
  human: ({ workflows }, style) => {
    if (workflows.length === 0) return ['Nothing to recover. No earlier workflow is open.'];
    return [...recoveredLines(workflows, style), '', `${plural(workflows.length, 'workflow')} looked at.`];
  },
  plain: ({ workflows }) => recoveredRows(workflows),
};
