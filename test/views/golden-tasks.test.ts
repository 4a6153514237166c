import { claimBreakView, claimView } from '../../src/views/claim.ts';
import { freezeView, thawView } from '../../src/views/freeze.ts';
import { historyView } from '../../src/views/history.ts';
import { jsonLine, streamResult } from '../../src/views/json.ts';
import { decidedView, oneTaskView, previewView, taskListView } from '../../src/views/task.ts';
import {
  BROKEN,
  CLAIMS,
  DONE_TASK,
  FAILED_TASK,
  FROZEN,
  HISTORY,
  HISTORY_ONE,
  PREVIEW,
  RESUMED,
  TASKS,
  THAWED,
} from './fixtures/tasks.ts';
import { describeGolden, view } from './golden-case.ts';

const lines = <R extends object>(result: R) => jsonLine(streamResult(result));
const one = (task: typeof DONE_TASK) => ({ outcome: 'ok', diagnostics: [], task });

describeGolden([
  view('task-list', taskListView, TASKS),
  view('task-list-none', taskListView, { ...TASKS, tasks: [], more: 0 }),
  view('task-show', oneTaskView, one(FAILED_TASK)),
  view('task-show-done', oneTaskView, one(DONE_TASK)),
  view('task-rollback-preview', previewView, PREVIEW, lines),
  view('task-resume', decidedView, RESUMED, lines),
  view('claim-list', claimView(false), CLAIMS),
  view('claim-list-none', claimView(false), { ...CLAIMS, claims: [] }),
  view('claim-show', claimView(true), { ...CLAIMS, claims: CLAIMS.claims.slice(0, 1) }),
  view('claim-break', claimBreakView, BROKEN),
  view('history', historyView(false), HISTORY),
  view('history-one', historyView(true), HISTORY_ONE),
  view('freeze', freezeView, FROZEN),
  view('freeze-already', freezeView, { ...FROZEN, already: true, running: [] }),
  view('thaw', thawView, THAWED),
]);
