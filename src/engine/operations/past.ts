/**
 * `history`: workflows that have ended, from the log that their journals went to. Read backwards, so that the newest are
 * found however long the log is. A workflow may be there twice after a crash at its very end: the newer one counts.
 */
import { fail } from '../../lib/diagnostic.ts';
import { keys } from '../state/keys.ts';
import type { LogEntry } from '../state/log.ts';
import { SAID, type SaidEntry } from '../workflow/attestations.ts';
import { openWorkflowIds } from '../workflow/open-workflows.ts';
import type { StepEntry, UnitEntry } from '../workflow/types.ts';
import type { Call } from './engine.ts';
import { oneWorkflow } from './task-finding.ts';
import type { PastWorkflow } from './task-types.ts';
import type { InputOf, ResultOf } from './types.ts';

const STREAM = 'workflows';
const LISTED = 20;
const UNIT_STATE = '~state';
const ID_LENGTH = 36;

export async function history(call: Call, input: InputOf<'history'>): Promise<ResultOf<'history'>> {
  if (input.workflow !== undefined) {
    return { outcome: 'ok', diagnostics: [], workflows: [await one(call, input.workflow)] };
  }
  const workflows = new Map<string, PastWorkflow>();
  for await (const entry of call.engine.log.readBack(STREAM)) {
    const past = pastOf(entry);
    if (past && !workflows.has(past.workflow)) workflows.set(past.workflow, past);
    if (workflows.size >= (input.limit ?? LISTED)) break;
  }
  return { outcome: 'ok', diagnostics: [], workflows: [...workflows.values()] };
}

/** The line that sums one up; the others have the key of what they were in the journal. */
function pastOf(entry: LogEntry): PastWorkflow | undefined {
  if (typeof entry.workflow !== 'string' || entry.key !== undefined) return undefined;
  const { workflow, plan, operation, actor, counts } = entry as unknown as PastWorkflow;
  return { workflow, plan, operation, actor, endedAtMs: entry.atMs, counts };
}

async function one(call: Call, text: string): Promise<PastWorkflow> {
  const id = text.length >= ID_LENGTH ? text : await idBeginning(call, text);
  const units = new Map<string, LoggedUnit>();
  const steps = new Map<string, StepEntry>();
  const said = new Map<string, SaidEntry>();
  for await (const entry of call.engine.log.readBack(STREAM)) {
    if (entry.workflow !== id) continue;
    const past = pastOf(entry);
    if (past) return { ...past, ...detail(units, steps, said) };
    const key = String(entry.key).slice(keys.journalOf(id).length);
    const kind = key.slice(key.lastIndexOf('/') + 1);
    const into: Map<string, unknown> = kind === UNIT_STATE ? units : kind === SAID ? said : steps;
    // Newest first: what was written later is what counts.
    if (!into.has(key)) into.set(key, entry);
  }
  return notThere(call, id);
}

async function idBeginning(call: Call, text: string): Promise<string> {
  const ids = new Set<string>();
  for await (const entry of call.engine.log.readBack(STREAM)) {
    const past = pastOf(entry);
    if (past?.workflow.startsWith(text)) ids.add(past.workflow);
  }
  return ids.size === 0 ? notThere(call, text) : oneWorkflow(text, [...ids], 'in the history', 'coprhd history');
}

async function notThere(call: Call, text: string): Promise<never> {
  const open = (await openWorkflowIds(call.engine.store)).find((id) => id.startsWith(text));
  return fail('error', {
    code: 'COPRHD-TASK-001',
    summary: open ? `workflow ${open} has not ended yet` : `there is no workflow ${text} in the history`,
    fix: open ? `coprhd task list --workflow ${open}` : 'coprhd history',
  });
}

/** As finish.ts logs it. */
type LoggedUnit = UnitEntry & { readonly address?: string; readonly attestedBy?: string };

type Detail = Pick<PastWorkflow, 'units' | 'steps' | 'attested'>;

function detail(
  units: ReadonlyMap<string, LoggedUnit>,
  steps: ReadonlyMap<string, StepEntry>,
  said: ReadonlyMap<string, SaidEntry>,
): Detail {
  const unitOf = (key: string) => key.slice(0, key.lastIndexOf('/'));
  return {
    units: byKey(units).map(([key, { state, atMs, error, address, attestedBy }]) => ({
      unit: unitOf(key),
      ...(address === undefined ? {} : { address }),
      state,
      atMs,
      ...(error ? { error: error.message } : {}),
      ...(attestedBy === undefined ? {} : { attestedBy }),
    })),
    steps: byKey(steps).map(([key, { state, attempt, atMs }]) => ({
      unit: unitOf(key),
      step: key.slice(key.lastIndexOf('/') + 1),
      state,
      attempt,
      atMs,
    })),
    attested: byKey(said).map(([key, { as, by, atMs, counted }]) => ({
      unit: unitOf(key),
      as,
      by,
      atMs,
      ...(counted === undefined ? {} : { counted }),
    })),
  };
}

const byKey = <T>(entries: ReadonlyMap<string, T>): [string, T][] =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
