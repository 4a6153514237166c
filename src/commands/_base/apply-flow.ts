/**
 * Plan, show, confirm, apply: the road of every command that changes something. A stale plan of a person at a terminal is
 * made and confirmed again, a few times; everybody else gets exit code 4.
 */
import type { ForecastRow } from '../../engine/operations/forecast-types.ts';
import type { ApplyInput, ApplyResult, Report } from '../../engine/operations/types.ts';
import type { Diagnostic, OperationOutcome } from '../../lib/diagnostic.ts';
import { LIMITS } from '../../lib/limits.ts';
import { applyLines, applyRows } from '../../views/apply.ts';
import type { Detail } from '../../views/change.ts';
import { planLines } from '../../views/plan.ts';
import { isEmpty } from '../../views/plan-facts.ts';
import { planRows } from '../../views/plan-plain.ts';
import type { Cli } from './cli.ts';
import { confirmation, declined, heldDiagnostic } from './confirm.ts';
import type { SavedPlan } from './saved-plan.ts';
import { commandLine } from './usage.ts';

/** As the approval flags of flags.ts, and what the person typed, for "next" and "fix" lines. */
export interface FlowOptions {
  readonly yes: boolean;
  readonly confirmDestroy?: number | undefined;
  readonly skipHeld: boolean;
  readonly claimWaitMs: number;
  readonly parallel: number;
  readonly deviceLimit?: number | undefined;
  readonly onError: NonNullable<ApplyInput['onError']>;
  readonly atomic: boolean;
  readonly dryRun: boolean;
  readonly detail: Detail;
  /** `coprhd apply plans`, without flags that only confirm. */
  readonly command: string;
  /** The plan may be made again when it is stale. */
  readonly replan: boolean;
  /** Confirmed, and about to be applied. */
  readonly begin?: () => Promise<void>;
}

export type Planned = Report & { readonly plan?: SavedPlan };

/** The approval flags of flags.ts. */
export interface FlowFlags {
  readonly yes: boolean;
  readonly 'confirm-destroy'?: number | undefined;
  readonly 'skip-held'?: boolean;
  readonly 'claim-wait': number;
  readonly parallel: number;
  readonly 'device-limit'?: number | undefined;
  readonly 'on-error': NonNullable<ApplyInput['onError']>;
  readonly atomic: boolean;
  readonly 'dry-run': boolean;
  readonly detail: Detail;
}

export function flowOptions(flags: FlowFlags, command: string, replan = true): FlowOptions {
  return {
    yes: flags.yes,
    confirmDestroy: flags['confirm-destroy'],
    skipHeld: flags['skip-held'] ?? false,
    claimWaitMs: flags['claim-wait'],
    parallel: flags.parallel,
    deviceLimit: flags['device-limit'],
    onError: flags['on-error'],
    atomic: flags.atomic,
    dryRun: flags['dry-run'],
    detail: flags.detail,
    command,
    replan,
  };
}

export async function planThenApply(
  cli: Cli,
  options: FlowOptions,
  makePlan: () => Promise<Planned>,
): Promise<OperationOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const made = await makePlan();
    if (made.plan === undefined) return cli.finish(made);
    cli.line({ type: 'plan', plan: made.plan });
    printPlan(cli, made.plan, made.diagnostics, options);
    const ended = await beforeApply(cli, made, made.plan, options);
    if (ended !== undefined) return ended;
    await options.begin?.();
    const result = await cli.call('apply', applyInput(made.plan, options));
    const again = options.replan && cli.mode.interactive && attempt < LIMITS.replanAttemptsMax;
    if (result.outcome === 'stale' && again) {
      cli.diagnose(result.diagnostics);
      cli.say('', 'something changed since the plan was made; planning again', '');
      continue;
    }
    return finishApply(cli, result, options);
  }
}

/** What ends the road before anything is applied; undefined = go on. */
async function beforeApply(
  cli: Cli,
  made: Report,
  plan: SavedPlan,
  options: FlowOptions,
): Promise<OperationOutcome | undefined> {
  const end = (outcome: OperationOutcome, diagnostics: readonly Diagnostic[] = []) =>
    cli.finish({ outcome, diagnostics });
  if (options.dryRun) return end(plan.counts.held > 0 ? 'held' : made.outcome === 'changes' ? 'ok' : made.outcome);
  if (plan.counts.held > 0 && !options.skipHeld) return end('held', [heldDiagnostic(plan, options.command)]);
  if (isEmpty(plan)) return end('ok');
  const { interactive } = cli.mode;
  const decision = confirmation(plan, { ...options, interactive });
  if (decision.type === 'refused') return end(decision.outcome, [decision.diagnostic]);
  if (decision.type === 'granted') return undefined;
  const answer = await cli.ask(decision.question);
  if (answer !== undefined && decision.accepts(answer.trim())) return undefined;
  return end(cli.interrupted ? 'interrupted' : 'held', [declined()]);
}

/** How it is to run, whatever is run. */
export function runInput(options: FlowOptions): Omit<ApplyInput, 'plan'> {
  const { skipHeld, claimWaitMs, parallel, deviceLimit, onError, atomic } = options;
  return {
    skipHeld,
    claimWaitMs,
    parallel,
    ...(deviceLimit === undefined ? {} : { deviceLimit }),
    ...(onError === 'rollback' ? {} : { onError }),
    ...(atomic ? { atomic } : {}),
  };
}

function applyInput(plan: SavedPlan, options: FlowOptions): ApplyInput {
  const { volumes } = plan.removals;
  return {
    plan,
    ...runInput(options),
    // Whoever got here has confirmed this number, by flag or by hand.
    ...(volumes > 0 ? { confirmDestroy: volumes } : {}),
  };
}

export interface ShowPlanOptions {
  readonly detail: Detail;
  readonly savedAs?: string;
  readonly next?: string;
  readonly explain?: string | undefined;
  readonly forecast?: readonly ForecastRow[];
}

/** For people and scripts, on stdout; diagnostics that the plan doesn't hold go to stderr. JSON has it elsewhere. */
export function printPlan(
  cli: Cli,
  plan: SavedPlan,
  diagnostics: readonly Diagnostic[],
  options: ShowPlanOptions,
): void {
  if (cli.mode.format === 'json') return;
  const held = plan.changes.flatMap((change) => (change.held ? [change.held.diagnostic] : []));
  cli.markSaid([...plan.diagnostics, ...plan.removals.limitsExceeded, ...held]);
  cli.diagnose(diagnostics);
  const { detail, savedAs, next, explain, forecast } = options;
  const context = {
    detail,
    ...(savedAs ? { savedAs } : {}),
    ...(next ? { next } : {}),
    ...(explain ? { explain } : {}),
    ...(forecast ? { forecast } : {}),
  };
  cli.show(
    { human: (_, style) => planLines(plan, style, context), plain: () => planRows(plan, savedAs, forecast) },
    plan,
  );
}

export function finishApply(cli: Cli, result: ApplyResult, options: FlowOptions): OperationOutcome {
  const next = nextCommand(result, options);
  const or =
    result.waitsFor === 'decision' ? commandLine('task', 'rollback', result.workflow ?? '', '--preview') : undefined;
  const context = { ...(next === undefined ? {} : { next }), ...(or === undefined ? {} : { or }) };
  if (cli.mode.format === 'human') cli.markSaid(result.diagnostics);
  return cli.finish(result, {
    human: (_, style) => ['', ...applyLines(result, style, context)],
    plain: () => applyRows(result),
  });
}

/** The exact command that goes on from here. */
export function nextCommand(
  result: ApplyResult,
  { command, replan }: Pick<FlowOptions, 'command' | 'replan'>,
): string | undefined {
  if (result.waitsFor === 'decision') return commandLine('task', 'resume', result.workflow ?? '');
  if (result.waitsFor === 'thaw') return commandLine('thaw');
  switch (result.outcome) {
    case 'unknown':
      return commandLine('recover');
    case 'interrupted':
      return result.counts.unknown > 0 || !replan ? commandLine('recover') : command;
    case 'partial':
      if (result.counts.unknown > 0) return commandLine('recover');
      // A saved plan is applied once, and is not right again when it was stale: its diagnostic says so.
      return replan ? command : undefined;
    case 'stale':
      return replan ? command : undefined;
    case 'claimed':
      return `${command} --claim-wait 5m`;
    case 'held':
      return result.diagnostics.some(({ code }) => code === 'COPRHD-PLAN-007') ? `${command} --skip-held` : undefined;
    default:
      return undefined;
  }
}
