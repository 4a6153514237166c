/**
 * Whatever was thrown as an outcome and diagnostics. Wrong usage gets the nearest right name; what nobody expected is an
 * internal error in one line, with a stack only for who asks for it (COPRHD_DEBUG=1).
 */
import * as Errors from '@oclif/core/errors';
import { type Diagnostic, OperationError, type OperationOutcome } from '../../lib/diagnostic.ts';
import { nearest } from '../../lib/suggest.ts';

export interface Failure {
  readonly outcome: OperationOutcome;
  readonly diagnostics: readonly Diagnostic[];
}

/** What oclif's parser attaches to its errors. */
interface ParserError extends Error {
  readonly flags?: readonly string[];
  readonly parse?: { readonly input?: { readonly flags?: Record<string, unknown> } };
}

export interface FailureOptions {
  readonly debug: boolean;
  readonly interrupted: boolean;
  /** As typed: `state list`; empty when there is none. */
  readonly command: string;
}

export function failureOf(error: unknown, options: FailureOptions): Failure {
  if (error instanceof OperationError) return { outcome: error.outcome, diagnostics: error.diagnostics };
  if (options.interrupted) return { outcome: 'interrupted', diagnostics: [] };
  if (error instanceof Errors.CLIError)
    return { outcome: 'usage', diagnostics: [usageDiagnostic(error, options.command)] };
  return { outcome: 'error', diagnostics: [internalDiagnostic(error, options.debug)] };
}

function usageDiagnostic(error: ParserError, command: string): Diagnostic {
  const [summary = '', ...rest] = clean(withoutValues(error));
  const suggestion = flagSuggestion(error);
  const detail = rest.join('\n');
  return {
    code: 'COPRHD-USAGE-001',
    severity: 'error',
    summary,
    ...(detail === '' ? {} : { detail }),
    fix: suggestion ?? `see ${['coprhd', command, '--help'].filter((word) => word !== '').join(' ')}`,
  };
}

/** The parser's sentence without colours, its pointer to --help, its heading over reasons, and its notes. */
function clean(message: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  const plain = message.replace(/\u001b\[[0-9;]*m/g, '');
  // Its note about greedy flags is about none of ours.
  const text = plain.replace(/\n\nNote: .*$/s, '');
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('See more help with'));
  return lines[0]?.startsWith('The following error') && lines.length > 1 ? lines.slice(1) : lines;
}

/** What was given to a flag that doesn't exist may be a secret that somebody took for an argument. */
function withoutValues({ message, flags = [] }: ParserError): string {
  return flags.reduce((text, flag) => text.replace(flag, () => flag.replace(/=.*$/s, '')), message);
}

function flagSuggestion({ flags, parse }: ParserError): string | undefined {
  const allowed = [...Object.keys(parse?.input?.flags ?? {}), 'help'];
  for (const flag of flags ?? []) {
    const name = flag.replace(/^-+/, '').replace(/=.*$/s, '');
    const match = nearest(name, allowed);
    if (match !== undefined) return `did you mean --${match}?`;
  }
  return undefined;
}

function internalDiagnostic(error: unknown, debug: boolean): Diagnostic {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const summary = `internal error: ${message.split('\n')[0]}`;
  const base = { code: 'COPRHD-INTERNAL-001', severity: 'error', summary } as const;
  if (debug) return { ...base, detail: error instanceof Error ? (error.stack ?? '') : '' };
  return { ...base, fix: 'run it again with COPRHD_DEBUG=1 for the stack, and report it' };
}
