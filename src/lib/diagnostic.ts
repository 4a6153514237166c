/**
 * What is said to people: values, not exceptions. A diagnostic names what happened, why, and what to do, and where in
 * which file. Codes are listed in diagnostic-codes.ts; the architecture test refuses others.
 */
import type { DiagnosticCode } from './diagnostic-codes.ts';

/** 1-based line and column, in a file as the user named it. */
export interface SourceSpan {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type Severity = 'error' | 'warning' | 'info';

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** One sentence: what is wrong. */
  readonly summary: string;
  /** Why, with the facts. */
  readonly detail?: string;
  /** What to do. */
  readonly fix?: string;
  readonly span?: SourceSpan;
  readonly address?: string;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error');
}

/** By file, position, code; the same complaint once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  const unique = diagnostics.filter((d) => {
    const key = JSON.stringify([d.code, d.summary, d.span, d.address]);
    return !seen.has(key) && seen.add(key);
  });
  const rank = (d: Diagnostic) => [d.span?.file ?? '', d.span?.line ?? 0, d.span?.column ?? 0] as const;
  return unique.sort((a, b) => {
    const [fa, la, ca] = rank(a);
    const [fb, lb, cb] = rank(b);
    return fa.localeCompare(fb, 'en') || la - lb || ca - cb || a.code.localeCompare(b.code, 'en');
  });
}

/**
 * An operation that can't go on says so with diagnostics and the exit code they map to. This is the one exception that
 * crosses module borders on purpose; commands turn it into output.
 */
export class OperationError extends Error {
  override name = 'OperationError';
  readonly diagnostics: readonly Diagnostic[];
  readonly outcome: OperationOutcome;
  constructor(outcome: OperationOutcome, diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => d.summary).join('; '));
    this.outcome = outcome;
    this.diagnostics = diagnostics;
  }
}

/** How an operation ended; exit codes are derived from it in src/views/exit-code.ts. */
export type OperationOutcome =
  | 'ok'
  | 'changes'
  | 'error'
  | 'held'
  | 'stale'
  | 'claimed'
  | 'partial'
  | 'unknown'
  | 'usage'
  | 'interrupted';

export function fail(
  outcome: OperationOutcome,
  diagnostic: Omit<Diagnostic, 'severity'> & { severity?: Severity },
): never {
  throw new OperationError(outcome, [{ severity: 'error', ...diagnostic }]);
}
