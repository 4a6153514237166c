import type { ForecastRow } from '../../src/engine/operations/forecast-types.ts';
import type { ApplyResult } from '../../src/engine/operations/types.ts';
import type { Plan } from '../../src/engine/planner/plan.ts';
import { applyLines, applyRows } from '../../src/views/apply.ts';
import type { Detail } from '../../src/views/change.ts';
import { driftView } from '../../src/views/drift.ts';
import { explainView } from '../../src/views/explain.ts';
import { jsonLine, streamResult } from '../../src/views/json.ts';
import { planLines } from '../../src/views/plan.ts';
import { planRows } from '../../src/views/plan-plain.ts';
import { showView } from '../../src/views/show.ts';
import type { View } from '../../src/views/view.ts';
import { whyNotView } from '../../src/views/why-not.ts';
import { FORECAST_WITH_PLAN } from './fixtures/forecast.ts';
import { ADDING_PLAN, EMPTY_PLAN, PARTIAL_PLAN, REMOVING_PLAN } from './fixtures/plans.ts';
import { APPLIED, APPLIED_PARTLY, DRIFT, EXPLAINED, NO_DRIFT, SHOWN, SHOWN_ONE, WHY_NOT } from './fixtures/results.ts';
import { type Case, describeGolden, view } from './golden-case.ts';

const planView = (detail: Detail, forecast: readonly ForecastRow[] = []): View<Plan> => ({
  human: (plan, style) =>
    planLines(plan, style, {
      detail,
      savedAs: 'ora.plan',
      next: 'coprhd apply ora.plan',
      explain: 'coprhd explain --from plans/ora.yaml',
      forecast,
    }),
  plain: (plan) => planRows(plan, 'ora.plan', forecast),
});
const applyView: View<ApplyResult> = {
  human: (result, style) => applyLines(result, style, result.outcome === 'ok' ? {} : { next: 'coprhd recover' }),
  plain: applyRows,
};

const lines = <R extends object>(result: R) => jsonLine(streamResult(result));

const CASES: Case[] = [
  view('plan-adding', planView('changes'), ADDING_PLAN),
  view('plan-adding-summary', planView('summary'), ADDING_PLAN),
  view('plan-adding-full', planView('full'), ADDING_PLAN),
  view('plan-forecast', planView('changes', FORECAST_WITH_PLAN), ADDING_PLAN),
  view('plan-removing', planView('changes'), REMOVING_PLAN),
  view('plan-partial', planView('changes'), PARTIAL_PLAN),
  view('plan-empty', planView('changes'), EMPTY_PLAN),
  view('apply-ok', applyView, APPLIED, lines),
  view('apply-partial', applyView, APPLIED_PARTLY, lines),
  view('drift', driftView, DRIFT),
  view('drift-none', driftView, NO_DRIFT),
  view('show-list', showView(false), SHOWN),
  view('explain', explainView, EXPLAINED),
  view('why-not', whyNotView, WHY_NOT),
  view('show-one', showView(true), SHOWN_ONE),
];

describeGolden(CASES);
