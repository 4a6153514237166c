/** Complaints about how a command was called. They end with exit code 64. */
import { fail } from '../../lib/diagnostic.ts';
import { shellWord } from '../../lib/shell-word.ts';

export function usageError(summary: string, fix: string): never {
  fail('usage', { code: 'COPRHD-USAGE-001', summary, fix });
}

export function commandLine(...words: readonly string[]): string {
  return ['coprhd', ...words.map(shellWord)].join(' ');
}

/** Explains what these files would do; the address goes to its end. */
export function explainCommand(paths: readonly string[], variables: readonly string[]): string {
  const from = paths.flatMap((path) => ['--from', path]);
  return commandLine('explain', ...from, ...variables.flatMap((each) => ['--var', each]));
}
